"""From the [source] tables of nuclides and reactors to neutrinos, and their faults."""

import numpy as np
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_scattering, assemble_source
from numm_stats.errors import InputError
from numm_stats.sources.artificial import artificial, neutrinos_in_run
from numm_stats.sources.normalisation import Emission, Flux, ShapeOnly
from numm_stats.sources.reactor import reactor, reactor_of_flux

MEGACURIE_BQ = 3.7e16
DETECTOR = {"kind": "generic", "tonnes": 2.0, "distance_m": 10.0, "radius_m": 0.5}
KINDS = ["cr51", "ar37", "v49", "sm145", "sr90-y90", "sr90", "pm147"]


def analysis(source, *, exposure=None, **changes):
    document = {
        "name": "test",
        "source": source,
        "detector": DETECTOR,
        "exposure": exposure or {"days": 100.0},
        "binning": {"recoil_mev": {"edges": [0.01, 0.05, 0.1]}},
        "signal": {"kind": "magnetic-moment", "reference": 1e-10},
    }
    return parse_analysis({**document, **changes}, "test")


def weak_events(found):
    return assemble_scattering(found, 1e-10).counts()[0].sum()


@pytest.mark.parametrize("kind", KINDS)
def test_every_nuclide_emits_what_it_decays(kind):
    source = assemble_source(analysis({"kind": kind, "activity_megacurie": 2.0, "cooling_years": 0.1}))
    name = "-".join(word.capitalize() for word in kind.split("-"))
    emitted = neutrinos_in_run(name, 2 * MEGACURIE_BQ, 100 / 365.25, cooling_years=0.1).sum()
    assert source.normalisation == Emission(pytest.approx(emitted / (100 / 365.25), rel=1e-12))


def test_events_by_hand():
    """A sigma per electron, the electrons, a fluence: 51Cr for one half-life at ten metres."""
    found = analysis({"kind": "cr51", "activity_bq": 1e16}, exposure={"days": 27.70})
    scattering = assemble_scattering(found, 1e-10)
    emitted = 1e16 * 27.70 * 86400 / (2 * np.log(2))
    fluence = emitted * scattering.detector.mean_inverse_square_per_cm2 / (4 * np.pi)
    electrons = 2.0 * scattering.detector.electrons_per_tonne
    of_one = assemble_scattering(analysis({"kind": "cr51"}, exposure={"events": 1.0}), 1e-10)
    per_electron = scattering.counts()[0].sum() / (fluence * electrons)
    assert per_electron == pytest.approx(1.1e-45, rel=0.2)  # of 4.7e-45 cm2 what recoils of 10 to 100 keV have
    assert of_one.counts()[1] / of_one.counts()[0].sum() == pytest.approx(
        scattering.counts()[1] / scattering.counts()[0].sum(), rel=1e-12
    )


@pytest.mark.parametrize("source", [{"kind": kind} for kind in [*KINDS, "reactor"]])
def test_a_number_of_events_needs_no_size(source):
    found = analysis(source, exposure={"events": 33.0})
    assert assemble_source(found).normalisation == ShapeOnly()
    assert weak_events(found) == pytest.approx(33.0)


def test_stated_events_override_an_activity():
    found = analysis({"kind": "sr90-y90", "activity_bq": 1e15}, exposure={"events": 33.0, "days": 10.0})
    assert weak_events(found) == pytest.approx(33.0)


def test_lines_by_binding_energies():
    quoted, bound = ({"kind": "ar37", "activity_bq": 1e15, "lines": lines} for lines in ("quoted", "binding"))
    found = assemble_source(analysis(bound)).components[0].lines.energies_mev
    expected = artificial("Ar37", 1e15, 1.0, lines="binding").components[0].lines.energies_mev
    assert found.tolist() == expected.tolist()
    assert found.tolist() != assemble_source(analysis(quoted)).components[0].lines.energies_mev.tolist()


def test_a_reactor_is_seen_at_the_distance_of_the_detector():
    found = assemble_scattering(analysis({"kind": "reactor", "thermal_power_gw": 3.0}), 1e-10)
    centre = reactor(3.0, 10.0).normalisation.per_cm2_s
    assert isinstance(found.source.normalisation, Flux)
    # the mean of 1 / r^2 over the sphere: 1 + 3 (R / d)^2 / 15 to the second order
    assert found.source.normalisation.per_cm2_s == pytest.approx(centre * (1 + 0.2 * 0.05**2), rel=1e-5)


def test_a_reactor_of_known_flux():
    fractions = {"U235": 1.0, "U238": 0.0, "Pu239": 0.0, "Pu241": 0.0}
    table = {"kind": "reactor", "flux_per_cm2_s": 6.4e12, "fission_fractions": fractions, "captures_per_fission": 0.0}
    found = assemble_source(analysis(table))
    assert found.normalisation == reactor_of_flux(6.4e12, fractions, captures_per_fission=0.0).normalisation
    total = sum(part.quadrature(0.0)[1].sum() for part in found.components) * found.normalisation.per_cm2_s
    assert total == pytest.approx(6.4e12)
    assert len(found.components) == 1


def test_events_of_a_reactor_by_hand():
    found = assemble_scattering(analysis({"kind": "reactor", "flux_per_cm2_s": 1e13}), 1e-10)
    shape = assemble_scattering(analysis({"kind": "reactor"}, exposure={"events": 1.0}), 1e-10)
    per_flux = found.counts() / (1e13 * 100 * 86400 * 2.0 * found.detector.electrons_per_tonne)
    assert per_flux[1] / per_flux[0].sum() == pytest.approx(shape.counts()[1] / shape.counts()[0].sum(), rel=1e-12)
    # at low recoils d sigma / dT of nu_e-bar is 2 G_F^2 m_e / pi [g_L^2 + g_R^2] - ..., about 1e-44 cm2/MeV above 1 MeV
    assert per_flux[0].sum() == pytest.approx(0.09 * 8e-45, rel=0.3)


@pytest.mark.parametrize(
    ("source", "exposure", "message"),
    [
        ({"kind": "cr51"}, None, r"source\.activity_bq \(or activity_megacurie\) is missing"),
        ({"kind": "cr51", "activity_bq": 1e15}, {"pot": 1e20}, r"exposure\.days \(or years\) is missing"),
        ({"kind": "cr51", "activity_bq": 1e15, "activity_megacurie": 1.0}, None, "not both"),
        ({"kind": "pm147", "activity_bq": 1e15, "lines": "binding"}, None, "emits a continuum"),
        ({"kind": "reactor"}, None, r"exposure\.events"),
        ({"kind": "reactor", "thermal_power_gw": 1.0, "flux_per_cm2_s": 1e12}, None, "not both"),
        ({"kind": "reactor", "fission_fractions": {"U235": 0.5}}, None, "add up to 0.5"),
        ({"kind": "cr52"}, None, "did you mean 'cr51'"),
    ],
)
def test_faults_have_names(source, exposure, message):
    with pytest.raises(InputError, match=message):
        weak_events(analysis(source, exposure=exposure))


def test_a_power_needs_a_distance():
    with pytest.raises(InputError, match=r"detector\.distance_m is missing"):
        assemble_source(
            analysis({"kind": "reactor", "thermal_power_gw": 1.0}, detector={"kind": "generic", "tonnes": 1.0})
        )
