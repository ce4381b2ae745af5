"""CLs+b and power-constrained limits: pyhf's p-values at our limits, and the laws that tie the constructions."""

import math

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from numm_stats.errors import InputError
from numm_stats.inference.asymptotic import BAND, clsb, root_asimov_at_clsb_limit
from numm_stats.inference.limits import CONSTRUCTIONS, upper_limit
from numm_stats.inference.statmodel import read_workspace

NAMES = ("counting", "uncorrelated", "correlated", "staterror", "control_region", "free_shape", "magnetic_moment")
HYPOTEST = 1e-4  # as in test_limits: pyhf's Minuit at its strictest


@pytest.mark.parametrize("root_q", [0.0, 0.4, 1.3, 2.2])
@pytest.mark.parametrize("root_asimov", [0.1, 1.0, 2.5])
def test_clsb_is_a_tail_probability(root_q, root_asimov):
    below = norm.sf(root_q)
    above = norm.sf((root_q**2 + root_asimov**2) / (2.0 * root_asimov))  # eq. 66, q~ > mu^2 / sigma^2
    assert clsb(root_q, root_asimov) == pytest.approx(below if root_q <= root_asimov else above, rel=1e-12)


@pytest.mark.parametrize("alpha", [0.01, 0.1, 0.4])
def test_the_band_solves_its_equation(alpha):
    for sigmas in BAND:
        assert norm.cdf(sigmas - root_asimov_at_clsb_limit(sigmas, alpha)) == pytest.approx(alpha, rel=1e-12)


@pytest.mark.usefixtures("minuit_backend")
@pytest.mark.parametrize("name", NAMES)
def test_clsb_of_pyhf_at_the_limit_is_the_one_asked_for(library, name):
    limit = upper_limit(read_workspace(library[name]), "clsb")
    space = pyhf.Workspace(library[name])
    model = space.model()
    bounds = model.config.suggested_bounds()
    bounds[model.config.poi_index] = (0.0, 2.0 * max(limit.expected))
    for sigmas, mu in ((None, limit.observed), *zip(BAND, limit.expected, strict=True)):
        if mu == 0.0:
            assert sigmas == -2  # at 90 %, Phi(-2) < 0.1: such a fluctuation excludes every signal
            continue
        calculator = pyhf.infer.calculators.AsymptoticCalculator(space.data(model), model, par_bounds=bounds)
        statistic = calculator.teststatistic(mu)
        distributions = calculator.distributions(mu)
        found = calculator.pvalues(statistic, *distributions)[0]
        if sigmas is not None:
            found = calculator.expected_pvalues(*distributions)[0][BAND.index(sigmas)]
        assert float(found) == pytest.approx(0.1, abs=HYPOTEST), sigmas


@pytest.mark.parametrize("level", [0.68, 0.9, 0.99])
@pytest.mark.parametrize("name", [*NAMES, "staterror_deficit"])
def test_laws(library, name, level):
    model = read_workspace(library[name])
    cls, clsb_, pcl = (upper_limit(model, each, confidence_level=level) for each in ("cls", "clsb", "pcl"))
    pairs = zip((clsb_.observed, *clsb_.expected), (cls.observed, *cls.expected), strict=True)
    assert all(one <= other * (1.0 + 1e-9) for one, other in pairs)  # CLs >= CLs+b, hence a higher limit
    assert pcl.observed == max(clsb_.observed, clsb_.expected[1])
    assert pcl.expected == tuple(max(value, clsb_.expected[1]) for value in clsb_.expected)
    assert pcl.expected[2:] == clsb_.expected[2:]
    assert np.all(np.diff(clsb_.expected) >= 0.0)


@pytest.mark.parametrize("name", ["counting", "correlated", "staterror", "control_region"])
def test_above_the_best_fit_clsb_is_a_one_sided_rise(library, name):
    # for mu-hat > 0 both read sqrt(q) = 1.2816; to the rounding of two root finders
    model = read_workspace(library[name])
    rise, other = upper_limit(model, "delta-chi2"), upper_limit(model, "clsb")
    assert other.observed == pytest.approx(rise.observed, rel=1e-8)
    assert other.median == pytest.approx(rise.median, rel=1e-8)


@pytest.mark.parametrize("observed", [18.0, 21.0, 30.0])
@pytest.mark.parametrize("level", [0.68, 0.9])
def test_one_bin_without_nuisances(build, observed, level):
    background = 23.78

    def ratio(n, mu, best):
        return max(2.0 * (background + mu - best - n * math.log((background + mu) / best)), 0.0)

    def p_mu(mu):
        s = math.sqrt(ratio(observed, mu, max(observed, background)))
        a = math.sqrt(ratio(background, mu, background))
        return norm.sf(s if s <= a else (s * s + a * a) / (2.0 * a))

    limit = upper_limit(
        read_workspace(build.counting(observed=observed, uncertainty=0.0)), "clsb", confidence_level=level
    )
    start = max(observed - background, 0.0)
    faintest = p_mu(start + 1e-6)
    if faintest <= 1.0 - level:
        assert limit.observed == 0.0
        assert "exclude every signal" in limit.warnings[-1]
        assert limit.uncertainty == 0.0
    else:
        root = brentq(lambda mu: p_mu(mu) - (1.0 - level), start + 1e-6, 60.0, xtol=1e-12)
        assert limit.observed == pytest.approx(root, rel=1e-7)


