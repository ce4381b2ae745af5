"""Numbers that double precision cannot sum up: one message with file, branch and value, and no warning of numpy's."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.selections.build import select
from numm_stats.selections.extremes import LARGEST, refuse_extremes

SIGNAL = {
    "kind": "magnetic-moment",
    "categories": ["elastic"],
    "energy_mev": "1000 * rec.mc.nu.E",
    "recoil_mev": "1000 * T",
    "pdg": "rec.mc.nu.pdg",
}
FLUX = {"name": "flux", "kind": "universes", "branch": "universes"}
REWEIGHTED = {"name": "xsec", "kind": "weights", "up": "2 * up"}


@pytest.fixture
def refusal(table, selection_of, make_events):
    """What is said of 500 events, some columns of which are replaced; all of them are selected, in wide bins."""
    table.update(cuts=[], observable=[{"name": "calE", "expression": "calE", "edges": [0.0, 1.0, 50.0]}])

    def refused(changes=(), **replaced):
        path, _ = make_events("events.root", **replaced)
        with pytest.raises(InputError) as found:
            select(selection_of({**table, **dict(changes)}), [path])
        assert str(found.value).startswith(f"{path}: ")
        return str(found.value).removeprefix(f"{path}: ")

    return refused


def some(value, usual=1.0):
    values = np.full(500, usual)
    values[[3, 77]] = value
    return values


@pytest.mark.parametrize("value", [1e200, -1e305, 2e60])
def test_weights(refusal, value):
    expected = f"weight 'w' is {value:.4g}, and beyond 1e+60 in size in 2 of 500 selected events: sums of such numbers"
    assert expected in refusal(w=some(value))


def test_a_weight_by_an_expression(refusal):
    assert "weight 'w / T**40' is " in refusal({"weight": "w / T**40"}, T=some(1e-3))


@pytest.mark.parametrize("value", [1e200, 1e305])
def test_weights_up_and_down(refusal, value):
    assert f"systematic 'xsec' up '2 * up' is {2 * value:.4g}, and" in refusal(
        {"systematic": [REWEIGHTED]}, up=some(value)
    )


def test_universes(refusal):
    universes = np.ones((500, 30))
    universes[5, 6], universes[7, 8], universes[7, 9] = 1e250, -1e300, 1e70
    found = refusal({"systematic": [FLUX]}, universes=universes)
    assert "systematic 'flux' branch 'universes' is -1e+300, and beyond 1e+60 in size in 2 of 500" in found
    listed = {"name": "flux", "kind": "universes", "expressions": ["up", "down"]}
    assert "systematic 'flux' expressions is 1e+300" in refusal({"systematic": [listed]}, up=some(1e300))


@pytest.mark.parametrize("column", ["rec.mc.nu.E", "T"])
def test_energies_of_the_signal(refusal, column):
    found = refusal({"signal": SIGNAL}, **{column: some(1e200), "mode": np.full(500, 5, dtype=np.int32)})
    key = "energy_mev" if column == "rec.mc.nu.E" else "recoil_mev"
    assert f"signal.{key} is 1e+203, and beyond 1e+60 in size in 2 of 500 events of elastic" in found


def test_a_signal_that_grows_without_end(refusal):
    """1 / T of the magnetic moment, at recoils that no electron has."""
    found = refusal({"signal": SIGNAL}, T=some(1e-80), mode=np.full(500, 5, dtype=np.int32))
    assert "signal: the weight by recoil_mev and energy_mev is " in found


def test_sums(refusal):
    assert "weights add up to 1" in refusal(w=np.full(500, 1e60))
    assert "weights of systematic 'xsec' up add up to" in refusal(
        {"systematic": [REWEIGHTED]}, w=np.full(500, 1e31), up=np.full(500, 1e31)
    )
    universes = np.full((500, 30), 1e31)
    assert "weights of systematic 'flux' add up to" in refusal(
        {"systematic": [FLUX]}, w=np.full(500, 1e31), universes=universes
    )


def test_nan_beside_extremes_and_infinities_of_both_signs(refusal):
    weights = some(1e200)
    weights[9] = np.nan
    assert "weight 'w' is 1e+200" in refusal(w=weights)
    weights[[3, 77]] = np.inf, -np.inf
    assert refusal(w=weights) == "weight is NaN or infinite in 3 of 500 selected events"
    assert "systematic 'xsec' up is NaN or infinite in 2 of 500" in refusal(
        {"systematic": [REWEIGHTED]}, w=some(0.0), up=some(np.inf)
    )


@pytest.mark.parametrize("value", [1e305, -1e305])
def test_an_observable_may_be_far_away(table, selection_of, make_events, value):
    path, _ = make_events("events.root", T=some(value, 1.0))
    table.update(cuts=[], observable=[{"name": "T", "expression": "T", "start": 0.0, "stop": 4.0, "width": 1e-3}])
    selected = select(selection_of(table), [path])
    assert sum(selected.events.values()) == 498


def test_the_exposure_does_not_scale_beyond_all_bounds(table, selection_of, make_events):
    path, _ = make_events("events.root", pot=1e-100)
    with pytest.raises(InputError, match="wanted of 1e-100 simulated, which scales everything by 3e"):
        select(selection_of(table), [path])


def test_what_is_just_allowed():
    refuse_extremes("weight", np.array([LARGEST, -LARGEST, 0.0, np.nan, np.inf]))
    assert np.isfinite(1e3 * LARGEST**4)
