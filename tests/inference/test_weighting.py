"""Weights of configurations: each weighting by its definition, scales, and what does not match."""

import math
from dataclasses import replace

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.configurations import Configuration, configuration, groups_of_same_data
from numm_stats.inference.profile import Profile
from numm_stats.inference.profile_spline import spline_through
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.weighting import natural_scale, weights_of

LOWEST = (3.0, 4.0, 7.0)
NULL = (0.0, 2.0, 1.0)
DATA = ((("nhits", (5.0, 6.0)),), (("nhits", (5.0, 6.0)),), (("npmts", (5.0, 6.0, 2.0)),))


def three(*, same=True):
    spline = spline_through([0.0, 1.0, 2.0], [0.0, 1.0, 4.0], [0.0, 2.0, 4.0])
    return [
        Configuration("c", "mu", replace(spline, deviance=low, null=null), observations=DATA[0] if same else counts)
        for low, null, counts in zip(LOWEST, NULL, DATA, strict=True)
    ]


def normalised(minus_two_log):
    w = np.exp(-0.5 * np.array(minus_two_log))
    return pytest.approx((w / w.sum()).tolist())


def test_maximum_likelihood_weights():
    weights = weights_of(three())
    assert weights.values == normalised(LOWEST)
    assert weights.scale == "common"
    w = np.array(weights.values)
    assert weights.effective_configurations == pytest.approx(1.0 / (w**2).sum())
    with_prior = weights_of(three(), weights=[2.0, 0.0, 2.0])
    assert with_prior.values == normalised([LOWEST[0], math.inf, LOWEST[2]])


def test_null_weights():
    at_zero = [low + null for low, null in zip(LOWEST, NULL, strict=True)]
    assert weights_of(three(), "null").values == normalised(at_zero)
    assert weights_of(three(), "null", scale="own").values == normalised(NULL)


def test_equal_and_given_weights():
    equal, given = weights_of(three(), "equal"), weights_of(three(), "given", weights=[1, 2, 5])
    assert equal.values == pytest.approx((1 / 3,) * 3)
    assert equal.effective_configurations == pytest.approx(3.0)
    assert given.values == pytest.approx((0.125, 0.25, 0.625))
    assert equal.scale == given.scale == "own"


def test_other_data_have_another_scale():
    found = three(same=False)
    assert groups_of_same_data(found) == (0, 0, 2)
    assert (natural_scale(three()), natural_scale(found)) == ("common", "own")
    assert weights_of(found).values == pytest.approx((1 / 3,) * 3)
    assert weights_of(found, weights=[1, 1, 2]).values == pytest.approx((0.25, 0.25, 0.5))
    assert weights_of(found, scale="same-data").values == normalised([0.0, 1.0, 0.0])
    common = weights_of(found, scale="common")
    assert common.values == normalised(LOWEST)
    assert "the data differ" in common.warnings[0]
    assert not weights_of(three(), scale="common").warnings


def test_what_the_same_data_are(build):
    models = [
        read_workspace(build.magnetic_moment(scale=scale, observed=counts))
        for scale, counts in ((1.0, [30.0] * 20), (2.0, [30.0] * 20), (1.0, [30.0] * 19 + [31.0]))
    ]
    found = [configuration(model, expected=False, accuracy=1e-2) for model in models]
    assert groups_of_same_data(found) == (0, 0, 2)
    assert found[0].observations == (("recoil", (30.0,) * 20),)
    renamed = replace(found[0], observations=(("other", (30.0,) * 20),))
    assert groups_of_same_data([found[0], renamed]) == (0, 1)


def test_weights_are_ratios_of_likelihoods(library):
    """With the same auxiliary measurements the ratio of the maxima is that of pyhf's likelihoods."""
    workspace = library["magnetic_moment"]
    steeper = {**workspace, "channels": [dict(channel) for channel in workspace["channels"]]}
    steeper["channels"][0]["samples"] = [
        {**sample, "data": [1.02 * n for n in sample["data"]]} if sample["name"] == "weak" else sample
        for sample in workspace["channels"][0]["samples"]
    ]
    models = [read_workspace(workspace), read_workspace(steeper)]
    thetas = [Profile(model.above_zero()).best.theta for model in models]
    values = [model.likelihood.minus_two_log_likelihood(theta) for model, theta in zip(models, thetas, strict=True)]
    found = [configuration(model, expected=False) for model in models]
    assert weights_of(found).values == normalised(np.array(values) - min(values))
    assert found[0].free_parameters == 2  # mu and flat_norm: the others have auxiliary measurements


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weighting": "maximum-likelyhood"}, "did you mean 'maximum-likelihood'"),
        ({"scale": "comon"}, "did you mean 'common'"),
        ({"weighting": "equal", "scale": "common"}, "divided by their own maximum"),
        ({"weighting": "equal", "weights": [1, 1, 1]}, "has no weights to give"),
        ({"weighting": "given"}, "give the weights"),
        ({"weights": [1, 1]}, "2 weights for 3 configurations"),
        ({"weights": [1, -1, 1]}, "weight -1"),
        ({"weights": [1, math.nan, 1]}, "weight nan"),
        ({"weights": [0, 0, 0]}, "not all zero"),
    ],
)
def test_weights_that_cannot_be(options, words):
    with pytest.raises(InputError, match=words):
        weights_of(three(), **options)


def test_no_configurations():
    with pytest.raises(InputError, match="none is given"):
        weights_of([])