def test_a_deep_deficit(build):
    # 10 on 23.78: p_mu < 0.1 for the faintest signal; the power constraint keeps the -1 sigma limit, and says so
    model = read_workspace(build.counting(observed=10.0))
    assert upper_limit(model, "clsb").observed == 0.0
    limit = upper_limit(model, "pcl")
    assert limit.observed == limit.expected[1] > 0.0
    assert "power constraint" in limit.warnings[-1]
    assert limit.uncertainty < 1e-6 * limit.observed
    assert upper_limit(model, "cls").observed > limit.observed


def test_the_limit_goes_to_zero_with_the_data(build):
    limits = [upper_limit(read_workspace(build.counting(observed=n)), "clsb").observed for n in np.arange(10.0, 30.0)]
    assert limits[0] == 0.0
    assert np.all(np.diff(limits) >= 0.0)
    assert max(np.diff(limits)) < 1.3  # counts rise by one: no jump where the limit leaves zero


@pytest.mark.parametrize("factor", [1e-6, 1e9])
@pytest.mark.parametrize("construction", ["clsb", "pcl"])
def test_a_rescaled_parameter_has_the_rescaled_limit(build, factor, construction):
    one = upper_limit(read_workspace(build.magnetic_moment()), construction)
    other = upper_limit(read_workspace(build.magnetic_moment(scale=1.0 / factor)), construction)
    assert other.observed == pytest.approx(factor * one.observed, rel=1e-6)
    assert other.expected == pytest.approx([factor * value for value in one.expected], rel=1e-6)


@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_the_range_of_the_measurement_does_not_stop_the_search(build, construction):
    # pyhf#2228: its scan leaves the range too, and dies there
    limits = []
    for high in (2.0, 100.0):
        workspace = build.counting()
        workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(high)]
        limits.append(upper_limit(read_workspace(workspace), construction))
    assert limits[0].observed == pytest.approx(limits[1].observed, rel=1e-7)


def test_a_negative_range_is_no_part_of_q_tilde(build):
    # q~_mu takes its minimum over mu >= 0, whatever the measurement allows: eq. 16
    for construction in ("cls", "clsb", "pcl"):
        limits = []
        for low in (-20.0, 0.0):
            workspace = build.counting(observed=19.0)
            workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(50.0, low=low)]
            limits.append(upper_limit(read_workspace(workspace), construction).observed)
        assert limits[0] == pytest.approx(limits[1], rel=1e-9)


def test_full_bins_and_a_faint_signal(build):
    # pyhf#2232: 1e7 counts a bin, s/b = 1e-3 at most, 1 % normalisation; data 1 sigma low: mu_up = (-1 + 1.28) sigma
    background, signal = np.full(10, 1e7), 1e4 / np.arange(1.0, 11.0)
    samples = [
        build.sample("signal", signal, build.mu),
        build.sample("background", background, build.normsys("norm", 1.01, 0.99)),
    ]
    design = np.stack([signal, background * math.log(1.01)])
    sigma = math.sqrt(np.linalg.inv((design / background) @ design.T + np.diag([0.0, 1.0]))[0, 0])
    counts = background - sigma * signal
    model = read_workspace(build.workspace({"bin": samples}, {"bin": counts}, [build.poi_range(50.0)]))
    limit = upper_limit(model, "clsb")
    assert limit.observed == pytest.approx((norm.ppf(0.9) - 1.0) * sigma, rel=0.01)
    assert limit.expected[1:] == pytest.approx([(norm.ppf(0.9) + k) * sigma for k in (-1, 0, 1, 2)], rel=0.01)
    assert limit.uncertainty < 1e-4 * limit.observed
    assert upper_limit(model, "pcl").observed == pytest.approx(limit.observed, rel=0.01)


@pytest.mark.parametrize("construction", ["clsb", "pcl"])
def test_asimov_data_give_no_observed_limit(build, construction):
    workspace = build.counting()
    workspace["measurements"][0]["name"] = "counting_asimov"
    limit = upper_limit(read_workspace(workspace), construction)
    assert limit.observed is None
    assert limit.value == limit.median > 0.0


@pytest.mark.parametrize("construction", ["clsb", "pcl"])
def test_a_low_confidence_level_is_refused(library, construction):
    with pytest.raises(InputError, match=f"a one-sided {construction} limit lies above the best fit only beyond 0.5"):
        upper_limit(read_workspace(library["counting"]), construction, confidence_level=0.4)


@pytest.mark.parametrize("construction", ["cls", "clsb", "pcl", "all"])
def test_a_rise_belongs_to_delta_chi2(library, construction):
    with pytest.raises(InputError, match=f"belongs to the construction delta-chi2, not to '{construction}'"):
        upper_limit(read_workspace(library["counting"]), construction, delta_chi2=2.7)
