"""What toys cannot tell apart: edges out of order are none, narrow pieces of a region are joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.inference.limits import UpperLimit
from numm_stats.verbs.throwing import toy_limits
from numm_stats.verbs.toy_edges import with_band_in_order, with_pieces_joined


def of_toys(expected=(), uncertainty=0.1, intervals=(), errors=None):
    return UpperLimit(
        construction="cls",
        calculator="toys",
        confidence_level=0.9,
        poi="mu",
        observed=None,
        expected=tuple(expected),
        uncertainty=uncertainty,
        expected_uncertainty=tuple([0.1] * len(expected) if errors is None else errors),
        intervals=tuple(intervals),
        warnings=("before",),
    )


@pytest.mark.parametrize(
    ("band", "found", "names"),
    [
        ((1.15, 1.01, 1.3, 1.6, 1.9), (None, 1.01, 1.3, 1.6, 1.9), "-2 sigma"),
        ((1.0, 1.4, 1.3, 1.6, 1.5), (1.0, None, 1.3, 1.6, None), "-1 sigma, +2 sigma"),
        ((1.35, 1.4, 1.3, None, 1.2), (None, None, 1.3, None, None), "-2 sigma, -1 sigma, +2 sigma"),
        ((1.0, 1.1, None, 1.05, 1.2), (1.0, 1.1, None, 1.05, 1.2), None),  # no median to go by
        ((0.0, 0.0, 1.3, 1.3, 1.3), (0.0, 0.0, 1.3, 1.3, 1.3), None),
    ],
)
def test_edges_out_of_order_are_none(band, found, names):
    limit = of_toys(band)
    told = with_band_in_order(limit)
    assert told.expected == found
    if names is None:
        assert told == limit
        return
    assert told.expected_uncertainty == tuple(None if edge is None else 0.1 for edge in found) or None in band
    assert told.warnings[0] == "before"
    assert f"the limit at {names}: it is out of order" in told.warnings[1]


@given(st.lists(st.none() | st.floats(0.0, 9.0), min_size=5, max_size=5))
def test_what_is_left_is_in_order(band):
    kept = with_band_in_order(of_toys(band)).expected
    assert kept[2] == band[2]
    for half in (kept[:3], kept[2:]):
        edges = [edge for edge in half if edge is not None]
        assert edges == sorted(edges)
    assert with_band_in_order(of_toys(kept)).expected == kept
    assert with_band_in_order(of_toys(band, errors=())).expected_uncertainty == ()


def test_a_narrow_piece_is_joined_with_the_one_beside_it():
    clear = ((0.0, 1.0), (2.0, 3.0))
    assert with_pieces_joined(of_toys(intervals=clear)) == of_toys(intervals=clear)
    assert with_pieces_joined(of_toys(intervals=((0.0, 0.05),))).intervals == ((0.0, 0.05),)
    joined = with_pieces_joined(of_toys(intervals=((0.0, 1.0), (1.5, 1.52))))
    assert joined.intervals == ((0.0, 1.52),)
    assert "the gap mu = 1 to 1.5 lies beside a piece that is narrower" in joined.warnings[1]
    assert with_pieces_joined(of_toys(intervals=((0.0, 0.01), (0.5, 2.0), (4.0, 5.0)))).intervals == (
        (0.0, 2.0),
        (4.0, 5.0),
    )


@given(st.lists(st.floats(0.0, 9.0), min_size=2, max_size=10, unique=True).filter(lambda x: len(x) % 2 == 0))
def test_a_joined_region_only_grows(values):
    edges = sorted(values)
    before = tuple(zip(edges[::2], edges[1::2], strict=True))
    after = with_pieces_joined(of_toys(uncertainty=0.5, intervals=before)).intervals
    assert after[-1][1] == before[-1][1]
    assert all(any(low <= one and other <= high for low, high in after) for one, other in before)
    assert len(after) == 1 or all(high - low >= 0.5 for low, high in after)


def test_limits_that_were_printed():
    """Both of the catalogue: too few toys for the band of one, and for the end of the region of the other."""
    (band,) = toy_limits("texono", toys=300, seed=1)
    edges = [edge for edge in band.expected if edge is not None]
    assert edges == sorted(edges)
    assert band.to_dict()["expected"][0] is None
    assert any("-2 sigma" in warning for warning in band.parameter.warnings)
    (region,) = toy_limits("lsnd", toys=500, seed=3, constructions=("feldman-cousins",))
    assert region.intervals == ((0.0, region.observed),)
    assert any("narrower than the toys' uncertainty" in warning for warning in region.parameter.warnings)
