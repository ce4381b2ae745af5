"""Coverage: one bin has exact answers, large counts have those of theory, single toys those of `limit`."""

import math
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.asymptotic import cls, clsb
from numm_stats.inference.batch.engine import available_engine
from numm_stats.inference.batch.ensemble import draw_block
from numm_stats.inference.coverage import coverage_study
from numm_stats.inference.coverage_blocks import BlockCoverage, Rule, asimov_roots
from numm_stats.inference.exact import counting_t_mu_tilde, feldman_cousins_p_value
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.tally import PValue
from numm_stats.inference.toy_ladder import ToyOptions
from numm_stats.inference.toys import conditional_hypothesis, run_block, toy_task

LABELS = ("cls", "clsb", "delta-chi2 1.642", "delta-chi2 2.706", "feldman-cousins")
ENGINES = ["numpy", *(["numba"] if available_engine() == "numba" else [])]


def one_bin(build, background):
    return read_workspace(build.counting(observed=background, background=background, uncertainty=0.0))


def covers(n, signal, background):
    """Whether each construction of `LABELS` at 90 % holds the signal where n events are observed."""
    t = counting_t_mu_tilde(n, signal, background)
    above = n >= signal + background
    root = 0.0 if above else math.sqrt(t)
    root_asimov = math.sqrt(2.0 * (signal - background * math.log1p(signal / background)))
    return (
        cls(root, root_asimov) > 0.1,
        clsb(root, root_asimov) > 0.1,
        above or t <= 1.6424,
        t <= 2.7055,
        feldman_cousins_p_value(n, signal, background) > 0.1,
    )


def exact_coverage(signal, background):
    counts = np.arange(*poisson.interval(1.0 - 1e-12, signal + background), dtype=int)
    table = np.array([covers(int(n), signal, background) for n in counts], dtype=float)
    weights = poisson.pmf(counts, signal + background)
    return weights @ table / weights.sum()


@pytest.mark.parametrize("background", [5.0, 5000.0])
def test_one_bin_is_exact(build, background):
    model = one_bin(build, background)
    limit = upper_limit(model, "cls").median
    truth = np.linspace(0.0, 1.5 * limit, 5).tolist()
    study = coverage_study(model, truth, ToyOptions(toys=10000, seed=3))
    assert study.labels == LABELS
    assert (study.failures, study.warnings) == (0, ())
    for point in study.points:
        for found, exact in zip(point.covered, exact_coverage(point.mu, background), strict=True):
            assert found.error < 0.005
            assert abs(found.value - exact) < 3.0 * max(found.error, 1e-4), (point.mu, found.rule.label, exact)


def test_many_counts_have_the_coverage_of_theory(build):
    model = one_bin(build, 5000.0)
    sigma = math.sqrt(5000.0)
    study = coverage_study(model, [0.0, 0.1 * sigma, 4.0 * sigma], ToyOptions(toys=10000))
    none, faint, strong = ([one.value for one in point.covered] for point in study.points)
    # upper limits never exclude zero; t~_0 is zero for half of the toys, so that a rise of 2.706 keeps 95 % there
    assert none == pytest.approx([1.0, 1.0, 1.0, 0.95, 0.9], abs=0.015)
    assert faint[0] == pytest.approx(0.99, abs=0.011)  # CLs does not exclude what it cannot see
    assert strong == pytest.approx([0.9] * 5, abs=0.012)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["counting", "magnetic_moment", "staterror_deficit"])
@pytest.mark.parametrize("rule", [Rule("cls", 0.1), Rule("clsb", 0.1), Rule("delta-chi2", 1.642374415149818)])
def test_a_toy_covers_where_its_limit_is_higher(library, name, rule, engine):
    model = read_workspace(library[name]).above_zero()
    mu = 1.3 * upper_limit(model, rule.construction).median
    task = toy_task(model, conditional_hypothesis(model, mu), (mu,), statistic="t_mu_tilde", seed=1, engine=engine)
    count = 40
    found, (roots, _) = run_block(task, 0, count), asimov_roots(task, 0, count)
    toys = draw_block(model.model, task.hypothesis, seed=1, block=0)
    decisions = []
    for k in range(count):
        data = model.with_data(Dataset(toys.main[k], toys.auxiliary[k]))
        one = slice(k, k + 1)
        (covered,) = rule.counts(mu, found.mu_hat[one], found.values[0, one], roots[one])
        assert covered == (upper_limit(data, rule.construction).observed >= mu)
        decisions.append(covered)
        background = Profile(data).background.theta
        asimov = Profile(model.with_data(model.asimov_data(background)), start=background)
        assert roots[k] == pytest.approx(math.sqrt(asimov.minus_two_log_ratio(mu)), abs=1e-4)
    assert 0 < sum(decisions) < count  # or nothing was compared


def test_feldman_cousins_covers_by_construction(library):
    model = read_workspace(library["magnetic_moment"])
    limit = upper_limit(model, "cls").median
    truth = [0.0, 0.5 * limit, limit]
    study = coverage_study(model, truth, ToyOptions(toys=4000), constructions=("feldman-cousins",))
    for point in study.points:
        (found,) = point.covered
        assert found.value == pytest.approx(0.9, abs=3.0 * found.error)
        assert found.critical_error > 0.0
        assert found.error > found.part.error


