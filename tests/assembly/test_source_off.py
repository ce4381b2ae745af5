"""Source on and off as two channels that share their backgrounds, against likelihoods written by hand."""

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq, minimize_scalar

import numm_stats as ns
from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_templates
from numm_stats.assembly.source_off import SOURCE_OFF
from numm_stats.errors import InputError
from numm_stats.verbs.pipeline import build_spec_of, statistical_model

REFERENCE = 7e-11
EDGES = [0.012, 0.02, 0.03, 0.06]
ON, OFF = [83.0, 71.0, 160.0], [31.0, 25.0, 49.0]
DAYS_ON, DAYS_OFF = 300.0, 100.0


def background(**changes):
    return {"kind": "flat", "name": "gammas", "rate": 300.0, **changes}


def analysis(*backgrounds, **changes):
    document = {
        "name": "test",
        "source": {"kind": "reactor", "flux_per_cm2_s": 6.4e12},
        "detector": {"kind": "generic", "tonnes": 1e-3, "binding": "germanium"},
        "exposure": {"days": DAYS_ON},
        "off": {"days": DAYS_OFF, "values": OFF},
        "binning": {"recoil_mev": {"edges": EDGES}},
        "signal": {"kind": "magnetic-moment", "reference": REFERENCE},
        "background": list(backgrounds or [background(free=True)]),
        "data": {"kind": "counts", "values": ON},
    }
    document.update(changes)
    return parse_analysis({key: value for key, value in document.items() if value is not None}, "test")


def asimov(*backgrounds, **changes):
    return analysis(*backgrounds, off={"days": DAYS_OFF}, data={"kind": "asimov"}, **changes)


def minus_log(expected, counts):
    return float(np.sum(expected - counts * np.log(expected)))


def limit_by_hand(profiled, level=1.642374415149818):
    """Where 2 [f(mu) - f(best)] = level: the best mu is not below zero."""
    best = minimize_scalar(profiled, bounds=(0.0, 5.0), method="bounded", options={"xatol": 1e-10})
    lowest = min(best.fun, profiled(0.0))
    start = best.x if best.fun < profiled(0.0) else 0.0
    return brentq(lambda mu: 2 * (profiled(mu) - lowest) - level, start, 10.0, xtol=1e-12)


def samples(templates):
    return (templates.samples[name].counts for name in ("signal", "weak", "gammas"))


def by_rate(templates, on, off):
    """-ln L at a signal strength, one rate for all bins of both channels fitted."""
    signal, weak, gammas = samples(templates)
    share = DAYS_OFF / DAYS_ON

    def profiled(mu):
        def of_rate(rate):
            expected = np.concatenate([mu * signal + weak + rate * gammas, rate * share * gammas])
            return minus_log(expected, np.concatenate([on, off]))

        return minimize_scalar(of_rate, bounds=(1e-3, 10.0), method="bounded", options={"xatol": 1e-10}).fun

    return profiled


def by_bin(templates, on, off):
    """-ln L at a signal strength, the background of each bin by its own quadratic equation."""
    signal, weak, _ = samples(templates)
    share, total = DAYS_OFF / DAYS_ON, np.add(on, off)

    def profiled(mu):
        source = mu * signal + weak
        # n / (s + b) + m / b = 1 + r: (1 + r) b^2 - (n + m - (1 + r) s) b - m s = 0
        linear = total - (1 + share) * source
        b = (linear + np.sqrt(linear**2 + 4 * (1 + share) * np.asarray(off) * source)) / (2 * (1 + share))
        return minus_log(np.concatenate([source + b, share * b]), np.concatenate([on, off]))

    return profiled


def limit_of(found):
    return ns.limit(found, construction="delta-chi2").to_dict()["poi"]["observed"]


def test_limit_with_a_shared_rate_is_that_of_the_likelihood_by_hand():
    found = analysis()
    expected = limit_by_hand(by_rate(assemble_templates(found, REFERENCE), ON, OFF))
    assert limit_of(found) == pytest.approx(expected, rel=1e-6)


def test_limit_with_free_bins_is_that_of_the_likelihood_by_hand():
    found = analysis(background(per_bin=True))
    expected = limit_by_hand(by_bin(assemble_templates(found, REFERENCE), ON, OFF))
    assert limit_of(found) == pytest.approx(expected, rel=1e-6)


def test_expected_limit_with_free_bins():
    found = asimov(background(per_bin=True))
    templates = assemble_templates(found, REFERENCE)
    on, off = templates.background_counts, templates.beside[SOURCE_OFF].templates.background_counts
    expected = limit_by_hand(by_bin(templates, on, off))
    middle = ns.limit(found, construction="delta-chi2").to_dict()["poi"]["expected"][2]
    assert middle == pytest.approx(expected, rel=1e-6)


