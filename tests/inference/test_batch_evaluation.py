"""Many points at once are the points one by one."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.batch.evaluation import evaluate_batch
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.statmodel import read_workspace


def points_of(model, count, rng):
    parameters = model.model.parameters
    spread = 0.2 * rng.normal(size=(count, len(parameters)))
    low, high = parameters.bounds.T
    return np.clip(parameters.initial * (1.0 + 0.1 * spread) + spread * (parameters.initial == 0.0), low, high)


def test_every_point_is_that_of_the_likelihood(library):
    rng = np.random.default_rng(3)
    for name, spec in library.items():
        model = read_workspace(spec)
        thetas = points_of(model, 7, rng)
        found = evaluate_batch(model, thetas)
        for k, theta in enumerate(thetas):
            likelihood = model.likelihood
            assert found.expected[k] == pytest.approx(model.model.expected(theta), rel=1e-12), name
            assert found.deviance[k] == pytest.approx(likelihood.deviance(theta), rel=1e-9, abs=1e-8), name
            assert found.gradient[k] == pytest.approx(likelihood.gradient(theta), rel=1e-8, abs=1e-7), name
            expected = likelihood.information(theta)
            assert found.information[k] == pytest.approx(expected, rel=1e-8, abs=1e-8 * np.abs(expected).max()), name


def test_a_dataset_for_each_point(library):
    model = read_workspace(library["counting"])
    thetas = points_of(model, 3, np.random.default_rng(4))
    main = np.array([[20.0], [25.0], [31.0]])
    found = evaluate_batch(model, thetas, main)
    for k in range(3):
        own = model.with_data(Dataset(main[k], model.data.auxiliary)).likelihood
        assert found.deviance[k] == pytest.approx(own.deviance(thetas[k]), rel=1e-10)


def test_shapes_that_do_not_belong_together(library):
    model = read_workspace(library["counting"])
    theta = model.model.parameters.initial
    with pytest.raises(InputError, match="parameters"):
        evaluate_batch(model, theta[:-1])
    with pytest.raises(InputError, match="main data of shape"):
        evaluate_batch(model, theta, np.ones((4, 1)))
