"""Workspaces of the inference tests: other people's and our own kind, each as the dictionary a user would load."""

from types import SimpleNamespace

import numpy as np
import pyhf
import pytest

SIGNAL_STRENGTH = {"name": "mu", "type": "normfactor", "data": None}


def sample(name, data, *modifiers):
    return {"name": name, "data": [float(value) for value in data], "modifiers": list(modifiers)}


def normsys(name, high, low):
    return {"name": name, "type": "normsys", "data": {"hi": high, "lo": low}}


def histosys(name, high, low):
    return {"name": name, "type": "histosys", "data": {"hi_data": list(high), "lo_data": list(low)}}


def staterror(name, data):
    return {"name": name, "type": "staterror", "data": [float(value) for value in data]}


def make_workspace(channels, observed, parameters=(), poi="mu", name="measurement"):
    """`channels`: samples by channel name; `observed`: counts by channel name."""
    return {
        "version": "1.0.0",
        "channels": [{"name": key, "samples": samples} for key, samples in channels.items()],
        "observations": [{"name": key, "data": [float(n) for n in counts]} for key, counts in observed.items()],
        "measurements": [{"name": name, "config": {"poi": poi, "parameters": list(parameters)}}],
    }


def poi_range(high, initial=1.0, low=0.0):
    return {"name": "mu", "bounds": [[low, high]], "inits": [initial]}


def counting(observed=25.0, background=23.78, uncertainty=0.109, signal=1.0):
    """A counting experiment: one bin, a background with a relative normalisation uncertainty."""
    moved = [normsys("norm", 1.0 + uncertainty, 1.0 - uncertainty)] if uncertainty else []
    samples = [sample("signal", [signal], SIGNAL_STRENGTH), sample("background", [background], *moved)]
    return make_workspace({"bin": samples}, {"bin": [observed]}, [poi_range(100.0 / signal, 1.0 / signal)])


def of_model(model, observed):
    """A workspace of one of pyhf's ready-made models."""
    return make_workspace(
        {channel["name"]: channel["samples"] for channel in model.spec["channels"]},
        {model.config.channels[0]: observed},
        [poi_range(10.0)],
    )


def uncorrelated():
    return of_model(
        pyhf.simplemodels.uncorrelated_background([12.0, 11.0, 4.0], [50.0, 52.0, 20.0], [3.0, 7.0, 4.0]),
        [51.0, 48.0, 25.0],
    )


def correlated():
    model = pyhf.simplemodels.correlated_background(
        signal=[12.0, 11.0], bkg=[50.0, 52.0], bkg_up=[45.0, 57.0], bkg_down=[55.0, 47.0]
    )
    return of_model(model, [58.0, 60.0])


def with_staterror(*, observed=(43.0, 33.0, 29.0, 18.0)):
    first = np.array([30.0, 22.0, 15.0, 9.0])
    second = np.array([14.0, 12.0, 8.0, 7.0])
    samples = [
        sample("signal", [1.0, 3.0, 5.0, 2.0], SIGNAL_STRENGTH, normsys("efficiency", 1.05, 0.96)),
        sample("first", first, staterror("mc", 0.07 * first), normsys("norm", 1.1, 0.9)),
        sample("second", second, staterror("mc", 0.12 * second)),
    ]
    return make_workspace({"spectrum": samples}, {"spectrum": observed}, [poi_range(20.0)])


def control_region():
    """A background normalised by a control region, luminosity common to both."""
    lumi = {"name": "lumi", "type": "lumi", "data": None}
    scale = {"name": "scale", "type": "normfactor", "data": None}
    channels = {
        "signal_region": [
            sample("signal", [4.0, 6.0], SIGNAL_STRENGTH, lumi),
            sample("main", [21.0, 17.0], scale, histosys("shape", [22.5, 15.9], [20.0, 18.4])),
            sample("rare", [2.0, 3.0], lumi),
        ],
        "control": [
            sample("main", [160.0], scale, histosys("shape", [163.0], [158.0])),
            sample("rare", [8.0], lumi),
        ],
    }
    luminosity = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.025], "bounds": [[0.5, 1.5]], "inits": [1.0]}
    return make_workspace(channels, {"signal_region": [29.0, 26.0], "control": [171.0]}, [luminosity, poi_range(20.0)])


def free_shape():
    """A background of unknown shape, the same in two channels."""
    free = {"name": "free", "type": "shapefactor", "data": None}
    channels = {
        "on": [sample("signal", [5.0, 8.0, 3.0], SIGNAL_STRENGTH), sample("background", [30.0] * 3, free)],
        "off": [sample("background", [90.0] * 3, free, normsys("transfer", 1.06, 0.95))],
    }
    return make_workspace(channels, {"on": [33.0, 41.0, 28.0], "off": [96.0, 101.0, 75.0]}, [poi_range(20.0)])


def magnetic_moment(*, bins=20, observed=None, scale=1.0):
    """A magnetic-moment search: signal falling as 1/T, weak scattering, two backgrounds, an energy scale."""
    edges = np.linspace(0.2, 4.2, bins + 1)
    middle = (edges[1:] + edges[:-1]) / 2.0
    signal = 60.0 * np.log(edges[1:] / edges[:-1])
    weak = 90.0 * (1.0 - middle / 5.0)
    falling = 220.0 * np.exp(-middle / 0.8)
    flat = np.full(bins, 25.0)
    samples = [
        sample("magnetic", scale * signal, SIGNAL_STRENGTH, normsys("flux", 1.03, 0.97)),
        sample("weak", weak, normsys("flux", 1.03, 0.97), histosys("energy", 1.01 * weak, 0.99 * weak)),
        sample(
            "falling",
            falling,
            normsys("falling_norm", 1.08, 0.93),
            histosys("energy", falling * (1.0 + 0.02 * middle), falling * (1.0 - 0.018 * middle)),
            staterror("mc", 0.03 * falling),
        ),
        sample("flat", flat, {"name": "flat_norm", "type": "normfactor", "data": None}),
    ]
    if observed is None:
        rng = np.random.default_rng(3)
        observed = rng.poisson(weak + falling + flat + 0.3 * signal)
    return make_workspace({"recoil": samples}, {"recoil": observed}, [poi_range(10.0 / scale, 1.0 / scale)])


LIBRARY = {
    "counting": counting,
    "uncorrelated": uncorrelated,
    "correlated": correlated,
    "staterror": with_staterror,
    "staterror_deficit": lambda: with_staterror(observed=(39.0, 28.0, 15.0, 14.0)),
    "control_region": control_region,
    "free_shape": free_shape,
    "magnetic_moment": magnetic_moment,
}


@pytest.fixture(scope="session")
def library():
    """The fixed workspaces, by name."""
    return {name: make() for name, make in LIBRARY.items()}


@pytest.fixture(scope="session")
def build():
    """The functions that make workspaces with other numbers."""
    return SimpleNamespace(
        workspace=make_workspace,
        sample=sample,
        normsys=normsys,
        histosys=histosys,
        staterror=staterror,
        poi_range=poi_range,
        counting=counting,
        magnetic_moment=magnetic_moment,
        with_staterror=with_staterror,
        mu=SIGNAL_STRENGTH,
    )


@pytest.fixture
def minuit_backend():
    """Let pyhf fit with Minuit as well as it can; its default optimiser is put back afterwards."""
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(strategy=2, tolerance=1e-3))
    yield
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer())
