"""Templates to a pyhf workspace: one channel, samples with their modifiers, observations, one measurement."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.workspace.poi import PointOfInterest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from numm_stats.templates.templates import Template, Templates

    Array = NDArray[np.float64]

__all__ = ["ASIMOV_SUFFIX", "POI_BOUNDS", "build_channels_spec", "build_spec", "digest", "rounded", "to_text"]

ASIMOV_SUFFIX = "_asimov"
POI_BOUNDS = (0.0, 10.0)
SIGNIFICANT_DIGITS = 10
SCHEMA_VERSION = "1.0.0"


def build_spec(
    channel: str,
    templates: Templates,
    pois: Sequence[str],
    *,
    observed: Sequence[float] | None = None,
    injected: Sequence[float] = (),
    bounds: tuple[float, float] = POI_BOUNDS,
    truth: Templates | None = None,
) -> dict[str, Any]:
    """Return the pyhf workspace of an analysis.

    Args:
        channel: name of the channel and of the measurement.
        templates: samples with their systematics.
        pois: normfactor of each power of the signal, in the templates' order; the first is the parameter of interest.
        observed: counts in each bin; None for the Asimov set of background and `injected` signal.
        injected: what each signal sample of the truth is multiplied with in the Asimov set, those beside included, zero
            by default.
        bounds: of the parameters that scale signals.
        truth: templates that the Asimov set is made of, where they are not those of the model.

    Returns:
        A dictionary that pyhf's schema accepts, numbers rounded to ten significant digits.

    Raises:
        InputError: if the number of observed counts is not the number of bins, a count is negative or not finite, or
            the truth has other bins or channels than the model.
    """
    made_of = truth or templates
    _check_truth(templates, made_of)
    if channel in templates.beside:
        raise InputError(f"name = '{channel}' is that of a measurement beside: give the analysis another name")
    counts = _asimov(made_of, injected) if observed is None else _checked(observed, len(templates.background_counts))
    channels, observations = [_channel(channel, templates, pois)], [{"name": channel, "data": counts}]
    for name, side in templates.beside.items():
        expected = _asimov(made_of.beside[name].templates, injected)
        channels.append(_channel(name, side.templates, pois))
        observations.append({"name": name, "data": expected if observed is None else list(side.observed)})
    free = _free([templates, *(side.templates for side in templates.beside.values())])
    measurement = channel + (ASIMOV_SUFFIX if observed is None else "")
    return _spec(measurement, channels, observations, _parameters(pois, bounds, free))


def build_channels_spec(
    name: str,
    channels: Mapping[str, Templates],
    pois: Sequence[str],
    *,
    observed: Mapping[str, Sequence[float]] | None = None,
    injected: Sequence[float] = (),
    bounds: tuple[float, float] = POI_BOUNDS,
) -> dict[str, Any]:
    """Return the pyhf workspace of several channels with the same signals and systematics.

    Args:
        name: of the measurement.
        channels: samples with their systematics, by the channel's name.
        pois: normfactor of each power of the signal, in the templates' order; the first is the parameter of interest.
        observed: counts in each bin by channel; None for the Asimov set of background and `injected` signal.
        injected: what each signal sample is multiplied with in the Asimov set, zero by default.
        bounds: of the parameters that scale signals.

    Returns:
        A dictionary that pyhf's schema accepts, numbers rounded to ten significant digits.

    Raises:
        InputError: if the number of observed counts is not the number of bins, or a count is negative or not finite.
    """
    observations = []
    for channel, templates in channels.items():
        bins = len(templates.background_counts)
        counts = _asimov(templates, injected) if observed is None else _checked(observed[channel], bins)
        observations.append({"name": channel, "data": counts})
    made = [_channel(channel, templates, pois) for channel, templates in channels.items()]
    measurement = name + (ASIMOV_SUFFIX if observed is None else "")
    return _spec(measurement, made, observations, _parameters(pois, bounds, _free(channels.values())))


def _parameters(
    pois: Sequence[str], bounds: tuple[float, float], free: Mapping[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    ranges = {**dict.fromkeys(pois, bounds), **free}
    return [{"name": name, "bounds": [list(of)], "inits": [1.0]} for name, of in ranges.items()]


def _spec(
    measurement: str,
    channels: list[dict[str, Any]],
    observations: list[dict[str, Any]],
    parameters: list[dict[str, Any]],
) -> dict[str, Any]:
    config = {"poi": parameters[0]["name"], "parameters": parameters}
    spec = {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": measurement, "config": config}],
        "version": SCHEMA_VERSION,
    }
    result: dict[str, Any] = rounded(spec)
    return result


def to_text(spec: dict[str, Any]) -> str:
    """Return the same text for the same workspace, on every machine: fixed order, ten digits, short lists in a line."""
    return _render(rounded(spec), 0) + "\n"


def digest(spec: dict[str, Any]) -> str:
    """Return the SHA-256 of a workspace, as `pyhf digest` computes it: of the JSON in one line with sorted keys.

    >>> digest({"a": 1})[:12]
    'f9d86028c6e0'
    """
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False).encode("utf8")
    return hashlib.sha256(text).hexdigest()


def rounded(value: Any) -> Any:
    """Return JSON data with every float rounded to ten significant digits.

    >>> rounded({"data": [1 / 3]})
    {'data': [0.3333333333]}
    """
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")
    return value


def signal_parameters(kind: str, reference: float) -> tuple[PointOfInterest, ...]:
    """Return the parameters of a signal of kind "mu_nu2", "g4" or "g2+g4" at a reference, the one of interest first."""
    return tuple(PointOfInterest.of_kind(part, reference) for part in kind.split("+"))


def _channel(name: str, templates: Templates, pois: Sequence[str]) -> dict[str, Any]:
    powers = dict.fromkeys(template.power for template in templates.signals.values())
    strengths = dict(zip(powers, pois, strict=True)) if powers else {}
    samples = [_sample(key, t, strengths.get(t.power), name) for key, t in templates.samples.items()]
    return {"name": name, "samples": samples}


def _check_truth(templates: Templates, truth: Templates) -> None:
    """Refuse a truth that counts in other bins, or lacks a measurement that the model has beside."""
    if not np.array_equal(truth.edges, templates.edges):
        raise InputError("data.truth has other bins than the model: [binning] must be that of the analysis")
    for name, side in templates.beside.items():
        if name not in truth.beside:
            raise InputError(f"data.truth has no '{name}', which the model has beside: it must stay in the truth")
        if not np.array_equal(truth.beside[name].templates.edges, side.templates.edges):
            raise InputError(f"data.truth has other bins in '{name}' than the model: they must be the same")


def _free(channels: Iterable[Templates]) -> dict[str, tuple[float, float]]:
    """Return the bounds of the free parameters besides the strengths of the signal."""
    every = [template for templates in channels for template in templates.samples.values()]
    return {name: bounds for template in every for name, bounds in template.scales.items()}


def _sample(name: str, template: Template, strength: str | None, channel: str) -> dict[str, Any]:
    free = (*(() if strength is None else (strength,)), *template.scales)
    modifiers: list[dict[str, Any]] = [{"name": factor, "type": "normfactor", "data": None} for factor in free]
    if template.by_bin is not None:
        modifiers.append({"name": template.by_bin, "type": "shapefactor", "data": None})
    for systematic, (high, low) in template.normalisations.items():
        modifiers.append({"name": systematic, "type": "normsys", "data": {"hi": high, "lo": low}})
    for systematic, (up, down) in template.variations.items():
        sides = {"hi_data": up.values().tolist(), "lo_data": down.values().tolist()}
        modifiers.append({"name": systematic, "type": "histosys", "data": sides})
    if template.statistical is not None:
        _refuse_negative(name, template.counts)
        modifiers.append({"name": f"staterror_{channel}", "type": "staterror", "data": template.statistical.tolist()})
    return {"name": name, "data": template.counts.tolist(), "modifiers": modifiers}


def _refuse_negative(name: str, counts: Array) -> None:
    if (counts < 0.0).any():
        worst = int(np.argmin(counts))
        raise InputError(
            f"sample '{name}' is negative in bin {worst} ({counts[worst]:.4g}): it cannot have a staterror"
        )


def _asimov(templates: Templates, injected: Sequence[float]) -> list[float]:
    total = sum(rounded_array(template.counts) for template in templates.backgrounds.values())
    for strength, template in zip(injected, templates.signals.values(), strict=False):
        total = total + strength * rounded_array(template.counts)
    counts = np.asarray(total)
    if (counts < 0.0).any():
        worst = int(np.argmin(counts))
        raise InputError(f"the Asimov set has {counts[worst]:.4g} counts in bin {worst}: inject a smaller coupling")
    return [float(count) for count in counts]


def rounded_array(counts: Array) -> Array:
    """Return counts as the workspace states them, so that Asimov data equal the sum of its samples."""
    return np.array(rounded(counts.tolist()))


def _checked(observed: Sequence[float], bins: int) -> list[float]:
    if len(observed) != bins:
        raise InputError(f"[data] has {len(observed)} counts for {bins} bins: they must be as many")
    for position, count in enumerate(observed):
        if not math.isfinite(count) or count < 0.0:
            raise InputError(f"[data] count {position} is {count}: must be finite and not negative")
    return [float(count) for count in observed]


def _render(value: Any, depth: int) -> str:
    """JSON with one line for each list of numbers: a diff of two workspaces shows what moved."""
    indent = "  " * (depth + 1)
    if isinstance(value, dict) and value:
        rows = (f"{indent}{json.dumps(key)}: {_render(entry, depth + 1)}" for key, entry in value.items())
        return "{\n" + ",\n".join(rows) + "\n" + "  " * depth + "}"
    if isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        rows = (indent + _render(entry, depth + 1) for entry in value)
        return "[\n" + ",\n".join(rows) + "\n" + "  " * depth + "]"
    return json.dumps(value)
