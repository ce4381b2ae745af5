"""Four workspaces to measure speed on: magnetic-moment fits of growing size, from formulas, the same each time.

| name | bins | parameters | what |
|---|---|---|---|
| `small` | 20 | 4 | signal, weak scattering; two normalisations, an energy scale |
| `main` | 60 | 8 | the same with four backgrounds |
| `large_nostat` | 3 x 200 | 31 | three channels, shape systematics |
| `large` | 3 x 200 | 631 | the same with statistical uncertainties of the templates |

The parameter of interest is mu = (mu_nu / 1e-11)^2, the signal falls as 1/T - 1/E, the observations are the Asimov set
of mu = 0.

Usage: python benchmarks/workspaces.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Spec = dict[str, Any]

__all__ = ["NAMES", "build", "write"]

NAMES = ("small", "main", "large_nostat", "large")
RANGE_MEV = (0.25, 4.0)
NEUTRINO_ENERGY_MEV = 7.0
SCALE = 0.01  # one standard deviation of the energy scale
SIMULATED = 10.0  # simulated events for each expected one

SHAPES: dict[str, Callable[[Array], Array]] = {
    "signal": lambda t: 1.0 / t - 1.0 / NEUTRINO_ENERGY_MEV,
    "weak": lambda t: 0.3 + (1.0 - t / NEUTRINO_ENERGY_MEV) ** 2,
    "radon": lambda t: np.exp(-t / 0.7),
    "flat": np.ones_like,
    "tl208": lambda t: np.exp(-0.5 * ((t - 2.6) / 0.12) ** 2) + 0.02,
    "cosmo": lambda t: np.exp(-0.5 * ((t - 1.5) / 0.8) ** 2),
}
EVENTS = {"signal": 900.0, "weak": 280_000.0, "radon": 90_000.0, "flat": 30_000.0, "tl208": 9_000.0, "cosmo": 1_200.0}
NORMALISATIONS = {
    "exposure": (0.99, 1.01),
    "weak": (0.993, 1.007),
    "radon": (0.98, 1.02),
    "flat": (0.95, 1.05),
    "tl208": (0.92, 1.10),
    "cosmo": (0.85, 1.20),
    "efficiency": (0.99, 1.01),
}
LARGE_CHANNELS = {"inner": 0.5, "middle": 0.3, "outer": 0.2}  # and their shares of all events


def build(name: str) -> Spec:
    """Return one of the four as a pyhf workspace.

    Raises:
        KeyError: for a name that is not in `NAMES`.
    """
    channels = {
        "small": lambda: [_channel("detector", _energies(20), ("signal", "weak"))],
        "main": lambda: [_channel("detector", _energies(60), tuple(SHAPES))],
        "large_nostat": lambda: [_large_channel(*item) for item in LARGE_CHANNELS.items()],
        "large": lambda: [_with_statistics(_large_channel(*item)) for item in LARGE_CHANNELS.items()],
    }[name]()
    poi = {"name": "mu", "bounds": [[0.0, 50.0]], "inits": [1.0]}
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": [{"name": channel["name"], "data": _background(channel)} for channel in channels],
        "measurements": [{"name": name, "config": {"poi": "mu", "parameters": [poi]}}],
    }


def write(folder: Path) -> list[Path]:
    """Write all four into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.json" for name in NAMES]
    for path in paths:
        path.write_text(json.dumps(build(path.stem)))
    return paths


def _energies(bins: int) -> Array:
    """Bin centres [MeV]."""
    edges = np.linspace(*RANGE_MEV, bins + 1)
    return 0.5 * (edges[1:] + edges[:-1])


def _counts(sample: str, energies: Array, scale: float = 0.0) -> Array:
    """Expected counts of the whole exposure, recoil energies measured 1 + scale times too high."""
    shape = SHAPES[sample]
    return EVENTS[sample] * shape(energies / (1.0 + scale)) / ((1.0 + scale) * shape(energies).sum())


def _channel(name: str, energies: Array, samples: tuple[str, ...], share: float = 1.0) -> Spec:
    """A detector that sees a share of the events."""
    return {"name": name, "samples": [_sample(sample, energies, share) for sample in samples]}


def _sample(sample: str, energies: Array, share: float) -> Spec:
    """The exposure scales all, a normalisation each background, the energy scale moves what neutrinos do."""
    modifiers = [_normsys("exposure", "exposure")]
    if sample == "signal":
        modifiers.append({"name": "mu", "type": "normfactor", "data": None})
    else:
        modifiers.append(_normsys(f"{sample}_norm", sample))
    if sample in {"signal", "weak"}:
        modifiers.append(_histosys("scale", *(share * _counts(sample, energies, scale) for scale in (SCALE, -SCALE))))
    return {"name": sample, "data": (share * _counts(sample, energies)).tolist(), "modifiers": modifiers}


def _large_channel(name: str, share: float) -> Spec:
    """A share of the events; all but exposure, weak and cosmogenic normalisation belong to this channel alone."""
    energies = _energies(200)
    channel = _channel(name, energies, tuple(SHAPES), share)
    for sample in channel["samples"]:
        for modifier in sample["modifiers"]:
            if modifier["name"] not in {"mu", "exposure", "weak_norm", "cosmo_norm"}:
                modifier["name"] += f"_{name}"
        sample["modifiers"] += _shape_systematics(name, sample, energies)
    return channel


def _shape_systematics(channel: str, sample: Spec, energies: Array) -> list[Spec]:
    """An efficiency and a resolution of what neutrinos do, a tilt of each radioactive background."""
    nominal, kind = np.array(sample["data"]), sample["name"]
    wave, tilt = 0.005 * np.cos(np.pi * energies), 0.02 * (energies - np.mean(RANGE_MEV))
    resolution = _histosys(f"resolution_{channel}", nominal * (1.0 + wave), nominal * (1.0 - wave))
    shape = _histosys(f"shape_{kind}_{channel}", nominal * (1.0 + tilt), nominal * (1.0 - 0.8 * tilt))
    efficiency = _normsys(f"efficiency_{channel}", "efficiency")
    return {"signal": [efficiency], "weak": [efficiency, resolution], "cosmo": []}.get(kind, [shape])


def _with_statistics(channel: Spec) -> Spec:
    for sample in channel["samples"][1:]:
        errors = np.sqrt(np.array(sample["data"]) / SIMULATED).tolist()
        sample["modifiers"].append({"name": f"statistics_{channel['name']}", "type": "staterror", "data": errors})
    return channel


def _normsys(name: str, size: str) -> Spec:
    low, high = NORMALISATIONS[size]
    return {"name": name, "type": "normsys", "data": {"lo": low, "hi": high}}


def _histosys(name: str, high: Array, low: Array) -> Spec:
    return {"name": name, "type": "histosys", "data": {"hi_data": high.tolist(), "lo_data": low.tolist()}}


def _background(channel: Spec) -> list[float]:
    """The Asimov observations of mu = 0."""
    return np.sum([sample["data"] for sample in channel["samples"] if sample["name"] != "signal"], axis=0).tolist()


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit(__doc__)
    for written in write(Path(sys.argv[1])):
        print(written)
