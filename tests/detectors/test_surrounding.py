"""Shells around a source: closed forms against integration, and one tonne of NaI."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from numm_stats.detectors.detector import Detector, mean_inverse_square_per_m2
from numm_stats.detectors.surrounding import (
    SODIUM_IODIDE_ELECTRONS_PER_TONNE,
    around_a_hole,
    shell_mean_inverse_square_per_m2,
    surrounding_detector,
    surrounding_sodium_iodide,
)
from numm_stats.errors import InputError
from numm_stats.sources.artificial import BECQUEREL_PER_MEGACURIE, artificial, neutrinos_in_run
from numm_stats.sources.normalisation import fluence_per_cm2


@pytest.mark.parametrize("distance", [0.0, 0.4, 10.0])
def test_a_shell_is_the_integral_over_its_layers(distance):
    def layer(s):
        return s * math.log((s + distance) / abs(s - distance)) / (2 * distance) if distance else 1.0

    exact = 3 * quad(layer, 0.5, 2.0, epsrel=1e-11)[0] / (2.0**3 - 0.5**3)
    assert shell_mean_inverse_square_per_m2(0.5, 2.0, distance) == pytest.approx(exact, rel=1e-10)


@given(st.floats(0.01, 5.0), st.floats(0.01, 5.0))
def test_at_the_centre_both_forms_agree(inner, thickness):
    outer = inner + thickness
    near = shell_mean_inverse_square_per_m2(inner, outer, 1e-5 * inner)
    assert shell_mean_inverse_square_per_m2(inner, outer) == pytest.approx(near, rel=1e-5)
    assert 1 / outer**2 < near < 1 / inner**2


def test_limits_without_a_hole_and_of_a_thin_shell():
    assert shell_mean_inverse_square_per_m2(0.0, 2.0) == mean_inverse_square_per_m2(0.0, 2.0) == 0.75
    assert shell_mean_inverse_square_per_m2(0.0, 2.0, 10.0) == mean_inverse_square_per_m2(10.0, 2.0)
    assert shell_mean_inverse_square_per_m2(1.0, 1.0 + 1e-9) == pytest.approx(1.0, rel=1e-8)


def test_promethium_in_one_tonne_of_sodium_iodide():
    detector = surrounding_sodium_iodide(1.0, inner_radius_m=0.3)
    outer = (0.3**3 + 3 / (4 * math.pi * 3.67)) ** (1 / 3)
    assert 4 / 3 * math.pi * (outer**3 - 0.3**3) * 3.67 == pytest.approx(1.0)
    assert detector.mean_inverse_square_per_cm2 == pytest.approx(3 / (0.09 + 0.3 * outer + outer**2) / 1e4)
    assert detector.electrons_per_tonne == SODIUM_IODIDE_ELECTRONS_PER_TONNE
    assert detector.live_electrons == pytest.approx(2.571e29, rel=1e-3)  # 64 electrons in 149.894 g/mol
    run = artificial("Pm147", 5 * BECQUEREL_PER_MEGACURIE, 1.0)
    fluence = fluence_per_cm2(
        run.normalisation, years=1.0, mean_inverse_square_cm2=detector.mean_inverse_square_per_cm2
    )
    # the mean path of a neutrino through the shell, its thickness, over the volume: another way to <1/r^2> / (4 pi)
    volume = 1e6 / 3.67
    neutrinos = float(np.sum(neutrinos_in_run("Pm147", 5 * BECQUEREL_PER_MEGACURIE, 1.0)))
    assert fluence == pytest.approx(neutrinos * 100 * (outer - 0.3) / volume, rel=1e-9)


def test_a_hole_takes_neutrinos_away():
    distances = [surrounding_sodium_iodide(inner_radius_m=radius).distance_m for radius in (0.0, 0.1, 0.3, 1.0)]
    assert distances == sorted(distances)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shell_mean_inverse_square_per_m2(2.0, 1.0), r"detector\.inner_radius_m = 2\.0"),
        (lambda: shell_mean_inverse_square_per_m2(-1.0, 1.0), r"detector\.inner_radius_m = -1\.0"),
        (lambda: shell_mean_inverse_square_per_m2(0.5, 1.0, -1.0), r"detector\.distance_m = -1\.0"),
        (lambda: surrounding_sodium_iodide(0.0), r"detector\.tonnes = 0\.0"),
        (lambda: surrounding_sodium_iodide(1.0, inner_radius_m=-0.3), r"detector\.inner_radius_m = -0\.3"),
        (lambda: surrounding_detector("x", 1.0, float("nan"), 1e29), r"detector\.density_t_per_m3 = nan"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_a_source_in_the_target_is_refused():
    sphere = Detector("sphere", 1.0, 3e29, distance_m=0.35, radius_m=0.4)
    with pytest.raises(InputError, match=r"detector\.distance_m = 0\.35: the source lies in the target"):
        around_a_hole(sphere, 0.3)
    for distance in (0.0, 0.2, 0.3, 0.5, 10.0):
        assert around_a_hole(replace(sphere, distance_m=distance), 0.3).distance_m > 0.0
