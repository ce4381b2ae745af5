"""What a reader of a limit is told: few counts channel by channel, observed counts that are none."""

import numpy as np
import pytest

from numm_stats.inference.caveats import few_counts, not_whole
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace


def of_channels(build, **channels):
    """A model with signal and background of each channel, and both as arrays."""
    samples = {
        name: [build.sample("signal", signal, build.mu), build.sample("background", background)]
        for name, (signal, background) in channels.items()
    }
    model = read_workspace(build.workspace(samples, {name: b for name, (_, b) in channels.items()}))
    theta = np.zeros(len(model.model.parameters))
    background = model.model.expected(theta)
    theta[model.poi_index] = 1.0
    return model, background, model.model.expected(theta) - background


def test_few_counts_are_told_of_their_channel(build):
    """Of 1.4 counts a bin beside 400: an average over both would hide them."""
    sparse, dense = ([3.0] * 20, [1.4] * 20), ([60.0] * 4, [400.0] * 4)
    (told,) = few_counts(*of_channels(build, sparse=sparse, dense=dense))
    assert told == (
        "the bins of channel 'sparse' that carry the signal expect 1.4 counts: the asymptotic law is doubtful"
    )
    (told,) = few_counts(*of_channels(build, sparse=sparse))
    assert told.startswith("the bins that carry the signal expect 1.4 counts")
    assert not few_counts(*of_channels(build, dense=dense))


def test_a_channel_that_decides_nothing_says_nothing(build):
    assert not few_counts(*of_channels(build, control=([0.001], [2.0]), dense=([60.0] * 4, [400.0] * 4)))
    assert not few_counts(*of_channels(build, control=([0.0], [2.0]), dense=([60.0] * 4, [400.0] * 4)))


@pytest.mark.parametrize("count", [400.0, 400.0 + 1e-9, 400.5])
def test_observed_counts_are_whole(build, count):
    workspace = build.workspace(
        {"one": [build.sample("signal", [20.0], build.mu), build.sample("background", [390.0])],
         "two": [build.sample("background", [50.0])]},
        {"one": [count], "two": [50]},
    )  # fmt: skip
    model = read_workspace(workspace)
    told = "the observed counts of 'one' are not whole (400.5): a rate read as counts?"
    assert not_whole(model) == ((told,) if count == 400.5 else ())
    assert upper_limit(model, "cls").warnings.count(told) == (count == 400.5)
    workspace["measurements"][0]["name"] += "_asimov"
    assert not_whole(read_workspace(workspace)) == ()