def test_knowing_less_of_the_background_makes_a_weaker_limit():
    def expected(*backgrounds, **changes):
        return ns.limit(asimov(*backgrounds, **changes)).to_dict()["expected"][2]

    of_rate, of_bins = expected(background(free=True)), expected(background(per_bin=True))
    without = ns.limit(analysis(background(), off=None, data={"kind": "asimov"})).to_dict()["expected"][2]
    assert without < of_rate < of_bins


def test_channels_share_what_moves_backgrounds():
    tables = (background(uncertainty=0.1), background(name="free", free=True), background(name="bins", per_bin=True))
    changes = {"systematic": [{"name": "both", "kind": "normalisation", "size": 0.02, "samples": ["gammas", "free"]}]}
    spec = build_spec_of(asimov(*tables, **changes))
    on, off = ({s["name"]: s for s in channel["samples"]} for channel in spec["channels"])
    assert [channel["name"] for channel in spec["channels"]] == ["test", SOURCE_OFF]
    assert list(off) == ["gammas", "free", "bins"]
    for name in off:
        assert off[name]["modifiers"] == on[name]["modifiers"]
        assert off[name]["data"] == pytest.approx(np.multiply(on[name]["data"], DAYS_OFF / DAYS_ON).tolist(), rel=1e-9)
    model = pyhf.Workspace(spec).model()
    assert set(model.config.parameters) >= {"gammas_rate", "free_rate", "bins_shape", "both"}
    assert model.config.param_set("bins_shape").n_parameters == 3


def test_what_the_source_makes_is_not_there_when_it_is_off():
    pairs = {"kind": "inverse-beta", "name": "pairs", "rate": 3.0}
    high = {"recoil_mev": {"edges": [1.0, 3.0, 5.0]}}
    templates = assemble_templates(asimov(background(), pairs, binning=high), REFERENCE)
    assert list(templates.samples) == ["signal", "weak", "gammas", "pairs"]
    assert list(templates.beside[SOURCE_OFF].templates.samples) == ["gammas"]
    with pytest.raises(InputError, match="inverse-beta is not"):
        assemble_templates(asimov(pairs, binning=high), REFERENCE)


def test_a_response_moves_both_channels():
    decays = {"kind": "decay", "nuclide": "Bi210", "rate": 5e4}
    changes = {"energy_scale_uncertainty": 0.05, "kind": "generic", "tonnes": 1e-3, "resolution": 0.02}
    templates = assemble_templates(asimov(decays, detector=changes), REFERENCE)
    on, off = templates.samples["Bi210"], templates.beside[SOURCE_OFF].templates.samples["Bi210"]
    assert off.variations.keys() == on.variations.keys() == {"energy_scale"}
    for side in (0, 1):
        moved = [t.variations["energy_scale"][side].values() / t.counts for t in (on, off)]
        assert moved[1] == pytest.approx(moved[0])


def test_counts_in_a_file(tmp_path):
    path = tmp_path / "off.txt"
    path.write_text("31 25 49\n")
    found = analysis(off={"days": DAYS_OFF, "file": str(path)})
    model, _, _ = statistical_model(found)
    assert sorted(model.data.main.tolist()) == sorted([*ON, *OFF])
    path.write_text("31 25\n")
    with pytest.raises(InputError, match="2 counts for 3 bins"):
        statistical_model(found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"off": {"days": 1.0, "years": 1.0, "values": OFF}}, "one of the two"),
        ({"off": {"days": 1.0}}, "counts with the source off go with counts of it on"),
        ({"data": {"kind": "asimov"}}, "counts with the source off go with counts of it on"),
        ({"exposure": {"events": 5.0}}, r"needs exposure\.days"),
        ({"off": {"days": 1.0, "values": OFF, "file": "x"}}, "not both"),
        ({"background": [background(statistical_uncertainty=0.1)]}, "no use for"),
        ({"background": [background(per_bin=True, free=True)]}, "leaves every bin to the fit"),
        ({"off": None, "background": [background(per_bin=True)]}, r"per_bin needs \[off\]"),
        ({"background": []}, "inverse-beta is not"),
        ({"background": [background(per_bin=True), background(name="more", per_bin=True)]}, "gammas and more: per_bin"),
        (
            {
                "background": [background(per_bin=True)],
                "systematic": [{"name": "size", "kind": "normalisation", "size": 0.1, "samples": ["gammas"]}],
            },
            "'size' scales background 'gammas', of which per_bin",
        ),
        (
            {
                "background": [background(per_bin=True)],
                "systematic": [{"name": "gammas_shape", "kind": "normalisation", "size": 0.1}],
            },
            "'gammas_shape' has a name in use",
        ),
        (
            {"background": [background(kind="counts", rate=None, values=[3.0, 0.0, 1.0])]},
            r"\[off\]: bin 1 \(0\.02 to 0\.03 MeV\) is empty with the source off",
        ),
    ],
)
def test_faults_have_names(changes, message):
    with pytest.raises(InputError, match=message):
        build_spec_of(analysis(**changes))
