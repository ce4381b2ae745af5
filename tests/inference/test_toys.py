"""Toys: the ensemble is the honest one, fits are pyhf's and iminuit's, workers do not matter, one bin is exact."""

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pyhf
import pytest
from scipy.stats import poisson

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.batch.engine import ToyEngine, available_engine
from numm_stats.inference.batch.ensemble import BLOCK, Hypothesis, draw_block
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.tally import Tally
from numm_stats.inference.toy_ladder import ToyLadder, ToyOptions
from numm_stats.inference.toy_limits import toy_upper_limit, toy_upper_limits
from numm_stats.inference.toy_points import ToyPoint
from numm_stats.inference.toys import conditional_hypothesis, throw, toy_task

ENGINES = ["numpy", *(["numba"] if available_engine() == "numba" else [])]


def spec_of(samples, observed, poi="mu", **config):
    return {
        "channels": [{"name": "c", "samples": samples}],
        "observations": [{"name": "c", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": poi, "parameters": [], **config}}],
        "version": "1.0.0",
    }


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def bench(bins=20):
    """A magnetic-moment fit like those that toys are made for: 1/T signal, two normalisations, a scale, statistics."""
    energy = np.linspace(0.2, 5.0, bins)
    signal, weak = 40.0 / energy, 900.0 * np.exp(-energy / 4.0)
    return spec_of(
        [
            {
                "name": "signal",
                "data": signal.tolist(),
                "modifiers": [modifier("mu", "normfactor"), modifier("exposure", "normsys", {"hi": 1.02, "lo": 0.98})],
            },
            {
                "name": "weak",
                "data": weak.tolist(),
                "modifiers": [
                    modifier("exposure", "normsys", {"hi": 1.02, "lo": 0.98}),
                    modifier(
                        "scale",
                        "histosys",
                        {
                            "hi_data": (weak * (1 + 0.01 * energy)).tolist(),
                            "lo_data": (weak * (1 - 0.01 * energy)).tolist(),
                        },
                    ),
                    modifier("statistics", "shapesys", (0.05 * weak).tolist()),
                ],
            },
        ],
        np.round(weak).tolist(),
    )


def one_bin(signal, background, observed):
    return spec_of(
        [
            {"name": "s", "data": [signal], "modifiers": [modifier("mu", "normfactor")]},
            {"name": "b", "data": [background], "modifiers": []},
        ],
        [observed],
        parameters=[{"name": "mu", "bounds": [[0.0, 1000.0]], "inits": [1.0]}],
    )


@pytest.fixture(scope="module")
def model():
    return read_workspace(bench())


def test_moments_of_the_ensemble_auxiliary_data_included(model):
    """16 blocks: means within five standard errors, variances too, for main, Gaussian and Poisson auxiliary data."""
    hypothesis = conditional_hypothesis(model, 1.0)
    blocks = [draw_block(model.model, hypothesis, seed=3, block=k) for k in range(16)]
    main = np.concatenate([block.main for block in blocks])
    auxiliary = np.concatenate([block.auxiliary for block in blocks])
    constraints, n = model.model.constraints, 16 * BLOCK
    expected = model.model.expected(hypothesis.theta)
    assert (np.abs(main.mean(axis=0) - expected) < 5 * np.sqrt(expected / n)).all()
    assert main.var(axis=0) == pytest.approx(expected, rel=5 * math.sqrt(2 / n))
    centre = constraints.expected(hypothesis.theta)
    variance = np.empty(len(centre))
    variance[constraints.gaussian_data] = constraints.sigma**2
    variance[constraints.poisson_data] = centre[constraints.poisson_data]
    assert (np.abs(auxiliary.mean(axis=0) - centre) < 5 * np.sqrt(variance / n)).all()
    assert auxiliary.var(axis=0) == pytest.approx(variance, rel=5 * math.sqrt(2 / n))


def test_blocks_hypotheses_and_seeds_are_different_streams(model):
    hypothesis = conditional_hypothesis(model, 1.0)
    other = Hypothesis(2.0, hypothesis.theta)
    draws = [
        draw_block(model.model, h, seed=seed, block=block).main
        for h, seed, block in [(hypothesis, 1, 0), (hypothesis, 1, 1), (hypothesis, 2, 0), (other, 1, 0)]
    ]
    for i in range(4):
        for j in range(i):
            assert not np.array_equal(draws[i], draws[j])
    again = draw_block(model.model, hypothesis, seed=1, block=0)
    assert np.array_equal(draws[0], again.main)


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_same_seed_same_bits_with_any_number_of_workers(model, pool, workers):
    if pool is ProcessPoolExecutor and workers == 7:
        pytest.skip("seven processes of a small machine: threads show the same")
    task = toy_task(model, conditional_hypothesis(model, 1.0), (1.0,), seed=5)
    alone = throw(task, 3000)
    with pool(max_workers=workers) as executor:
        shared = throw(task, 3000, executor=executor)
    assert np.array_equal(alone.values, shared.values)
    assert np.array_equal(alone.mu_hat, shared.mu_hat)


def test_a_toy_is_the_same_in_a_short_and_in_a_long_run(model):
    task = toy_task(model, conditional_hypothesis(model, 1.0), (1.0,), seed=5)
    assert np.array_equal(throw(task, 100).values, throw(task, 2000).values[:, :100])


@pytest.mark.parametrize("engine", ENGINES)
def test_each_toy_is_the_fit_of_the_single_engine(model, engine):
    """Deviances of the free fit against Newton's at 1e-11: a batch stops a step earlier and is good to 1e-7."""
    hypothesis = conditional_hypothesis(model, 1.0)
    toys = draw_block(model.model, hypothesis, seed=8, block=0).take(slice(0, 40))
    for poi in (None, 0.7):
        batch = ToyEngine(model, engine).fit(toys, hypothesis.theta, poi=poi)
        assert batch.failures == 0
        for k in range(len(toys)):
            data = type(model.data)(toys.main[k], toys.auxiliary[k])
            assert batch.deviances[k] == pytest.approx(find_minimum(model.with_data(data), poi=poi).deviance, abs=1e-7)


def test_q_of_toys_is_that_of_iminuit():
    """`--minimizer iminuit`, every toy through Minuit, whose tolerance is 2e-6 in -2 ln L of each of two fits."""
    model = read_workspace(bench(4))
    hypothesis = conditional_hypothesis(model, 1.0)
    toys = draw_block(model.model, hypothesis, seed=4, block=0).take(slice(0, 40))
    q = []
    for engine in ("auto", "iminuit"):
        fits = [ToyEngine(model, available_engine(engine)).fit(toys, hypothesis.theta, poi=poi) for poi in (None, 1.0)]
        assert sum(fit.failures for fit in fits) == 0
        q.append(fits[1].deviances - fits[0].deviances)
    assert q[0] == pytest.approx(q[1], abs=4e-6)


def test_q_of_toys_is_that_of_pyhf():
    """pyhf's own optimisers differ by 1e-4."""
    spec = bench(8)
    pyhf_model = pyhf.Workspace(spec).model()
    model = read_workspace(spec)
    hypothesis = conditional_hypothesis(model, 1.0)
    values = throw(toy_task(model, hypothesis, (1.0,), seed=4), 12).values[0]
    toys = draw_block(model.model, hypothesis, seed=4, block=0)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    settings = (pyhf_model.config.suggested_init(), pyhf_model.config.suggested_bounds())
    for k in range(12):
        data = [*toys.main[k], *toys.auxiliary[k]]
        fixed = pyhf_model.config.suggested_fixed()
        q = float(pyhf.infer.test_statistics.qmu_tilde(1.0, data, pyhf_model, *settings, fixed))
        assert values[k] == pytest.approx(q, abs=5e-4)


def exact_cls(n, b, signal):
    """CLs = P(N <= n | s + b) / P(N <= n | b), for n < s + b: q~ falls with n."""
    return poisson.cdf(n, signal + b) / poisson.cdf(n, b)


CASES = [
    (n, b, s)
    for n, b in ((0, 1.0), (2, 3.0), (5, 4.5), (12, 10.0), (40, 45.0))
    for s in (3.0, 5.0, 9.0, 20.0)
    if n < s + b
]


def toys_at_one(model, toys, **options):
    ladder = ToyLadder(model, [1.0], ToyOptions(toys=toys, **options))
    ladder.extend([1.0], toys)
    return ladder.points[0]


@pytest.mark.parametrize(("n", "b", "signal"), CASES[::3])
def test_cls_of_one_bin_is_the_ratio_of_poisson_sums(n, b, signal):
    model = read_workspace(one_bin(signal, b, n))
    point = toys_at_one(model, 20000, seed=9)
    found = point.p_value("cls")
    value, error = found.value, found.error
    assert point.signal.failures == point.background.failures == 0
    assert value == pytest.approx(exact_cls(n, b, signal), abs=4 * error + 1e-6)


@pytest.mark.campaign
@pytest.mark.parametrize(("n", "b", "signal"), CASES)
def test_cls_of_one_bin_with_a_million_toys(n, b, signal):
    """Within three binomial errors at every point."""
    model = read_workspace(one_bin(signal, b, n))
    found = toys_at_one(model, 1000000, seed=11).p_value("cls")
    value, error = found.value, found.error
    assert value == pytest.approx(exact_cls(n, b, signal), abs=3 * error + 1e-12)


def test_toys_at_high_counts_agree_with_asymptotics(model):
    asymptotic = upper_limit(model, "cls")
    toys = toy_upper_limit(model, "cls", ToyOptions(toys=4000, seed=2))
    assert toys.observed == pytest.approx(asymptotic.observed, abs=5 * toys.uncertainty)
    # at -2 sigma 91 of the 4,000 background toys and some 9 signal toys decide: a third of CLs, a tenth of the limit
    assert toys.expected == pytest.approx(asymptotic.expected, rel=0.12)
    assert toys.calculator == "toys"
    assert toys.uncertainty > 0.0


def test_nova_counting_with_toys():
    """25 observed on 23.78 +- 10.9 %: 10.84 signal events by CLs from toys, within 2 % and its own error."""
    spec = one_bin(1.0, 23.78, 25)
    spec["channels"][0]["samples"][1]["modifiers"] = [modifier("background", "normsys", {"hi": 1.109, "lo": 0.891})]
    limit = toy_upper_limit(read_workspace(spec), "cls", ToyOptions(toys=20000, seed=1))
    assert limit.observed == pytest.approx(10.84, abs=0.02 * 10.84 + 2 * limit.uncertainty)


def test_failed_toys_are_counted_and_left_out():
    signal, background = Tally(2.0), Tally(2.0)
    background.add(np.arange(40.0))
    signal.add(np.array([np.nan]))
    with pytest.raises(ComputationError, match="every toy failed"):
        ToyPoint(1.0, 2.0, signal, background).p_value("cls")
    signal.add(np.array([1.0, 3.0]))
    point = ToyPoint(1.0, 2.0, signal, background)
    assert (point.toys, len(point.signal), point.signal.failures) == (3, 2, 1)
    assert point.p_value("clsb").value == 0.5


def test_adaptive_toys_stop_where_more_say_nothing_and_agree(model):
    every = toy_upper_limit(model, "cls", ToyOptions(toys=8192, seed=2))
    adaptive = toy_upper_limit(model, "cls", ToyOptions(toys=8192, seed=2, adaptive=3.0))
    assert adaptive.toys < 0.8 * every.toys
    assert adaptive.observed == pytest.approx(every.observed, abs=4 * adaptive.uncertainty)
    precise = toy_upper_limit(model, "cls", ToyOptions(toys=65536, seed=2, precision=0.02))
    assert all(
        error < 0.02 * limit for error, limit in zip(precise.expected_uncertainty, precise.expected, strict=True)
    )


def test_each_edge_of_the_band_scatters_by_its_uncertainty(model):
    """12 seeds: scatter over quoted error, chi-square with 11 degrees of freedom: 1.7 is one in a thousand.

    At -2 sigma fewer than ten toys decide, which is warned about.
    """
    found = [toy_upper_limit(model, "cls", ToyOptions(toys=2048, seed=seed)) for seed in range(12)]
    numbers = np.array([[limit.observed, *limit.expected[1:]] for limit in found])
    errors = np.array([[limit.uncertainty, *limit.expected_uncertainty[1:]] for limit in found]).mean(axis=0)
    ratio = numbers.std(axis=0, ddof=1) / errors
    assert ((ratio > 0.45) & (ratio < 1.7)).all()


def test_clsb_and_pcl_from_the_same_toys(model):
    cls, clsb, pcl = toy_upper_limits(model, ("cls", "clsb", "pcl"), ToyOptions(toys=4096, seed=5))
    asymptotic = upper_limit(model, "clsb")
    assert clsb.expected[0] == 0.0  # two sigma down, background excludes every signal
    assert clsb.expected[1:] == pytest.approx(asymptotic.expected[1:], rel=0.15)
    assert pcl.expected == tuple(max(edge, clsb.expected[1]) for edge in clsb.expected)
    assert clsb.observed <= cls.observed
    assert cls.tests[0]["clsb_low"] < cls.tests[0]["clsb"] < cls.tests[0]["clsb_high"]


def test_a_deficit_that_background_toys_do_not_reach_asks_for_more_toys():
    """8 events on 100: CLb is 1e-30, which no number of toys tells; a number made up would look like a limit."""
    model = read_workspace(one_bin(1.0, 100.0, 8))
    with pytest.raises(ComputationError, match="more toys"):
        toy_upper_limit(model, "cls", ToyOptions(toys=2000))


def test_counts_that_cannot_be_drawn_are_refused():
    model = read_workspace(one_bin(1e18, 5e19, 5e19))
    with pytest.raises(InputError, match="9e"):
        toys_at_one(model, 10)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"toys": 0}, "toys = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"engine": "x"}, "'x'"),
        ({"adaptive": -1.0}, "adaptive = -1"),
        ({"precision": float("nan")}, "precision = nan"),
        ({"precision": 0.1, "adaptive": 3.0}, "one of the two"),
    ],
)
def test_wrong_options(model, options, words):
    with pytest.raises(InputError, match=words):
        toys_at_one(model, **{"toys": 10, **options})
