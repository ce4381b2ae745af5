"""The NuMI beam as the source of an analysis: tabulated, from ROOT files, of one horn current and of both."""

import shutil
import tomllib
from pathlib import Path

import boost_histogram as bh
import numpy as np
import pytest
import uproot

from numm_stats.analyses.reading import parse_analysis
from numm_stats.errors import InputError
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates

EDGES_GEV = np.array([0.0, 1.0, 2.0, 5.0])
FLUX = np.array([4.0, 40.0, 10.0])
KEYS = ("numu", "numubar", "nue", "nuebar")
FILES = {"forward": "FHC_Flux_NOvA_ND_2017.root", "reverse": "RHC_Flux_NOvA_ND_2017.root"}
SPECTRUM = {"name": "flux", "kind": "source-spectrum", "samples": ["weak", "signal"]}


def document(**source):
    return {
        "name": "near",
        "source": {"kind": "numi", **source},
        "detector": {"kind": "nova-near", "tonnes": 1.0},
        "exposure": {"pot": 3.62e20},
        "binning": {"recoil_mev": {"edges": [300.0, 900.0]}},
        "signal": {"kind": "magnetic-moment", "reference": 1.58e-9},
    }


def analysis(*systematics, **source):
    return parse_analysis({**document(**source), "systematic": list(systematics)}, "test")


def counts(*systematics, **source):
    templates = build_templates(analysis(*systematics, **source))
    return {name: float(templates[name].sum()) for name in ("weak", "signal")}


def along(values):
    filled = bh.Histogram(bh.axis.Variable(EDGES_GEV, __dict__={"label": "Neutrino energy (GeV)"}))
    filled.view()[:] = values
    return filled


def written(path, *, size=1.0, uncertainties=(0.1, 0.1, 0.1), without=()):
    """A flux file in the manner of NOvA's, all flavours alike."""
    fluxes = {f"flux_{key}": size * FLUX for key in KEYS}
    relative = {f"fractional_uncertainty_{key}": np.array(uncertainties) for key in KEYS}
    with uproot.recreate(path) as out:
        for key, values in (fluxes | relative).items():
            if key not in without:
                out[key] = along(values)
    return str(path)


@pytest.fixture
def flux(tmp_path):
    return written(tmp_path / "flux.root")


@pytest.fixture
def toml(tmp_path):
    """Write an analysis whose [source] says this, beside the flux file."""

    def make(source, extra=""):
        path = tmp_path / "near.toml"
        path.write_text(
            f'name = "near"\n[source]\nkind = "numi"\n{source}\n[detector]\nkind = "nova-near"\n'
            "[exposure]\npot = 3.62e20\n[binning]\nrecoil_mev = { edges = [300.0, 900.0] }\n"
            f'[signal]\nkind = "magnetic-moment"\nreference = 1.5e-9\n{extra}'
        )
        return path

    return make


@pytest.fixture(scope="module")
def published(shared):
    return {mode: str(shared / "data" / "nova-flux" / name) for mode, name in FILES.items()}


def test_events_per_tonne_of_the_published_file(shared, published):
    counting = tomllib.loads((shared / "figures" / "reference_values.toml").read_text())["counting"]
    reference = counting["nova_per_tonne"]
    found = counts(file=published["forward"])
    assert found["weak"] == pytest.approx(reference["weak_0p3_0p9_gev"], rel=reference["tolerance"], abs=0)
    magnetic = reference["magnetic_0p3_0p9_gev_at_1p58e9"]
    assert found["signal"] == pytest.approx(magnetic, rel=reference["tolerance"], abs=0)


@pytest.mark.parametrize("mode", FILES)
def test_published_files_give_the_counts_of_the_tables(published, mode):
    """The tables have four digits."""
    tabulated, read = counts(horn_current=mode), counts(file=published[mode])
    assert read == pytest.approx(tabulated, rel=5e-4, abs=0)


def test_published_files_of_both_horn_currents(published):
    both = counts(horn_current="both", forward_share=0.6, file=[published["forward"], published["reverse"]])
    assert both == pytest.approx(counts(horn_current="both", forward_share=0.6), rel=5e-4, abs=0)


def test_published_uncertainties_move_the_rate_by_ten_per_cent(published):
    templates = build_templates(analysis(SPECTRUM, file=published["forward"]))
    for name in ("weak", "signal"):
        template = templates.samples[name]
        up, down = (side.sum() / template.nominal.sum() for side in template.variations["flux"])
        assert up == pytest.approx(1.10, abs=0.005)  # 9 to 15 % a bin from 1 to 5 GeV, moved together
        assert up + down == pytest.approx(2.0)


def test_forward_is_the_default():
    assert counts() == counts(horn_current="forward")
    assert counts()["weak"] > counts(horn_current="reverse")["weak"] > 0.0


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_both_horn_currents_are_the_sum_of_their_shares(share):
    forward, reverse = counts(horn_current="forward"), counts(horn_current="reverse")
    both = counts(horn_current="both", forward_share=share)
    for name, found in both.items():
        assert found == pytest.approx(share * forward[name] + (1.0 - share) * reverse[name], rel=1e-12)


def test_the_first_file_is_forward(tmp_path):
    one, three = written(tmp_path / "one.root"), written(tmp_path / "three.root", size=3.0)
    both = counts(horn_current="both", forward_share=0.75, file=[one, three])
    assert both == pytest.approx({name: 1.5 * found for name, found in counts(file=one).items()}, rel=1e-12)


