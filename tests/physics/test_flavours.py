"""Flavour names."""

import pytest

from numm_stats.errors import InputError
from numm_stats.physics.flavours import FLAVOURS, checked_flavour, is_antineutrino, lepton_family


def test_six_flavours_are_three_families_twice():
    assert len(FLAVOURS) == 6
    for family in ("e", "mu", "tau"):
        members = [f for f in FLAVOURS if lepton_family(f) == family]
        assert sorted(is_antineutrino(f) for f in members) == [False, True]


@pytest.mark.parametrize("function", [checked_flavour, is_antineutrino, lepton_family])
def test_wrong_name_lists_the_valid_ones(function):
    with pytest.raises(InputError, match=r"'nue'.*did you mean 'nu_e'.*nu_tau_bar"):
        function("nue")
