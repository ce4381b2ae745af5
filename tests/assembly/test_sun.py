"""The Sun of an analysis: its parts, its free rates, and the rate on gallium as a measurement beside."""

import math

import numpy as np
import pytest

from numm_stats.analyses.borexino_tables import GalliumTable
from numm_stats.analyses.source_tables import SolarSource
from numm_stats.assembly.sun import SUN_PARTS, captures_on_gallium, processes, rate_scales, solar_source
from numm_stats.inference.statmodel import read_workspace
from numm_stats.sources.solar import gallium_rates_snu, solar
from numm_stats.templates.templates import Template, Templates, histogram
from numm_stats.workspace.spec import build_spec

SUN = SolarSource(kind="solar", free=["pp", "Be7"])
PARTS = dict.fromkeys(SUN_PARTS, 1.0)
COUNTS_PER_SNU = 66.1 / 3.1**2


def gallium(sun=SUN, fluxes=PARTS, **changes):
    return captures_on_gallium(GalliumTable(**changes), sun, fluxes)


def flux(source, flavour):
    return sum(
        float(c.lines.intensities.sum()) if c.lines is not None else float(c.quadrature()[1].sum())
        for c in source.components
        if c.flavour == flavour
    )


def test_the_source_is_the_one_of_the_table():
    table = SolarSource(
        kind="solar", metallicity="agss09met", oscillation="none", components=["pep", "Be7"], free=["pep"]
    )
    stated, ours = solar("agss09met", ["pep", "Be7"], oscillation="none"), solar_source(table)
    assert flux(ours, "nu_e") == flux(stated, "nu_e") > 4e9
    mixed = SolarSource(kind="solar", sin2_12=0.25, components=["pep"])
    assert flux(solar_source(mixed), "nu_e") > flux(solar_source(SUN, ["pep"]), "nu_e")


def test_every_process_is_in_one_part():
    every = [name for names in SUN_PARTS.values() for name in names]
    assert sorted(every) == sorted(gallium_rates_snu())
    assert processes(SolarSource(kind="solar", components=["N13", "pp"]), "CNO") == ["N13"]


def test_only_free_parts_have_a_scale():
    assert rate_scales(SUN, "pp") == {"pp_rate": (0.0, 10.0)}
    assert rate_scales(SUN, "CNO") == {}


def test_counts_are_snu_over_the_error_squared():
    """Counts of which the relative Poisson error is that of the measurement."""
    side, rates = gallium(), gallium_rates_snu()
    assert side.observed == pytest.approx((66.1 * COUNTS_PER_SNU,), rel=1e-12)
    assert math.sqrt(side.observed[0]) / side.observed[0] == pytest.approx(3.1 / 66.1, rel=1e-12)
    for part, names in SUN_PARTS.items():
        wanted = sum(rates[name] for name in names) * COUNTS_PER_SNU
        assert side.templates.samples[part].counts == pytest.approx([wanted], rel=1e-12)
    # 5 % below the model, as published rates of GALLEX and SAGE are
    assert side.templates.background_counts.sum() / COUNTS_PER_SNU == pytest.approx(66.1, abs=5.0)


def test_fluxes_multiply_and_components_that_are_left_out_are_not_captured():
    side = gallium(fluxes={"pp": 1.1, "CNO": 1.0}, sun=SolarSource(kind="solar", components=["pp", "N13"]))
    rates = gallium_rates_snu()
    assert side.templates.samples["pp"].counts[0] == pytest.approx(1.1 * rates["pp"] * COUNTS_PER_SNU)
    assert side.templates.samples["CNO"].counts[0] == pytest.approx(rates["N13"] * COUNTS_PER_SNU)
    assert list(side.templates) == ["pp", "CNO"]


def test_errors_of_the_prediction_act_on_all_parts_and_can_be_left_out():
    for template in gallium().templates.samples.values():
        assert template.normalisations == {"gallium_cross_section": (1.04, 0.96), "fiducial_volume": (1.01, 0.99)}
    side = gallium(cross_section_uncertainty=0.0, fiducial_volume_uncertainty=0.0)
    assert all(not template.normalisations for template in side.templates.samples.values())


@pytest.mark.parametrize(("cross_section", "volume"), [(0.04, 0.01), (0.0, 0.01), (0.0, 0.0)])
def test_what_gallium_alone_tells_of_the_flux(cross_section, volume):
    """Fisher: 1 / sqrt of its information is the measurement's error, and those of the prediction, in quadrature."""
    sun = SolarSource(kind="solar", components=["pp"], free=["pp"])
    side = gallium(sun, {"pp": 66.1 / gallium_rates_snu(components=["pp"])["pp"]},
                   cross_section_uncertainty=cross_section, fiducial_volume_uncertainty=volume)  # fmt: skip
    edges = np.array([0.0, 1.0])
    elsewhere = Templates(
        edges,
        {
            "signal": Template(histogram(np.array([1.0]), edges), power=2),
            "flat": Template(histogram(np.array([10.0]), edges)),
        },
        beside={"gallium": side},
    )
    model = read_workspace(build_spec("test", elsewhere, ["mu_nu2_over_3e-11_squared"]))
    theta = model.model.parameters.initial.copy()
    theta[model.poi_index] = 0.0
    covariance = np.linalg.inv(0.5 * model.likelihood.information(theta))
    error = math.sqrt(covariance[model.index("pp_rate"), model.index("pp_rate")])
    analytic = math.hypot(3.1, 66.1 * cross_section, 66.1 * volume) / 66.1
    # normsys: relative factors 1 +- s have the slope (ln(1 + s) - ln(1 - s)) / 2, and s^3 / 3 is 2e-5 of 0.04
    assert error == pytest.approx(analytic, rel=6e-4)
