"""Upper limits: pyhf's CLs at our limits, definitions, published numbers and laws."""

import copy
import math

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.asymptotic import BAND, threshold_one_sided, threshold_two_sided
from numm_stats.inference.limits import background_asimov, cls_scan, upper_limit
from numm_stats.inference.profile import Profile, scan
from numm_stats.inference.statmodel import read_workspace

NAMES = ("counting", "uncorrelated", "correlated", "staterror", "control_region", "free_shape", "magnetic_moment")
# With Minuit at its strictest pyhf's q is good to 1e-5; dCLs/dq is below 0.05, and where q is small its root enters:
# 1.3e-5 was measured. Its default optimiser scatters ten times as much.
HYPOTEST = 1e-4


@pytest.mark.usefixtures("minuit_backend")
@pytest.mark.parametrize("name", NAMES)
def test_cls_of_pyhf_at_the_limit_is_the_one_asked_for(library, name):
    limit = upper_limit(read_workspace(library[name]), "cls")
    space = pyhf.Workspace(library[name])
    model = space.model()
    for sigmas, mu in ((None, limit.observed), *zip(BAND, limit.expected, strict=True)):
        bounds = model.config.suggested_bounds()
        bounds[model.config.poi_index] = (0.0, 2.0 * max(limit.expected))
        observed, band = pyhf.infer.hypotest(
            mu, space.data(model), model, test_stat="qtilde", return_expected_set=True, par_bounds=bounds
        )
        asked = observed if sigmas is None else band[BAND.index(sigmas)]
        assert float(asked) == pytest.approx(0.1, abs=HYPOTEST), sigmas


@pytest.mark.parametrize("name", [*NAMES, "staterror_deficit"])
@pytest.mark.parametrize("level", [None, 1.642, 2.706, 6.63])
def test_the_likelihood_ratio_at_the_limit_is_the_level(library, name, level):
    model = read_workspace(library[name])
    limit = upper_limit(model, "delta-chi2", delta_chi2=level)
    data = Profile(model)
    asimov = Profile(background_asimov(model, data))
    expected = threshold_one_sided(0.9) if level is None else level
    # two fits of 1e-10 each and a root found to 1e-9 of the distance
    assert data.minus_two_log_ratio(limit.observed) == pytest.approx(expected, abs=1e-6)
    assert asimov.minus_two_log_ratio(limit.median) == pytest.approx(expected, abs=1e-6)
    assert limit.delta_chi2 == expected


@pytest.mark.parametrize("name", [*NAMES, "staterror_deficit"])
def test_the_median_cls_limit_is_a_rise_of_2_706(library, name):
    # the law that explains the two numbers a reader meets: 1.642 for delta-chi2, 2.706 for the median of CLs
    model = read_workspace(library[name])
    median = upper_limit(model, "cls").median
    assert median == pytest.approx(
        upper_limit(model, "delta-chi2", delta_chi2=threshold_two_sided(0.9)).median, rel=1e-7
    )


def poisson_ratio(observed, background, mu):
    best = max(observed, background)
    rise = 2.0 * (background + mu - best)
    return rise - 2.0 * observed * math.log((background + mu) / best) if observed else rise


