"""Second derivatives of the expected counts: against differences of the first, with factors at zero and powers."""

import numpy as np
import pyhf
import pytest

from numm_stats.inference.compiling import compile_model
from numm_stats.inference.statmodel import read_workspace

NAMES = ("counting", "uncorrelated", "staterror", "control_region", "free_shape", "magnetic_moment")


def differences(model, theta, weight, step=1e-4):
    """Slopes of the weighted sum of the jacobian, by four points: truncation step^4 of a fifth derivative."""

    def weighted(shift):
        return model.expected_and_jacobian(theta + shift)[1] @ weight

    rows = []
    for shift in step * np.eye(len(theta)):
        near, far = weighted(shift) - weighted(-shift), weighted(2.0 * shift) - weighted(-2.0 * shift)
        rows.append((8.0 * near - far) / (12.0 * step))
    return np.array(rows)


def check(model, theta):
    weight = np.random.default_rng(3).normal(size=model.bin_count)
    found, expected = model.second_derivatives(theta, weight), differences(model, theta, weight)
    # rounding: 1e-16 of the counts over the step
    assert found == pytest.approx(expected, abs=1e-9 * model.expected(theta).max() + 1e-9)
    assert found == pytest.approx(found.T, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("mu", "reach"), [(0.0, 0.3), (1.7, 0.3), (1.7, 1.6)])
def test_of_models_of_every_kind(library, name, mu, reach):
    model = read_workspace(library[name]).model
    theta = model.parameters.initial + reach * np.random.default_rng(2).uniform(-0.5, 0.5, len(model.parameters))
    theta[model.parameters.index("mu")] = mu
    check(model, theta)


@pytest.mark.parametrize("mu", [0.0, 0.7])
@pytest.mark.parametrize("k", [0.0, 1.3])
def test_of_products_with_a_zero(build, mu, k):
    # two factors at zero at once: their mixed derivative is the only one that is left
    factor = {"name": "k", "type": "normfactor", "data": None}
    twice = build.sample("signal", [3.0, 4.0], build.mu, factor, build.normsys("norm", 1.2, 0.9))
    bent = build.histosys("bend", [3.5, 4.5], [2.0, 4.2])
    shape = {"name": "free", "type": "shapefactor", "data": None}
    spread = {"name": "spread", "type": "shapesys", "data": [0.5, 1.0]}
    other = build.sample("other", [3.0, 4.0], factor, bent, shape, spread)
    model = read_workspace(build.workspace({"bin": [twice, other]}, {"bin": [5.0, 6.0]})).model
    theta = model.parameters.initial.copy()
    for name, value in (("mu", mu), ("k", k), ("norm", 0.4), ("bend", -0.6), ("free[1]", 1.4), ("spread[1]", 0.0)):
        theta[model.parameters.index(name)] = value
    check(model, theta)


@pytest.mark.parametrize("power", [2, 3])
@pytest.mark.parametrize("x", [0.0, 1.4])
def test_of_powers(build, power, x):
    tied = {"name": "tied", "type": "normfactor", "data": None}
    samples = [
        build.sample("linear", [3.0, 1.0], build.mu, build.normsys("norm", 1.1, 0.8)),
        build.sample("bent", [2.0, 5.0], tied, build.normsys("norm", 1.05, 0.9)),
        build.sample("background", [50.0, 60.0]),
    ]
    workspace = build.workspace({"bin": samples}, {"bin": [55.0, 66.0]})
    model = read_workspace(workspace, powers={"tied": ("mu", power)}).model
    check(model, np.array([{"mu": x, "norm": 0.6}[name] for name in model.parameters.names]))


@pytest.mark.parametrize("codes", [("code1", "code0"), ("code1", "code2"), ("code4", "code4p")])
@pytest.mark.parametrize("alpha", [-1.7, -0.4, 0.3, 2.1])
def test_of_every_interpolation(build, codes, alpha):
    bent = build.histosys("bend", [35.0, 26.0], [28.0, 14.0])
    samples = [build.sample("signal", [1.0, 3.0], build.mu), build.sample("background", [30.0, 20.0], bent)]
    samples[0]["modifiers"].append(build.normsys("bend", 1.3, 0.9))
    spec = {"channels": build.workspace({"bin": samples}, {"bin": [33.0, 24.0]})["channels"]}
    settings = {kind: {"interpcode": code} for kind, code in zip(("normsys", "histosys"), codes, strict=True)}
    model = compile_model(pyhf.Model(spec, modifier_settings=settings))
    check(model, np.array([{"mu": 1.2, "bend": alpha}[name] for name in model.parameters.names]))


@pytest.mark.parametrize("mu", [2e-309, 1e-307, 1e-200])
def test_a_factor_that_is_next_to_nothing(library, mu):
    """The inverse of a denormal number is no number: as at zero, without a warning."""
    for name in ("counting", "magnetic_moment"):
        model = read_workspace(library[name]).model
        place = model.parameters.index("mu")
        weight = np.linspace(1e6, 2e6, model.bin_count)
        found = []
        for value in (0.0, mu):
            theta = model.parameters.initial.copy()
            theta[place] = value
            found.append(model.second_derivatives(theta, weight))
        assert np.isfinite(found[1]).all()
        assert found[1] == pytest.approx(found[0], rel=1e-12)
