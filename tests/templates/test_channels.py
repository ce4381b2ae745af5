"""Bins of angle and energy as channels: nothing is lost, and every bin expects enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.templates.channels import (
    ChannelBins,
    angular_channels,
    channel_templates,
    isotropic,
    places,
    region_channels,
)
from numm_stats.templates.templates import Template, histogram

EDGES = np.array([0.1, 0.2, 0.4, 0.8])
THETA = np.array([0.0, 0.3, 0.7, 1.2, np.pi])
GRID = np.array([[3.0, 0.2, 0.0], [5.0, 4.0, 3.0], [0.3, 0.2, 0.1], [0.1, 0.0, 0.0]])


def test_what_expects_too_little_joins_its_neighbours():
    first, second = angular_channels(GRID, EDGES, THETA, 1.0)
    assert first == ChannelBins("theta_0_to_300_mrad", (0.1, 0.8), ((0, 1, 2),))
    # the two widest angles are not enough together
    assert second.name == "theta_300_to_3141.6_mrad"
    assert second.edges_mev == (0.1, 0.2, 0.4, 0.8)
    assert second.members == ((3, 6, 9), (4, 7, 10), (5, 8, 11))


def test_a_smallest_minimum_merges_empty_bins_alone():
    channels = angular_channels(GRID, EDGES, THETA, 1e-9)
    assert [channel.edges_mev for channel in channels] == [(0.1, 0.2, 0.8), *[(0.1, 0.2, 0.4, 0.8)] * 2, (0.1, 0.8)]


@given(
    counts=st.lists(st.lists(st.floats(0.0, 9.0), min_size=4, max_size=4), min_size=1, max_size=6),
    minimum=st.floats(0.01, 20.0),
)
def test_each_place_belongs_to_one_bin_that_expects_the_minimum(counts, minimum):
    grid = np.array(counts)
    channels = angular_channels(grid, np.arange(5.0), np.linspace(0.0, 1.0, len(grid) + 1), minimum)
    found = [place for channel in channels for members in channel.members for place in members]
    assert sorted(found) == list(range(grid.size))
    expected = np.concatenate([channel.counts(grid.ravel()) for channel in channels])
    assert expected.sum() == pytest.approx(grid.sum())
    assert len(expected) == 1 or expected.min() >= minimum * (1 - 1e-12)


def sample(grid, **more):
    return Template(places(np.asarray(grid, dtype=float).ravel()), **more)


def test_samples_move_into_the_channels_with_all_that_moves_them():
    counts = GRID + 1.0
    template = sample(
        counts,
        variations={"scale": (places((2 * counts).ravel()), places((0.5 * counts).ravel()))},
        normalisations={"norm": (1.1, 0.9)},
        statistical=np.full(12, 3.0),
    )
    merged = ChannelBins("merged", (0.1, 0.8), ((0, 1, 2, 3),))
    rest = ChannelBins("rest", (0.1, 0.4, 0.8), ((4,), (5, 6, 7, 8, 9, 10, 11)))
    observed = np.arange(12.0)
    made = channel_templates({"weak": template}, [merged, rest], observed)
    assert made["weak"].values() == pytest.approx([counts.ravel()[:4].sum()])
    assert made.samples["weak"].statistical == pytest.approx([6.0])
    assert made.samples["weak"].normalisations == {"norm": (1.1, 0.9)}
    assert made.observed == (6.0,)
    side = made.beside["rest"]
    assert side.observed == (4.0, 56.0)
    up, down = side.templates.samples["weak"].variations["scale"]
    assert up.values() == pytest.approx(2 * side.templates["weak"].values())
    assert down.values() == pytest.approx(0.5 * side.templates["weak"].values())


def test_without_data_the_channels_beside_hold_the_background():
    channels = angular_channels(GRID, EDGES, THETA, 1.0)
    made = channel_templates({"signal": sample(GRID, power=2), "weak": sample(GRID)}, channels)
    assert made.observed is None
    assert made.beside[channels[1].name].observed == tuple(channels[1].counts(GRID.ravel()))


def test_isotropic_backgrounds_hold_their_share_of_the_sphere():
    energies = np.array([1.0, 2.0, 4.0])
    flat = Template(histogram(energies, EDGES), statistical=0.1 * energies)
    spread = isotropic(flat, np.array([0.0, np.pi / 2, np.pi]))
    assert spread.counts == pytest.approx([0.5, 1.0, 2.0, 0.5, 1.0, 2.0])
    assert spread.statistical == pytest.approx(0.1 * spread.counts)
    assert isotropic(flat, np.array([0.0, 0.1])).counts.sum() == pytest.approx(7.0 * (1 - np.cos(0.1)) / 2)


def test_a_region_and_the_rest_hold_everything_once():
    signal, weak = np.array([3.0, 1.0, 1e-30, 2.0]), np.array([1.0, 1.0, 1e-31, 4.0])
    inside, outside = region_channels(signal, weak, 0.7, EDGES)
    assert inside.members == ((0, 1),)
    assert outside.members == ((2, 3),)
    assert inside.edges_mev == outside.edges_mev == (0.1, 0.8)
    assert len(region_channels(signal, weak, 0.7, EDGES, outside=False)) == 1
    assert len(region_channels(signal[:2], weak[:2], 0.7, EDGES)) == 1
    with pytest.raises(InputError, match=r"ratio = 5: no bin .* is 3"):
        region_channels(signal, weak, 5.0, EDGES)
