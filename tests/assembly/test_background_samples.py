"""[[background]] kind = "decay" in an analysis: rates, response, options and mistakes."""

import numpy as np
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_templates
from numm_stats.backgrounds.nuclides import decay_spectrum
from numm_stats.errors import InputError

EDGES = [1.0, 2.0, 3.0, 9.0]
REFERENCE = 3e-11


def built(*backgrounds, **changes):
    document = {
        "name": "test",
        "source": {"kind": "isodar"},
        "detector": {"kind": "kamland", "resolution": 0.0},
        "exposure": {"years": 5.0},
        "binning": {"recoil_mev": {"edges": EDGES}},
        "signal": {"kind": "magnetic-moment", "reference": REFERENCE},
        "background": list(backgrounds),
    }
    return assemble_templates(parse_analysis({**document, **changes}, "test"), REFERENCE)


def decay(**changes):
    return {"kind": "decay", "nuclide": "K42", "rate": 100.0, **changes}


def shares(name="K42", gammas="contained"):
    spectrum = decay_spectrum(name, gammas)
    return -np.diff([spectrum.above(edge) for edge in EDGES])


def test_a_rate_counts_decays_and_a_template_what_is_seen():
    assert built(decay())["K42"].values() == pytest.approx(100 * shares(), rel=1e-4)


@pytest.mark.parametrize(("per", "exposures"), [("year", 5 * 0.624), ("tonne-year", 5 * 408 * 0.624)])
def test_dead_time_takes_its_part(per, exposures):
    assert built(decay(per=per))["K42"].values() == pytest.approx(100 * exposures * shares(), rel=1e-4)


def test_days_are_years():
    by_day = built(decay(per="year"), exposure={"days": 5 * 365.25})
    assert by_day["K42"].values() == pytest.approx(built(decay(per="year"))["K42"].values(), rel=1e-12)


def test_gammas_that_escape_and_chains():
    assert built(decay(gammas="escape"))["K42"].values() == pytest.approx(100 * shares(gammas="escape"), rel=1e-4)
    chain = built(decay(nuclide="Ar42-K42", name="argon"))["argon"].values()
    assert chain == pytest.approx(100 * shares(), rel=3e-4)  # 42Ar ends at 0.6 MeV


def test_quenching_moves_a_line():
    alpha = {"kind": "decay", "nuclide": "Po210", "rate": 7.0}
    assert built({**alpha, "alpha_quenching": 0.3})["Po210"].values().tolist() == [7.0, 0.0, 0.0]
    assert built({**alpha, "alpha_quenching": 0.5})["Po210"].values().tolist() == [0.0, 7.0, 0.0]
    carbon = decay(nuclide="C11", gamma_quenching=0.85)
    assert built(carbon)["C11"].values().sum() < built(decay(nuclide="C11"))["C11"].values().sum()


def test_uncertainty_and_name():
    sample = built(decay(name="potassium", uncertainty=0.2)).samples["potassium"]
    assert sample.normalisations == {"potassium_rate": (1.2, 0.8)}
    assert sample.variations == {}


def test_the_response_moves_decays_with_the_scattering():
    detector = {"kind": "kamland", "energy_scale_uncertainty": 0.02, "resolution_uncertainty": 0.1}
    templates = built(decay(), {"kind": "flat", "rate": 1.0}, detector=detector)
    sample = templates.samples["K42"]
    assert set(sample.variations) == {"energy_scale", "resolution"}
    assert templates.samples["flat"].variations == {}
    high, low = (side.values() for side in sample.variations["energy_scale"])
    # 2 % in scale at 3 MeV, where the spectrum falls steeply
    assert high[2] > 1.1 * sample.counts[2] > 1.1**2 * low[2]
    assert high[2] == pytest.approx(100 * decay_spectrum("K42").above(3 / 1.02), rel=0.1)


def test_a_systematic_may_name_a_decay_alone():
    scale = {"name": "scale", "kind": "energy-scale", "size": 0.01, "samples": ["K42"]}
    templates = built(decay(), systematic=[scale])
    assert set(templates.samples["K42"].variations) == {"scale"}
    assert templates.samples["weak"].variations == {}
    with pytest.raises(InputError, match=r"does not move K42: it moves weak and signal$"):
        built(decay(), systematic=[{**scale, "kind": "source-spectrum"}])


@pytest.mark.parametrize(
    ("background", "message"),
    [
        (decay(nuclide="K43"), "did you mean 'K42'"),
        ({"kind": "decay", "rate": 1.0}, "needs nuclide"),
        ({"kind": "flat", "rate": 1.0, "nuclide": "K42"}, "no use for nuclide"),
        ({"kind": "flat", "rate": 1.0, "gammas": "escape"}, "no use for gammas"),
        (decay(gammas="lost"), "contained"),
        (decay(gamma_quenching=1.5), "gamma_quenching"),
        (decay(nuclide="C14"), "nothing of C14 is seen"),
    ],
)
def test_mistakes_are_named(background, message):
    with pytest.raises(InputError, match=message):
        built(background)


def test_two_decays_of_a_name_are_refused():
    with pytest.raises(InputError, match="'K42' exists already"):
        built(decay(), decay())