@pytest.mark.parametrize("both", [False, True])
def test_a_flux_uncertainty_of_ten_per_cent_is_one_of_the_rate(tmp_path, flux, both):
    other = written(tmp_path / "other.root", size=2.0)
    source = {"horn_current": "both", "forward_share": 0.3, "file": [flux, other]} if both else {"file": flux}
    templates = build_templates(analysis({**SPECTRUM, "size": 0.5}, **source))
    for name in ("weak", "signal"):
        template = templates.samples[name]
        nominal = template.nominal.values()
        up, down = (side.values() / nominal for side in template.variations["flux"])
        assert (up, down) == (pytest.approx(1.05), pytest.approx(0.95))


def test_a_stated_number_of_events_is_not_moved_by_the_flux(tmp_path):
    """Only shapes differ, and with a tilted flux they do."""
    tilted = written(tmp_path / "tilted.root", uncertainties=(0.0, 0.1, 0.4))
    binned = {"exposure": {"events": 100.0}, "binning": {"recoil_mev": {"edges": [300.0, 600.0, 1500.0]}}}
    made = parse_analysis({**document(file=tilted), **binned, "systematic": [SPECTRUM]}, "test")
    weak = build_templates(made).samples["weak"]
    up = weak.variations["flux"][0].values()
    assert up.sum() == pytest.approx(100.0)
    assert up[1] > 1.005 * weak.nominal.values()[1]


def test_a_flux_uncertainty_weakens_the_limit(flux):
    free, with_flux = (
        limit(parse_analysis({**document(file=flux), "systematic": systematics}, "test")).value
        for systematics in ([], [SPECTRUM])
    )
    assert with_flux > free


def test_uncertainties_are_needed_only_where_a_systematic_asks(tmp_path):
    without = [f"fractional_uncertainty_{key}" for key in KEYS]
    path = written(tmp_path / "bare.root", without=without)
    assert counts(file=path)["weak"] > 0.0
    with pytest.raises(InputError, match=r"bare.root: no 'fractional_uncertainty_numu'"):
        counts(SPECTRUM, file=path)


def test_tables_have_no_other_spectrum():
    with pytest.raises(InputError, match="systematic 'flux' needs an alternative spectrum"):
        counts(SPECTRUM, horn_current="forward")


def test_files_stand_beside_the_analysis(tmp_path, flux, toml, numm_stats, monkeypatch):
    shutil.copy(flux, tmp_path / "other.root")
    for source in (
        'file = "flux.root"',
        'horn_current = "both"\nforward_share = 0.5\nfile = ["flux.root", "other.root"]',
    ):
        path = toml(source)
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / "elsewhere")
        found = numm_stats("limit", path, "--json")
        assert found.code == 0, found.err
        assert found.json["expected"][2] > 0.0
        assert load(path).source.file[0] == str(tmp_path / "flux.root")


@pytest.mark.usefixtures("flux")
def test_a_file_by_set_and_as_a_choice(tmp_path, toml):
    other = written(tmp_path / "other.root", size=4.0)
    plain, replaced = load(toml('file = "flux.root"')), load(toml('file = "flux.root"'), (f"source.file={other}",))
    assert build_templates(replaced)["weak"].sum() == pytest.approx(4.0 * build_templates(plain)["weak"].sum())
    chosen = load(toml('file = "flux.root"', '[choices]\n"source.file" = ["flux.root", "other.root"]\n'))
    limits = [each.value for each in limit(chosen).configurations]
    assert len(limits) == 2
    assert limits[1] < limits[0]


WRONG = {
    "missing file": ('file = "fluxes.root"', "fluxes.root: no such file"),
    "a folder": ('file = "folder"', "is a folder"),
    "an empty name": ('file = ""', "is a folder"),
    "not ROOT": ('file = "text.root"', "is not a ROOT file"),
    "empty": ('file = "empty.root"', "is empty"),
    "cut short": ('file = "short.root"', "damaged or cut short"),
    "no such histogram": ('file = "part.root"', "part.root: no 'flux_nue' in the file, did you mean 'flux_nuebar'?"),
    "the second file": ('horn_current = "both"\nforward_share = 0.5\nfile = ["flux.root", "no.root"]', "no.root"),
    "file and horn current": ('file = "flux.root"\nhorn_current = "forward"', "[source] horn_current = 'forward'"),
    "one file for both": ('file = "flux.root"\nhorn_current = "both"\nforward_share = 0.5', "[source] two files"),
    "two files for one": ('file = ["flux.root", "flux.root"]', "[source] two files"),
    "three files": ('file = ["flux.root", "flux.root", "flux.root"]', "[source.file] must name a ROOT file, or two"),
    "no files": ("file = []", "[source.file] must name a ROOT file, or two"),
    "a number for a file": ("file = 3", "[source.file] must name a ROOT file, or two"),
    "both without a share": ('horn_current = "both"', "[source] horn_current = 'both' and forward_share"),
    "a share of one": ('horn_current = "forward"\nforward_share = 0.5', "[source] horn_current = 'both' and"),
    "a share of nothing": ("forward_share = 0.5", "[source] horn_current = 'both' and forward_share"),
    "a share above one": ('horn_current = "both"\nforward_share = 1.5', "'source.forward_share' = 1.5"),
    "a share that is text": ('horn_current = "both"\nforward_share = "0.5"', "'source.forward_share' = '0.5'"),
    "another horn current": ('horn_current = "backward"', "'source.horn_current' = 'backward'"),
    "misspelled key": ('files = "flux.root"', "'source.files', did you mean 'file'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_refused(numm_stats, tmp_path, flux, toml, case):
    source, words = WRONG[case]
    (tmp_path / "short.root").write_bytes(Path(flux).read_bytes()[:600])
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.root").write_text("flux\n")
    (tmp_path / "empty.root").write_bytes(b"")
    written(tmp_path / "part.root", without=["flux_nue"])
    outcome = numm_stats("limit", toml(source))
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert words in outcome.err, outcome.err