@pytest.mark.parametrize("observed", [0.0, 1.0, 3.0, 10.0, 25.0, 40.0])
@pytest.mark.parametrize("background", [0.5, 10.0, 23.78])
def test_one_bin_without_nuisances(build, observed, background):
    model = read_workspace(build.counting(observed=observed, background=background, uncertainty=0.0))
    for level in (1.642, 2.706):
        limit = upper_limit(model, "delta-chi2", delta_chi2=level)
        for count, ours in ((observed, limit.observed), (background, limit.median)):

            def above(mu, count=count, level=level):
                return poisson_ratio(count, background, mu) - level

            root = brentq(above, max(count - background, 0.0), count + 50.0, xtol=1e-12)
            # ours is found to 1e-9 of the distance, with minima of 1e-10 in -2 ln L of slope about one
            assert ours == pytest.approx(root, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("observed", [0.0, 3.0])
def test_one_bin_without_background(build, observed):
    model = read_workspace(build.counting(observed=observed, background=0.0, uncertainty=0.0))
    root = brentq(lambda mu: poisson_ratio(observed, 1e-300, mu) - 2.706, max(observed, 1e-9), 30.0)
    limit = upper_limit(model, "delta-chi2", delta_chi2=2.706)
    assert limit.observed == pytest.approx(root, rel=1e-7)
    assert limit.median == pytest.approx(1.353, rel=1e-9)  # the Asimov set is empty: q = 2 mu
    assert limit.uncertainty < 1e-6


@pytest.mark.parametrize("construction", ["cls", "delta-chi2"])
def test_events_without_background_exclude_no_signal(build, construction):
    # at mu = 0 the data are impossible whatever the efficiency: q is infinite there, and the limit is not
    samples = [build.sample("signal", [1.0], build.mu, build.normsys("efficiency", 1.1, 0.9))]
    workspace = build.workspace({"bin": samples}, {"bin": [3.0]}, [build.poi_range(50.0)])
    model = read_workspace(workspace)
    assert Profile(model).minus_two_log_ratio(0.0) == math.inf
    plain = upper_limit(read_workspace(build.counting(observed=3.0, background=0.0, uncertainty=0.0)), construction)
    assert plain.observed < upper_limit(model, construction).observed < 1.1 * plain.observed


def test_published_counting_limits(build):
    # 25 events on 23.78 +- 10.9 %: the numbers handed down with the analysis, rounded and from other programs, to 2 %
    model = read_workspace(build.counting())
    assert upper_limit(model, "cls").observed == pytest.approx(10.77, rel=0.02)
    assert upper_limit(model, "delta-chi2", delta_chi2=1.642).observed == pytest.approx(8.90, rel=0.02)
    assert upper_limit(model, "delta-chi2", delta_chi2=2.706).observed == pytest.approx(11.25, rel=0.02)


@pytest.mark.parametrize("construction", ["cls", "delta-chi2"])
@pytest.mark.parametrize("name", ["counting", "staterror_deficit", "free_shape"])
def test_the_limit_grows_with_the_confidence_level(library, name, construction):
    model = read_workspace(library[name])
    limits = [upper_limit(model, construction, confidence_level=cl) for cl in (0.55, 0.68, 0.9, 0.95, 0.99, 0.9999)]
    for values in ([limit.observed for limit in limits], [limit.median for limit in limits]):
        assert all(np.diff(values) > 0.0)


def test_a_low_confidence_level_after_an_excess(build):
    # 60 on 24: at mu_hat, CLs is above a half; below it q~ = 0 and CLs = (1/2) / Phi(sqrt(q_A))
    model = read_workspace(build.counting(observed=60.0))
    observed = [upper_limit(model, "cls", confidence_level=cl).observed for cl in (0.1, 0.3, 0.45, 0.55)]
    assert all(np.diff(observed) > 0.0)
    asimov = Profile(background_asimov(model, Profile(model)))
    # the limit of 30 %: Phi(sqrt(q_A)) = 0.5 / 0.7
    assert asimov.minus_two_log_ratio(observed[1]) == pytest.approx(norm.ppf(0.5 / 0.7) ** 2, rel=1e-6)
    with pytest.raises(InputError, match=r"only beyond 0\.5"):
        upper_limit(model, "delta-chi2", confidence_level=0.4)


@pytest.mark.parametrize("construction", ["cls", "delta-chi2"])
def test_the_band_is_ordered_and_more_data_raise_the_limit(build, construction):
    limits = [upper_limit(read_workspace(build.counting(observed=n)), construction) for n in (10.0, 18.0, 24.0, 35.0)]
    assert all(np.diff([limit.observed for limit in limits]) > 0.0)
    for limit in limits:
        band = [value for value in limit.expected if value is not None]
        assert len(band) == (5 if construction == "cls" else 1)
        assert all(np.diff(band) > 0.0)
        assert limit.uncertainty < 1e-4 * limit.observed


@pytest.mark.parametrize("factor", [1e-6, 1e9])
@pytest.mark.parametrize("construction", ["cls", "delta-chi2"])
@pytest.mark.parametrize("name", ["counting", "magnetic_moment"])
def test_a_rescaled_parameter_has_the_rescaled_limit(build, factor, construction, name):
    plain, scaled = {
        "counting": (build.counting(), build.counting(signal=1.0 / factor)),
        "magnetic_moment": (build.magnetic_moment(), build.magnetic_moment(scale=1.0 / factor)),
    }[name]
    one, other = (upper_limit(read_workspace(w), construction) for w in (plain, scaled))
    # 1e-6: the promise; minima of 1e-10 and roots of 1e-9 leave room
    assert other.observed == pytest.approx(factor * one.observed, rel=1e-6)
    assert other.median == pytest.approx(factor * one.median, rel=1e-6)
    assert [value for value in other.expected if value] == pytest.approx(
        [factor * value for value in one.expected if value], rel=1e-6
    )


def test_full_bins_and_a_faint_signal(build):
    # 1e7 counts a bin, s/b = 1e-3 at most, 1 % normalisation: the Gaussian formula is exact to 1e-3 (1 / sqrt(n))
    background, signal = np.full(10, 1e7), 1e4 / np.arange(1.0, 11.0)
    samples = [
        build.sample("signal", signal, build.mu),
        build.sample("background", background, build.normsys("norm", 1.01, 0.99)),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": background}, [build.poi_range(50.0)]))
    design = np.stack([signal, background * math.log(1.01)])
    information = (design / background) @ design.T + np.diag([0.0, 1.0])
    sigma = math.sqrt(np.linalg.inv(information)[0, 0])
    limit = upper_limit(model, "cls")
    assert limit.observed == pytest.approx(norm.ppf(0.95) * sigma, rel=2e-3)
    assert limit.median == pytest.approx(limit.observed, rel=1e-6)  # the data are the Asimov set
    assert upper_limit(model, "delta-chi2").observed == pytest.approx(norm.ppf(0.9) * sigma, rel=2e-3)


def test_many_small_experiments_are_one_large_one(build):
    # statistics alone: with k times the exposure a limit on mu falls as 1 / sqrt(k), up to 1 / sqrt(counts)
    limits = []
    for k in (1.0, 100.0):
        counts = 1e4 * k * np.array([1.0, 2.0])
        samples = [build.sample("signal", 100.0 * k * np.ones(2), build.mu), build.sample("background", counts)]
        workspace = build.workspace({"bin": samples}, {"bin": counts}, [build.poi_range(20.0)])
        limits.append(upper_limit(read_workspace(workspace)).median)
    assert limits[0] / limits[1] == pytest.approx(10.0, rel=0.01)


def test_asimov_data_give_no_observed_limit(build):
    workspace = build.counting()
    workspace["measurements"][0]["name"] = "counting_asimov"
    for construction in ("cls", "delta-chi2"):
        limit = upper_limit(read_workspace(workspace), construction)
        assert limit.observed is None
        assert limit.value == limit.median
    observed, band = cls_scan(read_workspace(workspace), [1.0])
    assert observed is None
    assert len(band) == 1


@pytest.mark.parametrize("observed", [15.0, 25.0, 300.0])
def test_the_range_of_the_measurement_does_not_move_a_limit(build, observed):
    """Upper bounds are hints for optimisers, and upper limits are defined for mu >= 0: with 300 events mu_hat = 276."""
    limits = []
    for low, high in ((0.0, 5.0), (0.0, 1000.0), (-20.0, 50.0)):
        workspace = build.counting(observed=observed)
        workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(high, low=low)]
        found = [upper_limit(read_workspace(workspace), name).observed for name in ("cls", "delta-chi2")]
        limits.append(found)
    assert limits[1] == pytest.approx(limits[0], rel=1e-7)
    assert limits[2] == pytest.approx(limits[0], rel=1e-7)


def test_bounds_the_wrong_way_round_are_refused(build):
    workspace = build.counting()
    workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(0.0, low=10.0)]
    with pytest.raises(InputError, match=r"\[10, 0\]"):
        read_workspace(workspace)


