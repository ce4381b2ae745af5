"""Expected counts as terms: against the sum over samples, derivatives by differences, with factors at zero."""

import numpy as np
import pytest

from numm_stats.inference.linear import ELIMINATE_FROM, solve
from numm_stats.inference.statmodel import read_workspace

NAMES = ("counting", "uncorrelated", "staterror", "control_region", "free_shape", "magnetic_moment")


def spiky(build, bins=60):
    """Two channels with a staterror in each bin, a shapesys on top in one, and a shape of unknown form in both."""
    rng = np.random.default_rng(4)
    free = {"name": "free", "type": "shapefactor", "data": None}
    channels, observed = {}, {}
    for name in ("near", "far"):
        first, second = rng.uniform(20.0, 50.0, (2, bins))
        on_second = [build.staterror(f"mc_{name}", 0.04 * second), build.histosys("bend", 1.1 * second, 0.95 * second)]
        if name == "near":
            on_second.append({"name": "spread", "type": "shapesys", "data": (0.1 * second).tolist()})
        channels[name] = [
            build.sample("signal", rng.uniform(1.0, 3.0, bins), build.mu, build.normsys("norm", 1.1, 0.94)),
            build.sample("first", first, free, build.staterror(f"mc_{name}", 0.05 * first)),
            build.sample("second", second, *on_second, build.normsys("norm", 1.05, 0.9)),
        ]
        observed[name] = rng.poisson(first + second)
    return build.workspace(channels, observed)


@pytest.fixture(params=[*NAMES, "spiky"])
def model(request, library, build):
    return read_workspace(spiky(build) if request.param == "spiky" else library[request.param]).model


@pytest.mark.parametrize(("mu", "reach"), [(0.0, 0.0), (0.0, 0.3), (1.7, 0.3), (1.7, 1.6)])
def test_derivatives_are_those_of_the_counts(model, mu, reach):
    rng = np.random.default_rng(2)
    theta = model.parameters.initial + reach * rng.uniform(-0.5, 0.5, len(model.parameters))
    theta[model.parameters.index("mu")] = mu
    counts, jacobian = model.expected_and_jacobian(theta)
    by_sample = np.concatenate([channel.expected(theta) for channel in model.channels])
    assert counts == pytest.approx(by_sample, rel=1e-13)
    assert model.expected(theta) == pytest.approx(by_sample, rel=1e-13)
    step = 1e-5
    for index, row in enumerate(jacobian):
        shift = step * np.eye(len(theta))[index]
        difference = (model.expected(theta + shift) - model.expected(theta - shift)) / (2.0 * step)
        # truncation 1e-10 of a third derivative, rounding 1e-16 / 1e-5 of the counts
        assert row == pytest.approx(difference, abs=1e-8 * counts.max())


def test_narrow_parameters_are_those_of_one_bin(build):
    model = read_workspace(spiky(build)).model
    layout = model.terms.layout
    names = np.array(model.parameters.names)
    # where two parameters move the same bin, only one of them may be narrow
    assert {name.split("[")[0] for name in names[layout.narrow]} == {"spread", "mc_far"}
    assert len(np.unique(layout.bins)) == len(layout.narrow) == 120
    assert sorted([*layout.wide, *layout.narrow]) == list(range(len(names)))


def test_products_with_the_jacobian(model):
    rng = np.random.default_rng(1)
    theta = model.parameters.initial + 0.1
    response = model.response(theta)
    jacobian, vector = response.jacobian(), rng.uniform(0.5, 2.0, model.bin_count)
    np.testing.assert_allclose(response.projected(vector), jacobian @ vector, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(response.squared(vector), (jacobian * vector) @ jacobian.T, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("damping", [0.0, 0.1])
@pytest.mark.parametrize("columns", [1, 2])
def test_elimination_solves_the_same_equations(build, damping, columns):
    model = read_workspace(spiky(build))
    curvature = model.likelihood.information(model.model.parameters.initial)
    rng = np.random.default_rng(7)
    right = rng.normal(size=(len(curvature), columns)).squeeze()
    free = rng.random(len(curvature)) < 0.9
    narrow = model.model.terms.layout.narrow
    assert narrow.size >= ELIMINATE_FROM
    found = solve(curvature, right, free, narrow, damping)
    np.testing.assert_allclose(found, solve(curvature, right, free, narrow[:0], damping), rtol=1e-8, atol=1e-10)
    matrix = curvature + damping * np.diag(np.diagonal(curvature))
    # what the equations leave, in units of their sizes: rounding times a condition number of 1e3
    np.testing.assert_allclose((matrix @ found)[free], right[free], rtol=1e-9, atol=1e-9)
    assert (found[~free] == 0.0).all()