def test_workers_do_not_matter(library):
    model = read_workspace(library["counting"])
    options = ToyOptions(toys=1500, seed=7)
    alone = coverage_study(model, [0.0, 8.0], options)
    with ProcessPoolExecutor(max_workers=2) as executor:
        assert coverage_study(model, [0.0, 8.0], replace(options, executor=executor)).points == alone.points
    assert coverage_study(model, [0.0, 8.0], replace(options, seed=8)).points != alone.points


def test_a_true_value_has_its_toys_whatever_is_beside_it(library):
    model = read_workspace(library["counting"])
    options = ToyOptions(toys=1000)
    both = coverage_study(model, [4.0, 8.0], options).points
    assert coverage_study(model, [8.0], options).points == both[1:]
    (alone,) = coverage_study(model, [8.0], options, constructions=("delta-chi2",)).points
    assert alone.covered == both[1].covered[2:4]


def test_toys_announced_are_toys_reported(library):
    model = read_workspace(library["counting"])
    done, announced = [], []
    options = ToyOptions(toys=1100, report=done.append, announce=announced.append)
    coverage_study(model, [0.0, 8.0], options)
    assert announced == [2 * 3 * 1100]
    assert sum(done) == announced[0]
    coverage_study(model, [8.0], options, constructions=("cls",))
    assert announced[1:] == [1100]


class Lossy(Executor):
    """Workers that lose the fits of some toys of each block that is analysed, none of which covered."""

    def __init__(self, lost):
        self.lost = lost

    def submit(self, function, /, *arguments):
        result, future = function(*arguments), Future()
        if isinstance(result, BlockCoverage):
            result = replace(result, toys=result.toys - self.lost, failures=self.lost)
        future.set_result(result)
        return future


def test_toys_that_cannot_be_fitted_are_counted_and_left_out(library):
    model, options = read_workspace(library["counting"]), ToyOptions(toys=1500, executor=Lossy(20))
    study = coverage_study(model, [8.0, 16.0], options)
    assert [point.failures for point in study.points] == [40, 40]  # two blocks for each true value
    assert study.failures == 80
    assert study.warnings == ("80 of 9000 toys could not be fitted, by iminuit neither: they are left out",)
    whole = coverage_study(model, [8.0, 16.0], replace(options, executor=None))
    for some, every in zip(study.points[1].covered, whole.points[1].covered, strict=True):
        assert (some.part.count, some.part.total) == (every.part.count, every.part.total - 40)


def test_no_toy_at_all(library):
    options = ToyOptions(toys=100, executor=Lossy(100))
    with pytest.raises(ComputationError, match="the fit of every toy failed"):
        coverage_study(read_workspace(library["counting"]), [8.0], options, constructions=("delta-chi2",))


@given(
    st.floats(0.1, 10.0),
    st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(0.0, 30.0), st.floats(0.01, 5.0)), min_size=1, max_size=8),
    st.floats(0.01, 0.49),
)
def test_what_covers_more(mu, toys, alpha):
    arrays = (mu, *np.array(toys).T)
    assert Rule("cls", alpha).counts(*arrays) >= Rule("clsb", alpha).counts(*arrays)  # CLs = CLs+b / CLb
    assert Rule("cls", alpha).counts(*arrays) <= Rule("cls", 0.5 * alpha).counts(*arrays)
    interval, limit = (Rule("delta-chi2", 2.0, upper, (1.0, 4.0)).counts(*arrays) for upper in (False, True))
    assert interval[1] <= interval[0] <= interval[2]
    assert all(one <= other for one, other in zip(interval, limit, strict=True))


def test_errors_are_clopper_pearson():
    rule = Rule("delta-chi2", 2.706, upper=False)
    assert rule.counts(1.0, np.array([0.0, 2.0, 3.0]), np.array([2.0, 1.0, 4.0]), np.zeros(3)) == (2,)
    assert replace(rule, upper=True).counts(1.0, np.array([0.0, 2.0, 3.0]), np.array([3.0, 1.0, 4.0]), np.zeros(3)) == (
        2,
    )
    assert PValue(9000, 10000).error == pytest.approx(0.003, rel=0.02)  # sqrt(0.9 0.1 / 10000)


@pytest.mark.parametrize(
    ("mu", "options", "words"),
    [
        ([-1.0], {}, "true value -1.0"),
        ([math.nan], {}, "true value nan"),
        ([], {}, "at least one"),
        ([1.0], {"constructions": ("csl",)}, "did you mean 'cls'"),
        ([1.0], {"constructions": ()}, "at least one"),
        ([1.0], {"confidence_level": 0.5}, "confidence level 0.5"),
        ([1.0], {"confidence_level": 1.0}, "confidence level 1.0"),
    ],
)
def test_wrong_input(library, mu, options, words):
    with pytest.raises(InputError, match=words):
        coverage_study(read_workspace(library["counting"]), mu, ToyOptions(toys=10), **options)
