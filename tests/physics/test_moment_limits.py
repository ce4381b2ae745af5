"""Limits on single moments from a limit on the effective one, beside the published numbers."""

import itertools
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.mixing import (
    Mixing,
    mixing_of_ordering,
    solar_mass_weights,
    survival_probability,
    vacuum_mass_weights,
)
from numm_stats.physics.moment_bases import dirac_moments, flavour_basis, majorana_moments, mass_basis
from numm_stats.physics.moment_limits import (
    composition_mass_weights,
    dirac_mass_limits,
    flavour_limits,
    majorana_flavour_limits,
    majorana_mass_limits,
    solar_flavour_weights,
)
from numm_stats.physics.moments import incoherent_moment, short_baseline_moment

LIMIT = 2.8e-11
WEIGHTS = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3).map(np.array)


def borexino(quantity):
    """The weaker limit of both orderings, shares of the mass states in vacuum, P_2nu = 0.55."""
    limits = []
    for mixing in (mixing_of_ordering("normal"), mixing_of_ordering("inverted")):
        if quantity == "flavour":
            limits.append(flavour_limits(LIMIT, solar_flavour_weights(mixing, survival_probability(mixing, 0.55))))
        else:
            convert = dirac_mass_limits if quantity == "dirac" else majorana_mass_limits
            limits.append(convert(LIMIT, vacuum_mass_weights(mixing, "nu_e")))
    return {name: max(limit[name] for limit in limits) for name in limits[0]}


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("flavour", {"e": 3.86e-11, "mu": 5.81e-11, "tau": 5.76e-11}),
        ("dirac", {"11": 3.39e-11, "22": 5.13e-11, "33": 18.92e-11}),
        ("majorana", {"12": 2.83e-11, "13": 3.34e-11, "23": 4.96e-11}),
    ],
)
def test_reference_values(quantity, expected):
    ours = borexino(quantity)
    for name, value in expected.items():
        assert ours[name] == pytest.approx(value, rel=5e-3, abs=0)


def test_reference_values_are_those_of_the_file(shared):
    values = tomllib.loads((shared / "figures" / "reference_values.toml").read_text())["effective_moments"]
    tables = {
        "flavour": values["flavour"],
        "dirac": values["mass_dirac_vacuum_weights"],
        "majorana": values["mass_majorana_vacuum_weights"],
    }
    for quantity, expected in tables.items():
        ours = borexino(quantity)
        for name, value in expected.items():
            assert ours[name] == pytest.approx(value, rel=values["tolerance"], abs=0)


@pytest.mark.parametrize(
    ("quantity", "printed"),
    [
        ("flavour", {"e": 3.9e-11, "mu": 5.8e-11, "tau": 5.8e-11}),
        ("dirac", {"11": 3.4e-11, "22": 5.1e-11, "33": 18.7e-11}),
        ("majorana", {"12": 2.8e-11, "13": 3.4e-11, "23": 5.0e-11}),
    ],
)
def test_borexino_as_printed(quantity, printed):
    """Within 2 % of print, all nine (arXiv:1707.09355)."""
    ours = borexino(quantity)
    for name, value in printed.items():
        assert ours[name] == pytest.approx(value, rel=2e-2, abs=0)


def test_shares_after_conversion_in_the_sun_do_not_give_the_printed_limits():
    matter = dirac_mass_limits(LIMIT, solar_mass_weights(Mixing(), 0.55))
    assert matter["11"] == pytest.approx(3.57e-11, rel=5e-3, abs=0)  # 5 % above print
    assert matter["22"] == pytest.approx(4.64e-11, rel=5e-3, abs=0)  # 9 % below


