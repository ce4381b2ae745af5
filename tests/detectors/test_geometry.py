"""Finite-size average of 1 / r^2: numerical integration and limits; what a detector refuses."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from numm_stats.detectors.detector import Detector, mean_inverse_square_per_m2
from numm_stats.detectors.known import DETECTORS, known_detector
from numm_stats.errors import InputError


def by_shells(distance, radius):
    """3 / R^3 times the integral over shells s of s^2 <1/r^2>_shell; the shell's mean is ln|(s+d)/(s-d)| / (2 s d)."""

    def shell(s):
        if s in (0.0, distance):
            return 0.0
        return s * math.log((s + distance) / abs(s - distance)) / (2 * distance) if distance else 1.0

    pieces = {0.0, min(distance, radius), radius}
    edges = sorted(pieces)
    parts = [quad(shell, a, b, epsabs=0, epsrel=1e-11, limit=300)[0] for a, b in pairwise(edges)]
    return 3 / radius**3 * sum(parts)


@pytest.mark.parametrize(
    ("distance", "radius"), [(16.0, 5.0), (5.0, 5.0), (5.0001, 5.0), (2.0, 5.0), (1e-3, 5.0), (100.0, 0.09), (0.0, 5.0)]
)
def test_mean_inverse_square_is_the_integral_over_shells(distance, radius):
    # closed form: 1e-12 but for a small sphere far away, where its logarithms cancel to 1 part in 1e6 of R^2/d^2
    assert mean_inverse_square_per_m2(distance, radius) == pytest.approx(by_shells(distance, radius), rel=1e-6)
    if radius > 0.01 * distance:
        assert mean_inverse_square_per_m2(distance, radius) == pytest.approx(by_shells(distance, radius), rel=1e-10)


@pytest.mark.parametrize(
    ("distance", "radius", "expected"), [(0.0, 2.0, 3 / 4), (2.0, 2.0, 1.5 / 4), (10.0, 0.0, 0.01)]
)
def test_mean_inverse_square_at_the_centre_on_the_surface_and_of_a_point(distance, radius, expected):
    assert mean_inverse_square_per_m2(distance, radius) == pytest.approx(expected, rel=1e-14)


@given(st.floats(1.0, 1e4), st.floats(1e-4, 0.02))
def test_far_away_the_series_holds(distance, ratio):
    # <1/r^2> d^2 = 1 + x^2 / 5 + 3 x^4 / 35 + ...: the next term is 1.4e-8 at x = 0.02
    mean = mean_inverse_square_per_m2(distance, ratio * distance) * distance**2
    assert mean == pytest.approx(1 + 0.2 * ratio**2, rel=2e-7)


@given(st.floats(0.0, 20.0), st.floats(0.1, 5.0))
def test_a_sphere_is_never_fainter_than_its_farthest_point(distance, radius):
    mean = mean_inverse_square_per_m2(distance, radius)
    assert mean >= 1 / (distance + radius) ** 2
    if distance > radius:
        assert mean <= 1 / (distance - radius) ** 2
    # scale invariance: lengths in other units; at most the cancellation of the logarithm, 1e-6
    assert mean_inverse_square_per_m2(100 * distance, 100 * radius) == pytest.approx(mean / 1e4, rel=1e-6)


@pytest.mark.parametrize("radius", [4.9999999, 5.0, 5.0000001])
def test_no_jump_on_the_surface(radius):
    # x ln x at x = 1e-8: a change of 1e-6
    assert mean_inverse_square_per_m2(5.0, radius) == pytest.approx(1.5 / 25, rel=1e-6)


@pytest.mark.parametrize("geometry", [(0.0, 0.0), (-1.0, 0.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_impossible_geometry_is_refused(geometry):
    with pytest.raises(InputError, match=r"detector\.distance_m"):
        mean_inverse_square_per_m2(*geometry)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"tonnes": 0.0}, "tonnes"),
        ({"tonnes": math.nan}, "tonnes"),
        ({"electrons_per_tonne": -1.0}, "electrons_per_tonne"),
        ({"live_fraction": 1.1}, "live_fraction"),
        ({"live_fraction": math.nan}, "live_fraction"),
        ({"distance_m": -3.0}, "distance_m"),
    ],
)
def test_impossible_detectors_are_refused(changes, word):
    with pytest.raises(InputError, match=word):
        Detector(**{"name": "x", "tonnes": 1.0, "electrons_per_tonne": 3e29, **changes})


def test_electrons_and_distance_of_a_detector():
    detector = Detector("x", tonnes=2.0, electrons_per_tonne=3e29, live_fraction=0.5, distance_m=10.0)
    assert detector.live_electrons == pytest.approx(3e29)
    assert detector.mean_inverse_square_per_cm2 == pytest.approx(1e-6)
    assert Detector("x", tonnes=2.0, electrons_per_tonne=3e29).mean_inverse_square_per_cm2 is None
    with pytest.raises(InputError, match="tonnes is missing"):
        _ = known_detector("generic").live_electrons


def test_electrons_per_tonne_are_those_of_hydrocarbons():
    # N_A electrons/g times Z/A, between 0.52 (mineral oil with PVC) and 0.58 (CH2): 3.1e29 to 3.5e29 in a tonne
    hydrocarbons = [DETECTORS[name] for name in ("kamland", "juno", "sno-plus", "nova-near", "generic")]
    assert all(3.1e29 < detector.electrons_per_tonne < 3.5e29 for detector in hydrocarbons)


@pytest.mark.parametrize(
    ("kind", "charge", "mass"),
    [("dune-argon", 18, 39.95), ("germanium", 32, 72.630), ("lz", 54, 131.293), ("sodium-iodide", 64, 149.894)],
)
def test_electrons_per_tonne_of_other_targets(kind, charge, mass):
    assert known_detector(kind).electrons_per_tonne == pytest.approx(6.02214e29 * charge / mass, rel=2e-4)


def test_unknown_detector_has_a_suggestion():
    with pytest.raises(InputError, match="did you mean 'kamland'"):
        known_detector("kamlnd")


def test_kamland_radius_follows_from_its_fiducial_mass():
    kamland = known_detector("kamland")
    assert 4 / 3 * np.pi * kamland.radius_m**3 * 0.78 == pytest.approx(kamland.tonnes, rel=1e-12)