def test_few_events_are_warned_about(build):
    few = upper_limit(read_workspace(build.counting(observed=2.0, background=3.0)))
    assert any("background events in all" in warning for warning in few.warnings)
    assert any("carry the signal" in warning for warning in few.warnings)
    assert upper_limit(read_workspace(build.counting())).warnings == ()


def test_a_deficit_and_an_excess(build):
    # 15 is 1.6 sigma below 23.78, 40 is 3 above
    deficit, expected, excess = (upper_limit(read_workspace(build.counting(observed=n))) for n in (15.0, 23.78, 40.0))
    assert deficit.observed < expected.observed < excess.observed
    assert expected.observed == pytest.approx(expected.median, rel=1e-6)
    assert deficit.expected[0] < deficit.observed < deficit.expected[1]
    assert excess.observed > excess.expected[4]


def test_cls_scan_passes_through_the_limit(library):
    model = read_workspace(library["staterror"])
    limit = upper_limit(model)
    observed, band = cls_scan(model, [limit.observed, *limit.expected])
    # at the limit d ln CLs / d ln mu is of order 3: the root's 1e-9 and the minima's 1e-10
    assert observed[0] == pytest.approx(0.1, abs=1e-8)
    assert [row[k] for k, row in enumerate(band[1:])] == pytest.approx([0.1] * 5, abs=1e-8)


