"""What the fit of Borexino's spectrum leaves free, and its bins."""

import math

import numpy as np
import pytest

from numm_stats.detectors.borexino import HitsResponse, borexino_response
from numm_stats.detectors.borexino_fit import (
    ELECTRONS,
    EXPOSURE_100T_DAYS,
    FREE_PARAMETERS,
    fitted_edges_hits,
    response_variations,
)
from numm_stats.errors import InputError


def test_exposure_and_electrons():
    assert pytest.approx(1291.5 * 0.713, rel=1e-12) == EXPOSURE_100T_DAYS
    # pseudocumene C9H12, 120.19 g/mol, 66 electrons; 1.5 g/l of PPO changes a permille
    assert pytest.approx(71.3e6 * 6.02214e23 * 66 / 120.19, rel=2e-3) == ELECTRONS


def test_120_bins_of_even_width_in_resolutions():
    edges = fitted_edges_hits()
    assert (len(edges), edges[0], edges[-1]) == (121, 85.0, 950.0)
    assert (edges == np.round(edges)).all()
    widths = np.diff(edges)
    relative = widths / HitsResponse().sigma_hits(0.5 * (edges[1:] + edges[:-1]))
    assert (widths.min(), widths.max()) == (4.0, 10.0)
    assert (abs(relative / relative.mean() - 1.0) < 0.25).all()  # an edge is rounded by up to half a hit, widths by one


@pytest.mark.parametrize("arguments", [(0,), (900,), (120, (950.0, 85.0)), (120, (-5.0, 85.0)), (5, (0.0, math.inf))])
def test_impossible_bins_are_refused(arguments):
    with pytest.raises(InputError, match="binning"):
        fitted_edges_hits(*arguments)


def test_each_parameter_moves_its_own_attribute_both_ways():
    response = borexino_response("within_230_ns")
    moved = response_variations(response)
    assert list(moved) == list(FREE_PARAMETERS)
    for name, (up, down) in moved.items():
        parameter = FREE_PARAMETERS[name]
        nominal = getattr(response, parameter.attribute)
        assert getattr(up, parameter.attribute) == pytest.approx(nominal + parameter.step)
        assert getattr(down, parameter.attribute) == pytest.approx(nominal - parameter.step)
        same = [key for key in vars(response) if getattr(up, key) == getattr(response, key)]
        assert len(same) == len(vars(response)) - 1


def test_only_what_is_asked_for_moves_and_by_how_much():
    moved = response_variations(HitsResponse(), ["Po210_width"], {"Po210_width": 0.3})
    assert list(moved) == ["Po210_width"]
    assert moved["Po210_width"][0].polonium_width_hits == pytest.approx(15.1)
    assert response_variations(HitsResponse(), []) == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: response_variations(HitsResponse(), ["light_yeild"]), "did you mean 'light_yield'"),
        (lambda: response_variations(HitsResponse(), [], {"C12_start": 1.0}), "'C12_start' is unknown"),
        (lambda: response_variations(HitsResponse(), ["C11_start"], {"C11_start": 0.0}), "positive"),
    ],
)
def test_unknown_parameters_and_steps_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
