"""`numm-stats recovery`: what it prints, and what it refuses."""

import pytest

import numm_stats as ns


def test_json_has_pulls_of_every_parameter(numm_stats):
    found = numm_stats("recovery", "nova-counting", "--truth", "2e-9", "--toys", "40", "--json").json
    assert found["truth"] == 2e-9
    assert found["toys"] + found["failures"] == 40
    assert found["pulls"][0]["name"] == found["poi"]
    assert found["pulls"][0]["truth"] == pytest.approx((2e-9 / 1.5e-9) ** 2)


def test_table_and_python_say_the_same(numm_stats):
    printed = numm_stats("recovery", "nova-counting", "--truth", "2e-9", "--toys", "40")
    assert printed.code == 0
    first = ns.recovery("nova-counting", 2e-9, toys=40).parameter.pulls[0]
    assert f"{first.mean:+.3f}" in printed.out
    assert "40 toys" in str(ns.recovery("nova-counting", 2e-9, toys=40))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nova-counting", "--truth", "-1e-9"), "truth = -1e-09"),
        (("nova-counting", "--truth", "nan"), "truth = nan"),
        (("nova-counting", "--truth", "1e-9", "--toys", "1"), "toys = 1"),
        (("nova-counting", "--truth", "1e-9", "--seed", "-1"), "seed = -1"),
        (("nova-counting",), "--truth"),
        (("borexino-phase2", "--truth", "8e-11"), "8 configurations"),
        (("no-such", "--truth", "1e-9"), "no analysis 'no-such'"),
    ],
)
def test_bad_input(numm_stats, arguments, words):
    outcome = numm_stats("recovery", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
