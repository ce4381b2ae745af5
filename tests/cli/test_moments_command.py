"""`moments`: conversions, effective moments of a matrix, predictions, and what is refused."""

import numpy as np
import pytest


def test_borexino_limit_becomes_the_printed_ones(numm_stats):
    report = numm_stats("moments", "--from-limit", "2.8e-11", "--experiment", "solar", "--json").json
    assert report["unit"] == "mu_B"
    assert report["p_ee"] == pytest.approx(0.5267, rel=1e-3)
    printed = {
        "flavour": {"e": 3.9e-11, "mu": 5.8e-11, "tau": 5.8e-11},
        "mass_dirac": {"11": 3.4e-11, "22": 5.1e-11, "33": 18.7e-11},
        "mass_majorana": {"12": 2.8e-11, "13": 3.4e-11, "23": 5.0e-11},
    }
    for table, limits in printed.items():
        for name, value in limits.items():
            assert report[table][name] == pytest.approx(value, rel=2e-2, abs=0)
    assert numm_stats("moments", "--from-limit", "2.8e-11", "--json").json == report


def test_conversion_as_tables(numm_stats):
    outcome = numm_stats("moments", "--from-limit", "2.8e-11")
    assert "3.858e-11" in outcome.out
    assert "1.892e-10" in outcome.out
    assert "vacuum" in outcome.out
    assert "mu_11" not in numm_stats("moments", "--from-limit", "2.8e-11", "--majorana").out
    assert "Majorana" not in numm_stats("moments", "--from-limit", "2.8e-11", "--dirac").out


def test_shares_and_probabilities_are_arguments(numm_stats):
    command = ("moments", "--from-limit", "2.8e-11", "--json")
    matter = numm_stats(*command, "--weights", "matter").json
    assert matter["mass_dirac"]["11"] == pytest.approx(3.574e-11, rel=1e-3, abs=0)
    survival = numm_stats(*command, "--p-ee", "0.5").json
    assert survival["flavour"]["e"] == pytest.approx(2.8e-11 / np.sqrt(0.5), rel=1e-9, abs=0)
    other = numm_stats(*command, "--p2nu", survival["p2nu"]).json
    assert other["flavour"] == pytest.approx(survival["flavour"], rel=1e-9, abs=0)


def test_ordering_alone_is_not_weaker_than_both(numm_stats):
    command = ("moments", "--from-limit", "2.8e-11", "--json")
    both = numm_stats(*command).json["flavour"]
    single = [numm_stats(*command, "--ordering", name).json["flavour"] for name in ("normal", "inverted")]
    assert both == {name: max(one[name] for one in single) for name in both}


def test_reactors_and_accelerators(numm_stats):
    reactor = numm_stats("moments", "--from-limit", "2.9e-11", "--experiment", "reactor", "--json").json
    assert reactor["flavour"] == {"e": 2.9e-11, "mu": None, "tau": None}
    assert "none" in numm_stats("moments", "--from-limit", "2.9e-11", "--experiment", "reactor").out
    command = ("moments", "--from-limit", "6.8e-10", "--experiment", "accelerator", "--json")
    beam = numm_stats(*command).json
    assert beam["flavour"]["mu"] == 6.8e-10
    assert beam["mass_dirac"] != numm_stats(*command, "--set", "delta_deg=90").json["mass_dirac"]
    mixed = numm_stats(*command, "--composition", "e=1,mu=2.1").json
    assert mixed["flavour"]["mu"] == pytest.approx(6.8e-10 / np.sqrt(2.1), rel=1e-9, abs=0)
    assert mixed["flavour"]["e"] == 6.8e-10


def test_moments_of_a_matrix(numm_stats):
    options = ("--majorana", "--set", "mu_12=1e-11", "--set", "mu_13=1e-11@90", "--set", "delta_deg=230", "--json")
    report = numm_stats("moments", *options, "--baseline-km", 53, "--energy-mev", 4).json
    assert report["kind"] == "majorana"
    assert report["astrophysical"] == pytest.approx(np.sqrt(2) * 1e-11, rel=1e-9, abs=0)
    assert report["mass_basis"][2][0] == pytest.approx([0.0, -1e-11], abs=1e-25)
    squares = sum(moment**2 for moment in report["short_baseline"].values())
    assert squares == pytest.approx(4e-22, rel=1e-9, abs=0)
    assert set(report["at_distance"]) == {"nu_e", "nu_mu", "nu_tau", "nu_e_bar", "nu_mu_bar", "nu_tau_bar"}
    assert report["at_distance"]["nu_e"] != pytest.approx(report["at_distance"]["nu_e_bar"], rel=1e-3, abs=0)
    assert report["triangle_inequalities_hold"]


def test_moments_between_flavours(numm_stats):
    report = numm_stats("moments", "--set", "mu_ee=1e-11", "--json").json
    assert report["short_baseline"] == pytest.approx({"e": 1e-11, "mu": 0.0, "tau": 0.0}, abs=1e-24)
    assert report["solar"]["matter"] == pytest.approx(1e-11 * np.sqrt(0.52665), rel=1e-4, abs=0)
    assert not report["triangle_inequalities_hold"]
    assert "triangle" in numm_stats("moments", "--set", "mu_ee=1e-11").out


def test_a_matrix_as_tables(numm_stats):
    out = numm_stats(
        "moments", "--set", "mu_12=1e-11@30", "--set", "eps_23=1e-12", "--baseline-km", 1, "--energy-mev", 4
    ).out
    for words in ("at 1 km, nu_mu_bar", "solar, shares in matter", "astrophysical", "1e-11@30", "1e-11@-30"):
        assert words in out


