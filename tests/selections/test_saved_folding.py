"""True recoils of a beam through saved responses: against sums over a grid, and the counts per tonne of NOvA."""

import tomllib

import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, weak_cross_section
from numm_stats.selections.reading import parse_selection
from numm_stats.selections.saved_build import select_saved
from numm_stats.sources.numi import numi

TRUE, SEEN = np.array([0.2, 0.5, 1.0, 5.0]), np.array([0.3, 1.0, 3.0])
SMEARING = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8]])
EFFICIENCY = np.array([0.5, 0.6, 0.4])


def write_response(path, folder="", **changes):
    parts = {
        "h_eff": (EFFICIENCY, TRUE),
        "h_smear": (SMEARING, TRUE, SEEN),
        "h_bkg": (np.array([60.0, 40.0]), SEEN),
        "h_data": (np.array([130.0, 190.0]), SEEN),
    }
    with uproot.recreate(path) as out:
        for name, value in (parts | changes).items():
            if value is not None:
                out[f"{folder}{name}"] = value
        out["up/h_eff"], out["up/h_smear"] = (1.1 * EFFICIENCY, TRUE), (SMEARING, TRUE, SEEN)
    return str(path)


@pytest.fixture
def folding():
    return {
        "name": "folded",
        "response": {"folder": "", "unit": "GeV", "horn_current": "forward"},
        "exposure": {"pot": 3.62e20},
        "signal": {"kind": "magnetic-moment", "reference": 1e-9},
        "systematic": [
            {"name": "flux", "kind": "normalisation", "size": 0.09, "samples": ["weak", "signal"]},
            {"name": "efficiency", "kind": "response", "up": "up"},
        ],
    }


def counts_by_sum(cross_section):
    """Counts in true bins by a plain sum over a fine grid in (E, T), the source's components in turn."""
    electrons, recoil = 193.0 * 3.29e29 * 3.62e20, np.concatenate([np.geomspace(a, b, 400) for a, b in WINDOWS])
    spectrum = np.zeros(len(recoil))
    for component in numi("forward").components:
        density = component.continuum.density
        for low, high, value in zip(density.edges_mev, density.edges_mev[1:], density.values, strict=False):
            energy = low + (high - low) * (np.arange(40) + 0.5) / 40.0
            spectrum += value * (high - low) * cross_section(energy, recoil[:, None], component.flavour).mean(axis=1)
    parts = zip(np.split(spectrum, 3), np.split(recoil, 3), strict=True)
    return electrons * np.array([np.trapezoid(*part) for part in parts])


WINDOWS = [(200.0, 500.0), (500.0, 1000.0), (1000.0, 5000.0)]


def test_true_recoils_are_folded(folding, tmp_path):
    path = write_response(tmp_path / "r.root")
    found, data = select_saved(parse_selection(folding, "t"), [path])
    assert list(found) == ["signal", "weak", "background"]
    magnetic = counts_by_sum(lambda e, t, _: magnetic_cross_section(e, t, 1e-9))
    weak = counts_by_sum(lambda e, t, flavour: weak_cross_section(e, t, flavour, CouplingScheme()))
    for name, true in (("signal", magnetic), ("weak", weak)):
        np.testing.assert_allclose(found[name].values(), (EFFICIENCY * true) @ SMEARING, rtol=2e-3, err_msg=name)
    assert found["background"].values().tolist() == [60.0, 40.0]
    assert data["data"].values().tolist() == [130.0, 190.0]
    up, down = found.samples["weak"].variations["efficiency"]
    np.testing.assert_allclose(up.values(), 1.1 * found["weak"].values())
    np.testing.assert_allclose(down.values(), 0.9 * found["weak"].values())
    assert "efficiency" not in found.samples["background"].variations
    assert found.samples["weak"].statistical is None
    np.testing.assert_allclose(found.samples["background"].statistical, np.sqrt([60.0, 40.0]))


def test_counts_per_tonne_are_those_of_nova(shared, folding, tmp_path):
    """`nova_per_tonne` of the reference values: a perfect response over one bin from 0.3 to 0.9 GeV."""
    reference = tomllib.loads((shared / "figures/reference_values.toml").read_text())
    wanted = next(table["nova_per_tonne"] for table in reference.values() if "nova_per_tonne" in table)
    edges = np.array([0.3, 0.9])
    one = {"h_eff": (np.ones(1), edges), "h_smear": (np.ones((1, 1)), edges, edges), "h_bkg": None, "h_data": None}
    path = write_response(tmp_path / "r.root", **one)
    folding["response"] |= {"tonnes": 1.0}
    folding["signal"]["reference"] = 1.58e-9
    folding["systematic"] = []
    found, data = select_saved(parse_selection(folding, "t"), [path])
    assert data is None
    assert list(found) == ["signal", "weak"]
    assert found["weak"].values()[0] == pytest.approx(wanted["weak_0p3_0p9_gev"], rel=wanted["tolerance"])
    magnetic = wanted["magnetic_0p3_0p9_gev_at_1p58e9"]
    assert found["signal"].values()[0] == pytest.approx(magnetic, rel=wanted["tolerance"])


def test_background_of_another_exposure_and_other_beams(folding, tmp_path, shared):
    path = write_response(tmp_path / "r.root", "nova/")
    folding["response"] |= {"folder": "nova", "pot": 7.24e20}
    forward, _ = select_saved(parse_selection(folding, "t"), [path])
    assert forward["background"].values().tolist() == [30.0, 20.0]
    folding["response"]["horn_current"] = "reverse"
    reverse, _ = select_saved(parse_selection(folding, "t"), [path])
    assert reverse["weak"].values().sum() != pytest.approx(forward["weak"].values().sum(), rel=0.05)
    del folding["response"]["horn_current"]
    folding["response"]["flux"] = str(shared / "data/nova-flux/FHC_Flux_NOvA_ND_2017.root")
    by_file, _ = select_saved(parse_selection(folding, "t"), [path])
    np.testing.assert_allclose(by_file["weak"].values(), forward["weak"].values(), rtol=0.03)


def test_a_vector_interferes(folding, tmp_path):
    folding["signal"] = {"kind": "vector", "mediator_mass_mev": 100.0, "reference": 1e-4}
    found, _ = select_saved(parse_selection(folding, "t"), [write_response(tmp_path / "r.root")])
    assert {name: one.power for name, one in found.samples.items() if one.power} == {"signal_g2": 2, "signal_g4": 4}


def test_efficiency_down_to_zero_is_told(folding, tmp_path):
    true = np.array([0.0, 0.5, 1.0, 5.0])
    changes = {"h_eff": (EFFICIENCY, true), "h_smear": (SMEARING, true, SEEN)}
    path = write_response(tmp_path / "r.root", **changes)
    folding["systematic"] = []
    found, _ = select_saved(parse_selection(folding, "t"), [path])
    assert any("h_eff selects recoils down to zero" in warning for warning in found.warnings)


def test_units_of_true_recoils_are_known(folding, tmp_path):
    del folding["response"]["unit"]
    with pytest.raises(InputError, match=r"the true axis is '': state response\.unit, one of MeV, GeV"):
        select_saved(parse_selection(folding, "t"), [write_response(tmp_path / "r.root")])
