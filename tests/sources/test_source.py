"""Quadrature over spectra, and what their normalisation needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.constants import SECONDS_PER_YEAR
from numm_stats.sources.densities import Histogram, PiecewiseLinear
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.normalisation import Emission, Flux, PerPot, ShapeOnly, fluence_per_cm2
from numm_stats.sources.source import Component, Continuum, Lines, Source


@pytest.mark.parametrize("panels", [8, 60, 400])
@given(st.floats(-1.0, 11.0))
def test_quadrature_of_a_smooth_spectrum(panels, minimum):
    component = Component("nu_e", continuum=Continuum(np.linspace(0.0, 10.0, panels + 1), lambda e: np.exp(-e)))
    energies, weights = component.quadrature([minimum])
    start = min(max(minimum, 0.0), 10.0)
    exact = (start + 1) * np.exp(-start) - 11 * np.exp(-10.0)
    assert (weights * energies).sum() == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_quadrature_shape_and_lines():
    lines = Lines(np.array([0.4, 0.9]), np.array([0.25, 0.75]))
    density = Histogram(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0]))
    component = Component("nu_mu", lines, Continuum(np.array([0.0, 1.0, 2.0]), density))
    energies, weights = component.quadrature([0.0, 0.5, 1.5, 3.0])
    assert energies.shape == weights.shape == (4, 2 + 2 * 8)
    assert weights.sum(axis=1) == pytest.approx([5.0, 0.75 + 3.5, 1.5, 0.0])
    assert (energies[weights > 0] >= 0.4).sum() > 0
    assert component.maximum_energy_mev == 2.0


def test_no_weight_below_the_minimum():
    component = Component("nu_e", continuum=Continuum(np.linspace(0.0, 5.0, 6), np.ones_like))
    minimum = np.array([0.3, 2.0, 4.9])
    energies, weights = component.quadrature(minimum)
    assert ((energies > minimum[:, None]) | (weights == 0)).all()


def test_fluence_of_each_normalisation():
    assert fluence_per_cm2(Emission(1e23), years=2, mean_inverse_square_cm2=1e-6) == pytest.approx(1e17 / (2 * np.pi))
    assert fluence_per_cm2(Flux(6e10), years=0.5) == pytest.approx(3e10 * SECONDS_PER_YEAR)
    assert fluence_per_cm2(PerPot(), pot=3.62e20) == 3.62e20


@pytest.mark.parametrize(
    ("normalisation", "given_values", "key"),
    [
        (Emission(1.0), {"mean_inverse_square_cm2": 1.0}, "exposure.years is missing"),
        (Emission(1.0), {"years": 1.0}, "detector.distance_m is missing"),
        (Flux(1.0), {"pot": 1e20}, "exposure.years is missing"),
        (PerPot(), {"years": 1.0}, "exposure.pot is missing"),
        (PerPot(), {"pot": -1.0}, "exposure.pot gives -1"),
        (Flux(1.0), {"years": float("nan")}, "exposure.years gives nan"),
        (ShapeOnly(), {"years": 1.0}, "exposure.events"),
    ],
)
def test_what_is_missing_is_named(normalisation, given_values, key):
    with pytest.raises(InputError, match=key):
        fluence_per_cm2(normalisation, **given_values)


def test_bad_values_are_refused():
    with pytest.raises(InputError, match="panel edges"):
        Continuum(np.array([1.0, 1.0]), np.ones_like)
    with pytest.raises(InputError, match="no spectrum"):
        Component("nu_e")
    with pytest.raises(InputError, match="unknown neutrino flavour"):
        Component("electron", lines=Lines(np.ones(1), np.ones(1)))
    with pytest.raises(InputError, match="no components"):
        Source("nothing", (), ShapeOnly())


def test_monoenergetic():
    source = monoenergetic(0.862, 1.0, name="Be7", normalisation=Flux(5e9))
    energies, weights = source.components[0].quadrature([0.0, 1.0])
    assert energies.tolist() == [[0.862], [0.862]]
    assert weights.tolist() == [[1.0], [0.0]]
    assert (source.name, source.normalisation) == ("Be7", Flux(5e9))


@pytest.mark.parametrize(
    ("energies", "intensities", "message"),
    [
        ([0.8, 0.9], [1.0], "2 line energies and 1 intensities"),
        ([0.8, -0.9], [0.5, 0.5], r"line energies: -0\.9"),
        ([0.8], [np.nan], "line intensities: nan"),
        ([], [], "none given"),
    ],
)
def test_bad_lines_are_refused(energies, intensities, message):
    with pytest.raises(InputError, match=message):
        monoenergetic(energies, intensities)


def test_densities_vanish_outside():
    line = PiecewiseLinear(np.array([1.0, 2.0, 4.0]), np.array([0.0, 2.0, 2.0]))
    assert line(np.array([0.9, 1.5, 4.1])).tolist() == [0.0, 1.0, 0.0]
    assert line.integral == 5.0
    assert Histogram(np.array([1.0, 2.0]), np.array([7.0]))(np.array([0.5, 1.0, 2.0])).tolist() == [
        0.0,
        7.0,
        0.0,
    ]
