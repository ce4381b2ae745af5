"""Variations below zero: refused where no counts follow from them, never clipped."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace
from numm_stats.selections.below_zero import refuse_below_zero
from numm_stats.selections.build import select
from numm_stats.templates.templates import Template, Templates, histogram
from numm_stats.verbs.selecting import selected_spec

EDGES = np.array([0.0, 1.0, 2.0, 4.0])
SIGNAL = {
    "kind": "magnetic-moment",
    "categories": ["elastic"],
    "energy_mev": "1000 * rec.mc.nu.E",
    "recoil_mev": "1000 * T",
    "pdg": "rec.mc.nu.pdg",
    "reference": 1e-9,
}


def filled(counts):
    return histogram(np.array(counts), EDGES, name="energy")


def sample(counts, power=0, **variations):
    moved = {name: (filled(up), filled(down)) for name, (up, down) in variations.items()}
    return Template(filled(counts), moved, power=power)


def templates(**samples):
    usual = {"signal": sample([1.0, 2.0, 0.0], 2), "nc": sample([5.0, 5.0, 5.0]), "cc": sample([2.0, 1.0, 0.5])}
    return Templates(EDGES, {**usual, **samples})


def refusal(**samples):
    with pytest.raises(InputError) as found:
        refuse_below_zero("region", templates(**samples))
    return str(found.value)


def test_a_background_may_where_the_others_outweigh_it():
    refuse_below_zero("region", templates(cc=sample([2.0, 1.0, 0.5], x=([5.0, 2.0, 2.0], [-1.0, 0.0, -1.0]))))


def test_all_backgrounds_together_may_not():
    down = [1.0, -4.9, -0.5]
    refuse_below_zero("region", templates(cc=sample([2.0, 1.0, 0.5], x=([5.0, 2.0, 2.0], down))))
    down[1] = -5.0
    message = refusal(cc=sample([2.0, 1.0, 0.5], x=([5.0, 2.0, 2.0], down)))
    assert message.startswith(
        "region: systematic 'x' down takes sample 'cc' in bin 1 of energy (1 to 2) from 1 to -5, and all background "
        "together to 0: state both sides, make bins wider"
    )


def test_samples_move_together_by_the_systematics_that_they_share():
    """Each alone would be outweighed by the other; the one that falls farthest is named."""
    nc, cc = sample([5.0, 5.0, 5.0], x=([-0.1, 5.0, 5.0], [9.0, 5.0, 5.0])), ([-1.0, 1.0, 0.5], [5.0, 1.0, 0.5])
    refuse_below_zero("region", templates(nc=nc))
    refuse_below_zero("region", templates(nc=nc, cc=sample([2.0, 1.0, 0.5], y=cc)))
    message = refusal(nc=nc, cc=sample([2.0, 1.0, 0.5], x=cc))
    assert "systematic 'x' up takes sample 'nc' in bin 0 of energy (0 to 1) from 5 to -0.1, and all" in message


def test_a_signal_may_not_in_any_bin():
    message = refusal(signal=sample([1.0, 2.0, 0.0], 2, x=([1.0, 2.0, 0.0], [1.0, -0.1, 0.0])))
    assert "systematic 'x' down takes sample 'signal' in bin 1 of energy (1 to 2) from 2 to -0.1: " in message
    refuse_below_zero("region", templates(signal=sample([1.0, 2.0, 0.0], 2, x=([2.0, 4.0, 0.0], [0.0, -1e-12, 0.0]))))


def test_interference_may():
    signals = {
        "signal_g2": sample([-1.0, 0.5, 0.0], 2, x=([-1.0, 0.5, 0.0], [-2.0, -0.5, 0.0])),
        "signal": sample([1.0, 2.0, 0.0], 4),
    }
    refuse_below_zero("region", templates(**signals), either_sign=["signal_g2"])
    with pytest.raises(InputError, match="takes sample 'signal_g2' in bin 0"):
        refuse_below_zero("region", templates(**signals))


@pytest.mark.parametrize("up", ["200", "2.05"])
def test_a_workspace_is_not_made_of_them(table, selection_of, samples, up):
    table["observable"][0].update(start=0.5, stop=2.5, width=1.0)
    table.update(signal=SIGNAL, systematic=[{"name": "wild", "kind": "weights", "up": up}])
    selected = select(selection_of(table), samples[0])
    with pytest.raises(InputError, match=r"test: systematic 'wild' down takes sample 'signal' in bin 0 of calE \(0.5"):
        selected_spec(selected)
    table["systematic"][0]["samples"] = ["elastic", "nue", "other"]
    with pytest.raises(
        InputError, match=r"takes sample 'elastic' in bin 0 of calE .* and all background together to -"
    ):
        selected_spec(select(selection_of(table), samples[0]))


def test_one_small_sample_below_zero_has_a_limit(table, selection_of, samples):
    """It is in the workspace as it is, not clipped, and told."""
    table["observable"][0].update(start=0.5, stop=2.5, width=1.0)
    table["category"].insert(0, {"name": "small", "truth": "calE > 0.98 and calE < 1.02"})
    table.update(signal=SIGNAL, systematic=[{"name": "wild", "kind": "weights", "up": "3", "samples": ["small"]}])
    selected = select(selection_of(table), samples[0])
    assert any("systematic 'wild' takes sample 'small' below zero, in bin 0" in one for one in selected.warnings)
    spec = selected_spec(selected)
    (small,) = (one for one in spec["channels"][0]["samples"] if one["name"] == "small")
    (moved,) = (one["data"]["lo_data"] for one in small["modifiers"] if one["name"] == "wild")
    assert moved == pytest.approx([-count for count in small["data"]])
    assert upper_limit(read_workspace(spec), "cls").median > 0.0
