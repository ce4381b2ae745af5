"""Signals that take events away: fits find where the data are possible, and limits know where they are not."""

import json
import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar

from numm_stats.errors import InputError
from numm_stats.inference.asymptotic import cls, clsb
from numm_stats.inference.bayes import bayes_limit
from numm_stats.inference.fitting import find_minimum, fit, run_minuit
from numm_stats.inference.landmarks import ProfileCurve
from numm_stats.inference.likelihood import poisson_deviance
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.possible import possible_start
from numm_stats.inference.significance import discovery
from numm_stats.inference.statmodel import read_workspace

SIGNAL, BACKGROUND, OBSERVED = np.array([-3.0, 5.0, 2.0]), np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 4.0])
END = 1.0 / 3.0  # of mu, beyond which the first bin expects less than nothing
RISE = 1.642374415149816


@pytest.fixture
def interfering(build):
    """The model; its background known exactly or to 30 %."""

    def make(*, known):
        moved = [] if known else [build.normsys("bn", 1.3, 0.7)]
        samples = [build.sample("s", SIGNAL, build.mu), build.sample("b", BACKGROUND, *moved)]
        return read_workspace(build.workspace({"c": samples}, {"c": OBSERVED}))

    return make


def rise(mu):
    """-2 ln L of the model without nuisance parameters."""
    expected = mu * SIGNAL + BACKGROUND
    return 2.0 * float(np.sum(expected - OBSERVED * np.log(expected)))


def test_the_free_fit_finds_its_way_from_where_a_bin_is_negative(interfering):
    found = fit(interfering(known=True))
    alone = minimize_scalar(rise, bounds=(0.0, END - 1e-9), method="bounded", options={"xatol": 1e-10})
    assert found.values[0] == pytest.approx(alone.x, abs=1e-6)
    assert find_minimum(interfering(known=True)).theta[0] == pytest.approx(alone.x, abs=1e-6)


def test_a_nuisance_parameter_makes_room_for_a_signal(interfering):
    model = interfering(known=False)
    likelihood = model.likelihood
    started = minimize(likelihood.deviance, [0.1, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert find_minimum(model).deviance == pytest.approx(started.fun, abs=1e-9)
    held = find_minimum(model, poi=0.9)  # 2.7 events less in the first bin: the background is 2.7 or more
    alone = minimize_scalar(lambda bn: likelihood.deviance(np.array([0.9, bn])), bounds=(3.8, 5.0), method="bounded")
    assert held.deviance == pytest.approx(alone.fun, abs=1e-6)


def test_limits_end_where_the_data_become_impossible(interfering):
    model = interfering(known=True)
    best = find_minimum(model).theta[0]
    exact = brentq(lambda mu: rise(mu) - rise(best) - RISE, best, END - 1e-12)
    for construction in ("delta-chi2", "clsb"):
        assert upper_limit(model, construction).observed == pytest.approx(exact, rel=1e-6)
    assert exact < upper_limit(model, "cls").observed < END
    assert bayes_limit(model, confidence_level=0.9).observed < END
    curve = ProfileCurve(model)
    curve.explore(RISE)
    (interval,) = curve.accepted(curve.over(RISE))
    assert interval[1] == pytest.approx(exact, rel=1e-6)


def test_nothing_is_possible_beyond_the_end(interfering):
    model = interfering(known=True)
    assert find_minimum(model, poi=0.5).deviance == math.inf
    start, held = np.array([0.5]), np.array([True])
    assert possible_start(model.likelihood, start, held, model.poi_index) is None
    with pytest.raises(InputError, match="takes more events than there are"):
        discovery(model, signal=1.0)
    assert discovery(model, signal=0.2).expected_significance > 0.0


def test_impossible_data_have_no_p_value_above_zero():
    assert cls(math.inf, math.inf) == cls(math.inf, 2.0) == clsb(math.inf, math.inf) == 0.0


def test_minuit_far_out_says_nothing(interfering):
    model = interfering(known=False)
    minuit, _ = run_minuit(model.likelihood, np.array([0.3, 4.9]), np.array([False, False]))
    assert np.isfinite(minuit.fval)


@pytest.mark.parametrize("expected", [1e-3, 1e-17, 1e-300])
def test_the_deviance_far_below_the_data(expected):
    exact = 2.0 * (expected - 4.0 - 4.0 * (math.log(expected) - math.log(4.0)))
    assert poisson_deviance(np.array([4.0]), np.array([expected]))[0] == pytest.approx(exact, rel=1e-14)


def test_no_message_on_standard_error(numm_stats, build, tmp_path):
    samples = [build.sample("s", SIGNAL, build.mu), build.sample("b", BACKGROUND, build.normsys("bn", 1.3, 0.7))]
    path = tmp_path / "negative.json"
    path.write_text(json.dumps(build.workspace({"c": samples}, {"c": OBSERVED})))
    outcome = numm_stats("limit", path, "--construction", "all")
    assert outcome.code == 0
    assert "Runtime" not in outcome.err
