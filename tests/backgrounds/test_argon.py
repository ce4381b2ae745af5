"""Decays in argon against the published counts."""

import tomllib

import numpy as np
import pytest

from numm_stats.backgrounds.argon import ACTIVITIES, argon_decays
from numm_stats.errors import InputError
from numm_stats.physics.decay_chains import chain_decays


def test_argon_42_in_ten_kilotonnes_and_five_years(shared):
    figures = tomllib.loads((shared / "figures" / "reference_values.toml").read_text())
    table = figures["solar"]["argon_42_decays_10kt_5y"]
    assert ACTIVITIES["Ar42-gerda"].bq_per_kg == table["activity_bq_per_kg"]
    constant, decaying = (argon_decays("Ar42-gerda", 1e4, 5.0, decaying=falls) for falls in (False, True))
    assert constant == pytest.approx(table["constant_activity"], rel=table["tolerance"])
    assert decaying == pytest.approx(table["decaying"], rel=table["tolerance"])


def test_activities_are_those_of_the_inputs(shared):
    argon = tomllib.loads((shared / "figures" / "inputs.toml").read_text())["argon"]
    for name in ("gerda", "deap"):
        known = ACTIVITIES[f"Ar42-{name}"]
        stated = argon["activity_42Ar_uBq_per_kg"][name]
        assert np.array([known.bq_per_kg, known.up, known.down]) * 1e6 == pytest.approx(stated)
    assert ACTIVITIES["Ar39-warp"].bq_per_kg == argon["argon_39_bq_per_kg"]


def test_potassium_decays_as_often_as_argon():
    year = 365.25 * 24
    argon, potassium = chain_decays([32.9 * year, 12.36], [1.0, 1.0], 5 * year)
    assert potassium == pytest.approx(argon, rel=1e-4)
    assert argon / (5 * year) == pytest.approx(
        argon_decays("Ar42-deap", 1.0, 5.0, decaying=True) / argon_decays("Ar42-deap", 1.0, 5.0), rel=1e-9
    )


def test_depletion_divides():
    assert argon_decays("Ar42-gerda", 1e4, 5.0, depletion=1e3) == pytest.approx(1.4516e8, rel=1e-4)


def test_argon_39_is_ten_thousand_times_as_frequent():
    ratio = argon_decays("Ar39-warp", 1.0, 1.0) / argon_decays("Ar42-gerda", 1.0, 1.0)
    assert ratio == pytest.approx(1.01 / 92e-6)


def test_impossible_input_is_refused():
    with pytest.raises(InputError, match="did you mean 'Ar42-gerda'"):
        argon_decays("Ar42-gerd", 1.0, 1.0)
    for arguments in ((0.0, 1.0), (1.0, -1.0)):
        with pytest.raises(InputError, match="above zero"):
            argon_decays("Ar42-gerda", *arguments)