@given(WEIGHTS)
def test_a_moment_at_its_limit_is_seen_as_the_limit(weights):
    weights = weights / weights.sum()
    for pair, limit in dirac_mass_limits(LIMIT, weights).items():
        j, k = int(pair[0]) - 1, int(pair[1]) - 1
        magnetic = np.zeros((3, 3))
        magnetic[j, k] = magnetic[k, j] = limit
        assert incoherent_moment(dirac_moments(magnetic), weights) == pytest.approx(LIMIT, rel=1e-12)
    for pair, limit in majorana_mass_limits(LIMIT, weights).items():
        j, k = int(pair[0]) - 1, int(pair[1]) - 1
        matrix = np.zeros((3, 3))
        matrix[j, k], matrix[k, j] = limit, -limit
        assert incoherent_moment(majorana_moments(matrix), weights) == pytest.approx(LIMIT, rel=1e-12)


@pytest.mark.parametrize("family", ["e", "mu", "tau"])
def test_next_to_a_source_one_mass_state_at_its_limit_is_seen_as_the_limit(family):
    mixing = Mixing(delta=3.9)
    for name, limit in dirac_mass_limits(LIMIT, composition_mass_weights(mixing, {family: 1.0})).items():
        if name[0] == name[1]:
            magnetic = np.zeros((3, 3))
            magnetic[int(name[0]) - 1, int(name[0]) - 1] = limit
            seen = short_baseline_moment(flavour_basis(dirac_moments(magnetic), mixing, "dirac"), f"nu_{family}")
            assert seen == pytest.approx(LIMIT, rel=1e-12)


@given(WEIGHTS)
def test_no_majorana_matrix_evades_the_limit_of_triangles(weights):
    """Second way: the largest mu_a over a grid of squared transition moments on the surface of the limit."""
    ends = dict.fromkeys(("e", "mu", "tau"), 0.0)
    pairs = list(itertools.combinations(range(3), 2))
    for i, j in itertools.product(np.linspace(0, 1, 11), np.linspace(0, 1, 11)):
        shares = np.array([i, (1 - i) * j, (1 - i) * (1 - j)])  # of the effective moment squared, by pair
        squares = {
            pair: s * LIMIT**2 / (weights[pair[0]] + weights[pair[1]]) for pair, s in zip(pairs, shares, strict=True)
        }
        for index, family in enumerate(ends):
            ends[family] = max(ends[family], np.sqrt(sum(s for pair, s in squares.items() if index in pair)))
    for family, limit in majorana_flavour_limits(LIMIT, weights).items():
        assert limit == pytest.approx(ends[family], rel=1e-9)
        assert limit <= flavour_limits(LIMIT, weights)[family]


def test_a_reactor_knows_nothing_of_muon_neutrinos():
    assert flavour_limits(LIMIT, [1, 0, 0]) == {"e": LIMIT, "mu": np.inf, "tau": np.inf}
    assert majorana_flavour_limits(LIMIT, [1, 0, 0]) == {"e": LIMIT, "mu": np.inf, "tau": np.inf}


def test_flavours_in_the_sun_leave_out_their_interference():
    """With a moment of nu_mu alone the two formulas differ by what interferes, below 10 % in mu."""
    mixing = Mixing()
    moments = mass_basis(np.diag([0, 1e-11, 0]).astype(complex), mixing, "dirac")
    full = incoherent_moment(moments, solar_mass_weights(mixing, 0.55))
    mixture = 1e-11 * np.sqrt(solar_flavour_weights(mixing, survival_probability(mixing, 0.55))[1])
    assert 1e-4 < abs(full / mixture - 1) < 0.1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: flavour_limits(-1e-11, [1, 0, 0]), "limit -1e-11"),
        (lambda: dirac_mass_limits(float("nan"), [1, 0, 0]), "limit nan"),
        (lambda: majorana_mass_limits(1e-11, [1, -1, 0]), "weights"),
        (lambda: majorana_flavour_limits(1e-11, [1, 0]), "three numbers"),
        (lambda: solar_flavour_weights(Mixing(), 1.5), "P_ee is 1.5"),
        (lambda: composition_mass_weights(Mixing(), {"muon": 1.0}), "muon"),
        (lambda: composition_mass_weights(Mixing(), {"mu": -1.0}), "mu=-1.0"),
    ],
)
def test_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
