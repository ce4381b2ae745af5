"""What inference refuses, and whether its sentence helps."""

import copy
import math

import pyhf
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace, validated


@pytest.fixture
def workspace(build):
    return copy.deepcopy(build.counting())


def test_a_workspace_or_its_dictionary(workspace):
    one, other = read_workspace(workspace), read_workspace(pyhf.Workspace(workspace))
    assert one.name == other.name == "measurement"
    assert one.data.main.tolist() == other.data.main.tolist() == [25.0]


@pytest.mark.parametrize("what", ["channels", "observations", "measurements"])
def test_a_dictionary_that_is_no_workspace(workspace, what):
    del workspace[what]
    with pytest.raises(InputError, match=f"not a pyhf workspace: '{what}' is a required property"):
        read_workspace(workspace)


def test_a_modifier_that_pyhf_does_not_know(workspace):
    workspace["channels"][0]["samples"][0]["modifiers"].append({"name": "lean", "type": "tilt", "data": None})
    with pytest.raises(InputError, match=r"not a pyhf workspace.*tilt"):
        read_workspace(workspace)


def test_a_parameter_of_interest_that_is_not_there(workspace):
    with pytest.raises(InputError, match=r"'nrom' is not in the workspace, did you mean 'norm'.; it has mu, norm"):
        read_workspace(workspace, poi="nrom")


def test_a_measurement_without_a_parameter_of_interest(workspace):
    workspace["measurements"][0]["config"]["poi"] = ""
    with pytest.raises(InputError, match="names no parameter of interest: choose one of mu, norm"):
        read_workspace(workspace)
    assert read_workspace(workspace, poi="mu").poi == "mu"


def test_a_measurement_that_is_not_there(workspace):
    with pytest.raises(InputError, match="'other' is not in the workspace: it has measurement"):
        read_workspace(workspace, measurement="other")


def test_the_measurement_that_is_named(workspace):
    second = {"name": "second", "config": {"poi": "norm", "parameters": []}}
    workspace["measurements"].append(second)
    assert read_workspace(workspace).poi == "mu"
    assert read_workspace(workspace, measurement="second").poi == "norm"


@pytest.mark.parametrize("count", [-1.0, math.nan, math.inf])
def test_counts_that_cannot_be(workspace, count):
    workspace["observations"][0]["data"] = [count]
    with pytest.raises(InputError, match=f"observed count {count} in bin 0: must be finite and not negative"):
        read_workspace(workspace)


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")  # pyhf's own, before it can be refused
@pytest.mark.parametrize("side", ["hi", "lo"])
@pytest.mark.parametrize("factor", [0.0, -0.1])
def test_a_normalisation_that_is_no_factor(workspace, side, factor):
    workspace["channels"][0]["samples"][1]["modifiers"][0]["data"][side] = factor
    with pytest.raises(InputError, match=r"normsys 'norm' has factors hi = .*, lo = .*: both must be positive"):
        read_workspace(workspace)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none(build, value):
    """Python reads NaN and Infinity from JSON, and the schema calls them numbers."""
    shape = build.histosys("bend", [3.0, value], [2.0, 3.0])
    sides = build.normsys("norm", 1.1, value)
    for modifier, counts, place in (
        (build.mu, [5.0, value], f"x.json: channel 'a', sample 's', bin 1 is {value}: must be a finite number"),
        (shape, [5.0, 6.0], f"channel 'a', sample 's', modifier 'bend', hi_data, bin 1 is {value}"),
        (sides, [5.0, 6.0], f"channel 'a', sample 's', modifier 'norm', lo is {value}"),
    ):
        workspace = build.workspace({"a": [build.sample("s", counts, modifier, build.mu)]}, {"a": [5, 6]})
        with pytest.raises(InputError, match=place):
            validated(workspace, "x.json")
        with pytest.raises(InputError, match="must be a finite number"):
            read_workspace(pyhf.Workspace(workspace, validate=False))
    workspace["observations"][0]["data"] = [5.0, value]
    workspace["channels"][0]["samples"][0]["modifiers"] = [build.mu]
    with pytest.raises(InputError, match=f"x.json: channel 'a', observed count {value} in bin 1"):
        validated(workspace, "x.json")


def test_observations_of_another_length(build):
    # pyhf 0.7.6 counts the bins of all channels together, so that 3 + 1 would pass for 2 + 2
    samples = {name: [build.sample("background", [5.0, 6.0], build.mu)] for name in ("a", "b")}
    workspace = build.workspace(samples, {"a": [5, 6, 7], "b": [5]})
    with pytest.raises(InputError, match="channel 'a': 3 observed counts for 2 bins"):
        read_workspace(workspace)


def test_a_channel_without_observations(build):
    samples = {name: [build.sample("background", [5.0], build.mu)] for name in ("a", "b")}
    with pytest.raises(InputError, match=r"no consistent model.*b"):
        read_workspace(build.workspace(samples, {"a": [5]}))


def test_a_template_of_another_length(build):
    samples = [
        build.sample("signal", [1.0, 1.0], build.mu),
        build.sample("background", [5.0, 6.0], build.histosys("bend", [5.0, 6.0, 7.0], [5.0, 6.0])),
    ]
    with pytest.raises(InputError, match=r"no consistent model.*bend"):
        read_workspace(build.workspace({"a": samples}, {"a": [5, 6]}))


def test_staterrors_that_cover_different_samples(build):
    # pyhf 0.7.6 stops with a bare AssertionError
    samples = {
        "a": [build.sample("one", [5.0], build.mu, build.staterror("mc", [0.1]))],
        "b": [build.sample("one", [5.0]), build.sample("two", [6.0], build.staterror("mc", [0.1]))],
    }
    with pytest.raises(InputError, match="staterror of several channels on the same samples"):
        read_workspace(build.workspace(samples, {"a": [5], "b": [11]}))


def test_an_unknown_construction_suggests_the_nearest(library):
    model = read_workspace(library["counting"])
    with pytest.raises(InputError, match=r"'delta_chi2' is unknown, did you mean 'delta-chi2'.; known are cls"):
        upper_limit(model, "delta_chi2")
    with pytest.raises(InputError, match="'frequentist' is unknown; known are cls, clsb, pcl, delta-chi2"):
        upper_limit(model, "frequentist")


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 90.0, math.nan])
@pytest.mark.parametrize("construction", ["cls", "delta-chi2"])
def test_confidence_levels_lie_between_0_and_1(library, level, construction):
    with pytest.raises(InputError, match=f"confidence level {level}: must lie between 0 and 1"):
        upper_limit(read_workspace(library["counting"]), construction, confidence_level=level)


@pytest.mark.parametrize("rise", [0.0, -1.0, math.nan, math.inf])
def test_the_rise_is_positive(library, rise):
    with pytest.raises(InputError, match=f"delta_chi2 = {rise}: must be a positive number"):
        upper_limit(read_workspace(library["counting"]), "delta-chi2", delta_chi2=rise)