def test_predictions(numm_stats):
    report = numm_stats("moments", "--lightest-mass-ev", "1", "--json").json
    assert report["dirac"]["11"] == pytest.approx(3.2026e-19, rel=1e-3, abs=0)
    assert report["dirac"]["12"] < 1e-22
    assert report["natural_dirac"] == pytest.approx(1e-15, rel=0.1, abs=0)
    assert report["charge_radius"]["e"]["standard_model_cm2"] == pytest.approx(-4.14e-33, rel=1e-2, abs=0)
    out = numm_stats("moments").out
    for words in ("Natural upper bounds", "Majorana mu_tau", "anapole", "-4.14e-33"):
        assert words in out
    assert "Dirac" not in numm_stats("moments", "--majorana").out


def test_a_charge_radius_and_its_excess(numm_stats):
    radius = numm_stats("moments", "--charge-radius-cm2", "1e-32", "--json").json["charge_radius"]["mu"]
    assert radius["excess_cm2"] == pytest.approx(1e-32 + 2.40e-33, rel=1e-3, abs=0)
    assert radius["g_v_shift_of_excess"] > radius["g_v_shift"] > 0
    twice = numm_stats("moments", "--charge-radius-cm2", "2e-32", "--convention", "left-handed", "--json").json
    assert twice["charge_radius"]["mu"]["g_v_shift"] == pytest.approx(radius["g_v_shift"], rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "mu_12"], ["KEY=VALUE"]),
        (["--set", "mu_12=x"], ["mu_12=x", "number"]),
        (["--set", "mu_12=inf"], ["finite"]),
        (["--set", "mu_12=2"], ["1 Bohr magneton"]),
        (["--set", "mu_12=1e-300"], ["1e-60"]),
        (["--set", "mu_12=1e-11@x"], ["mu_12=x", "number"]),
        (["--set", "mu_12=1e-11", "--set", "mu_12=2e-11"], ["given twice"]),
        (["--set", "mu_21=1e-11"], ["mu_21", "did you mean"]),
        (["--set", "sin2_12=2"], ["sin2_12 is 2"]),
        (["--set", "sin2_21=0.3"], ["did you mean 'sin2_"]),
        (["--set", "mu_11=1e-11@90"], ["diagonal moment is real"]),
        (["--majorana", "--set", "mu_11=1e-11"], ["transition moments only"]),
        (["--majorana", "--set", "eps_12=1e-11"], ["both dipoles"]),
        (["--set", "mu_12=1e-11", "--set", "mu_emu=1e-11"], ["one basis"]),
        (["--set", "mu_12=1e-11", "--baseline-km", "1"], ["--energy-mev", "both"]),
        (["--set", "mu_12=1e-11", "--baseline-km", "-1", "--energy-mev", "1"], ["-1", "zero or more"]),
        (["--set", "mu_12=1e-11", "--baseline-km", "1", "--energy-mev", "nan"], ["nan", "above zero"]),
        (["--set", "mu_12=1e-11", "--baseline-km", "1e308", "--energy-mev", "1"], ["1e20"]),
        (["--set", "mu_12=1e-11", "--p2nu", "0.9"], ["p2nu is 0.9"]),
        (["--set", "mu_12=1e-11", "--scale-tev", "1"], ["--scale-tev", "predictions"]),
        (["--set", "mu_12=1e-11", "--from-limit", "1e-11"], ["mu_12", "converted"]),
        (["--from-limit", "0"], ["limit 0", "above 0"]),
        (["--from-limit", "nan"], ["limit nan"]),
        (["--from-limit", "1e-11", "--experiment", "sonar"], ["did you mean 'solar'"]),
        (["--from-limit", "1e-11", "--weights", "none"], ["vacuum, matter"]),
        (["--from-limit", "1e-11", "--ordering", "normel"], ["did you mean 'normal'"]),
        (["--from-limit", "1e-11", "--p-ee", "0.5", "--p2nu", "0.5"], ["give one"]),
        (["--from-limit", "1e-11", "--p-ee", "2"], ["P_ee is 2"]),
        (["--from-limit", "1e-11", "--composition", "e=1"], ["--composition"]),
        (["--from-limit", "1e-11", "--experiment", "reactor", "--p-ee", "0.5"], ["--p-ee", "solar"]),
        (["--from-limit", "1e-11", "--experiment", "reactor", "--weights", "matter"], ["--weights", "solar"]),
        (["--from-limit", "1e-11", "--experiment", "accelerator", "--composition", "e"], ["e=1,mu=2.1"]),
        (["--from-limit", "1e-11", "--experiment", "accelerator", "--composition", "k=1"], ["k=1"]),
        (["--from-limit", "1e-11", "--baseline-km", "1"], ["--baseline-km", "matrix"]),
        (["--lightest-mass-ev", "-1"], ["-1", "from 0"]),
        (["--scale-tev", "0"], ["scale of new physics is 0"]),
        (["--charge-radius-cm2", "1"], ["charge radius 1"]),
        (["--convention", "right"], ["vector, left-handed"]),
        (["--experiment", "solar"], ["--experiment", "--from-limit"]),
    ],
)
def test_refused(numm_stats, arguments, words):
    outcome = numm_stats("moments", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    for word in words:
        assert word in outcome.err
