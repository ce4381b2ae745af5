"""The grammar of the parameter of interest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.workspace.poi import PointOfInterest, format_reference, tied_powers
from numm_stats.workspace.spec import signal_parameters

kinds = st.sampled_from(["mu_nu2", "g2", "g4"])
references = st.floats(1e-15, 1e3)
# ten digits, as many as a name carries
short_references = st.builds(lambda m, e: float(f"{m}e{e}"), st.integers(1, 99999), st.integers(-20, 3))


@given(kinds, short_references)
def test_a_name_is_read_back_as_what_it_was_made_from(kind, reference):
    made = PointOfInterest.of_kind(kind, reference)
    assert PointOfInterest.read(made.name) == made


@given(kinds, references)
def test_any_reference_survives_to_eleven_digits(kind, reference):
    read = PointOfInterest.read(PointOfInterest.of_kind(kind, reference).name)
    # mantissa with ten decimals
    assert read.reference == pytest.approx(reference, rel=1e-10, abs=0)
    assert format_reference(read.reference) == format_reference(reference)


@given(kinds, references, st.floats(0.0, 1e6))
def test_physical_and_parameter_are_inverse(kind, reference, value):
    poi = PointOfInterest.of_kind(kind, reference)
    # a fourth root and a fourth power, a few units in the last place each
    assert poi.parameter(poi.physical(value)) == pytest.approx(value, rel=1e-13, abs=0)


@given(short_references, st.floats(-100.0, 100.0, allow_subnormal=False).filter(lambda x: x == 0.0 or abs(x) > 1e-30))
def test_a_charge_radius_has_either_sign(reference, value):
    poi = PointOfInterest.of_kind("r2", reference)
    assert PointOfInterest.read(poi.name) == poi
    assert (poi.unit, poi.power, poi.has_either_sign) == ("cm2", 1, True)
    assert poi.physical(value) == pytest.approx(reference * value, rel=1e-15, abs=0)
    assert poi.parameter(poi.physical(value)) == pytest.approx(value, rel=1e-15, abs=0)
    assert poi.uncertainty(value, 0.3) == pytest.approx(0.3 * reference, rel=1e-15, abs=0)
    assert not PointOfInterest.of_kind("r4", reference).has_either_sign


@pytest.mark.parametrize(("kind", "power"), [("mu_nu2", 2), ("g2", 2), ("g4", 4)])
def test_one_is_the_reference_and_powers_are_those_of_the_name(kind, power):
    poi = PointOfInterest.of_kind(kind, 3e-11)
    assert poi.physical(1.0) == 3e-11
    assert poi.physical(2.0**power) == pytest.approx(6e-11, rel=1e-14, abs=0)
    assert poi.parameter(6e-11) == pytest.approx(2.0**power, rel=1e-14)
    assert poi.physical(0.0) == 0.0
    assert math.isnan(poi.physical(-0.1))


@given(kinds, references, st.floats(0.1, 100.0))
def test_uncertainty_is_the_derivative(kind, reference, value):
    poi = PointOfInterest.of_kind(kind, reference)
    step = 1e-5 * value
    slope = (poi.physical(value + step) - poi.physical(value - step)) / (2 * step)
    # central difference: (1e-5)^2
    assert poi.uncertainty(value, 0.3) == pytest.approx(0.3 * slope, rel=1e-8, abs=0)


def test_names_as_published():
    assert PointOfInterest.of_kind("mu_nu2", 3e-11).name == "mu_nu2_over_3e-11_squared"
    assert PointOfInterest.of_kind("g4", 1e-6).name == "g4_over_1e-6_fourth"
    assert PointOfInterest.read("mu_nu2_over_3e-11_squared").unit == "mu_B"
    assert PointOfInterest.read("g4_over_0.5_fourth").reference == 0.5
    assert [poi.name for poi in signal_parameters("r2+r4", 1e-32)] == ["r2_over_1e-32_cm2", "r4_over_1e-32_cm2_squared"]


@pytest.mark.parametrize(
    "name",
    [
        "mu",
        "",
        "mu_nu2_over_3e-11_fourth",
        "g4_over_1e-6_squared",
        "mu_nu2_over_0_squared",
        "mu_nu2_over_-3e-11_squared",
        "mu_nu2_over_1.2.3_squared",  # was a ValueError of float()
        "mu_nu2_over_._squared",
        "mu_nu2_over_1e999_squared",  # infinite
        "mu_nu2_over_3e-11_squared\n",
        "mu_nu2_over_nan_squared",
        "xmu_nu2_over_3e-11_squared",
        "strength_at_g_5e-7",
        "strength_at_r2_1e-32_cm2",
        "r2_over_1e-32_squared",
        "r2_over_1e-32_cm2_squared",
        "r4_over_1e-32_cm2",
        "g2_over_1e-32_cm2",
        "r2_over_-1e-32_cm2",
    ],
)
def test_other_names_mean_themselves(name):
    poi = PointOfInterest.read(name)
    assert (poi.name, poi.quantity, poi.unit, poi.reference, poi.power) == (name, name, "1", None, 1)
    assert poi.physical(0.7) == poi.parameter(0.7) == poi.uncertainty(2.0, 0.7) == 0.7


@pytest.mark.parametrize("reference", [0.0, -1e-11, math.nan, math.inf])
def test_impossible_references_are_refused(reference):
    with pytest.raises(InputError, match=r"signal\.reference"):
        PointOfInterest.of_kind("mu_nu2", reference)


def test_ties_are_between_terms_of_one_reference():
    names = [poi.name for poi in signal_parameters("g2+g4", 2e-7)]
    assert names == ["g2_over_2e-7_squared", "g4_over_2e-7_fourth"]
    assert tied_powers(["norm", *names]) == {names[1]: (names[0], 2)}
    assert tied_powers(["g2_over_2e-7_squared", "g4_over_3e-7_fourth"]) == {}
    assert tied_powers(["g2_over_2e-7_fourth", "g4_over_2e-7_fourth"]) == {}
    assert tied_powers([]) == {}
    radius = ["r4_over_1e-32_cm2_squared", "r2_over_1e-32_cm2"]
    assert tied_powers(radius) == {radius[0]: (radius[1], 2)}
    assert tied_powers(["r4_over_1e-32_cm2_squared", "g2_over_1e-32_squared"]) == {}