def test_a_scan_is_zero_at_the_best_fit_and_rises(library):
    model = read_workspace(library["staterror"])
    result = scan(model, points=21)
    assert result.minus_two_log_ratio.min() >= 0.0
    beyond = result.minus_two_log_ratio[result.mu > result.mu_hat]
    assert all(np.diff(beyond) > 0.0)
    at_best = scan(model, [result.mu_hat])
    assert at_best.minus_two_log_ratio == pytest.approx([0.0], abs=1e-9)
    assert result.to_dict()["poi"] == "mu"
    with pytest.raises(InputError, match="at least 2"):
        scan(model, points=1)
    with pytest.raises(InputError, match="finite"):
        scan(model, [math.nan])


def test_the_test_statistic_is_zero_below_the_best_fit(library):
    profile = Profile(read_workspace(library["control_region"]))
    assert profile.mu_hat > 0.5
    assert profile.q_mu_tilde(0.5 * profile.mu_hat) == 0.0
    assert profile.minus_two_log_ratio(0.5 * profile.mu_hat) > 0.0
    # the same fit from two starts: twice 1e-10
    beyond = profile.minus_two_log_ratio(2.0 * profile.mu_hat)
    assert profile.q_mu_tilde(2.0 * profile.mu_hat) == pytest.approx(beyond, abs=2e-10)


def test_a_signal_of_nothing_has_no_limit(build):
    samples = [build.sample("signal", [0.0, 0.0], build.mu), build.sample("background", [20.0, 30.0])]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [21.0, 28.0]}))
    for construction in ("cls", "delta-chi2"):
        with pytest.raises(ComputationError, match="signal of mu reaches no bin"):
            upper_limit(model, construction)


def test_a_fixed_parameter_of_interest_has_no_limit(build):
    # held at its initial value it would be taken for the best fit
    workspace = copy.deepcopy(build.counting())
    workspace["measurements"][0]["config"]["parameters"][0]["fixed"] = True
    with pytest.raises(InputError, match="'mu' is fixed in the measurement"):
        upper_limit(read_workspace(workspace))


def test_a_limit_as_plain_numbers(library):
    plain = upper_limit(read_workspace(library["counting"])).to_dict()
    assert plain["construction"] == "cls"
    assert len(plain["expected"]) == 5
