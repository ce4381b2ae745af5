"""Positrons in bins: against an integral by scipy, the response, and sources that make none."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from numm_stats.detectors.response import Efficiency, Resolution, Response
from numm_stats.errors import InputError
from numm_stats.physics.inverse_beta import inverse_beta_cross_section, prompt_energy_mev
from numm_stats.sources.isodar import isodar
from numm_stats.sources.lines import monoenergetic
from numm_stats.templates.positrons import positron_counts

EDGES = np.array([0.0, 3.0, 5.0, 8.0, 16.0])
OFFSET = -float(prompt_energy_mev(0.0))


def integrand(visible):
    energy = np.array(visible + OFFSET)
    return float(isodar().components[0].continuum.density(energy) * inverse_beta_cross_section(energy))


def test_counts_are_the_integral():
    expected = [quad(integrand, max(a, 1.024), b, limit=200)[0] for a, b in pairwise(EDGES)]
    assert positron_counts(isodar(), EDGES, Response()) == pytest.approx(expected, rel=1e-3)


def test_resolution_keeps_what_it_moves():
    sharp = positron_counts(isodar(), EDGES, Response())
    smeared = positron_counts(isodar(), EDGES, Response(Resolution(stochastic=0.064)))
    assert smeared.sum() == pytest.approx(sharp.sum(), rel=1e-6)
    assert smeared == pytest.approx(sharp, rel=0.02)
    assert (smeared != sharp).all()


def test_efficiency_and_scale():
    full = positron_counts(isodar(), EDGES, Response())
    half = positron_counts(isodar(), EDGES, Response(efficiency=Efficiency((1.0,), (0.5,))))
    assert half == pytest.approx(0.5 * full, rel=1e-6)
    scaled = positron_counts(isodar(), 1.1 * EDGES, Response(scale=1.1))
    assert scaled == pytest.approx(full, rel=1e-4)


def test_sources_without_are_refused():
    with pytest.raises(InputError, match="no continuous nu_e_bar"):
        positron_counts(monoenergetic([8.0], [1.0], "nu_e_bar"), EDGES, Response())
    with pytest.raises(InputError, match="no continuous nu_e_bar"):
        positron_counts(monoenergetic([8.0], [1.0], "nu_e"), EDGES, Response())
