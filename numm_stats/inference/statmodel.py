"""A workspace as something to infer from: compiled model, observed data, parameter of interest."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.inference.foreign import ForeignModel, model_of
from numm_stats.inference.likelihood import Dataset, Likelihood

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyhf
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.inference.compiled import CompiledModel, Parameters

    Array = NDArray[np.float64]

__all__ = ["ASIMOV_SUFFIX", "StatisticalModel", "read_workspace", "statistical_model_of", "validated"]

ASIMOV_SUFFIX = "_asimov"


@dataclass(frozen=True)
class StatisticalModel:
    """One measurement of one workspace, ready for inference.

    Attributes:
        name: the measurement's name.
        model: the compiled model, or one that pyhf evaluates.
        data: observed counts and auxiliary measurements.
        poi: name of the parameter of interest.
        asimov: whether the observations are an Asimov set, so that no observed result may be quoted.
    """

    name: str
    model: CompiledModel | ForeignModel
    data: Dataset
    poi: str
    asimov: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of any result should know: why the model is not compiled, if it is not."""
        return (self.model.note,) if isinstance(self.model, ForeignModel) else ()

    @cached_property
    def poi_index(self) -> int:
        """Position of the parameter of interest."""
        return self.model.parameters.index(self.poi)

    @property
    def likelihood(self) -> Likelihood:
        """The likelihood of the observed data."""
        return Likelihood(self.model, self.data)

    def index(self, name: str) -> int:
        """Return the position of a parameter; an InputError that suggests the nearest where it does not exist."""
        names = self.model.parameters.names
        if name not in names:
            raise InputError(
                f"parameter '{name}' is not in the workspace{nearest(name, names)}; it has {', '.join(names)}"
            )
        return names.index(name)

    def with_lowest(self, lowest: float) -> StatisticalModel:
        """Return the same model with another lower bound of the parameter of interest."""
        parameters = self.model.parameters
        bounds = parameters.bounds.copy()
        bounds[self.poi_index, 0] = lowest
        return replace(self, model=replace(self.model, parameters=replace(parameters, bounds=bounds)))

    def with_data(self, data: Dataset) -> StatisticalModel:
        """Return the same model with other data."""
        return replace(self, data=data)

    def above_zero(self) -> StatisticalModel:
        """Return the same with mu >= 0, where limits are defined, whatever the measurement allows or forbids."""
        return self if self.model.parameters.bounds[self.poi_index, 0] == 0.0 else self.with_lowest(0.0)

    def asimov_data(self, theta: Array) -> Dataset:
        """Return the Asimov set of theta (p,): main and auxiliary data at their expectation."""
        return Dataset(self.model.expected(theta), self.model.constraints.expected(theta))


def read_workspace(
    workspace: pyhf.Workspace | dict[str, Any],
    *,
    poi: str | None = None,
    measurement: str | None = None,
    powers: Mapping[str, tuple[str, int]] | None = None,
) -> StatisticalModel:
    """Return the statistical model of a pyhf workspace, anyone's.

    Args:
        workspace: a `pyhf.Workspace` or the dictionary of one; it is validated by pyhf.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first; that of its Asimov copy may lack "_asimov".
        powers: normfactors tied to powers of another parameter, see `compile_model`.

    Raises:
        InputError: if it is no workspace, or the measurement or the parameter is not there.
    """
    import pyhf  # noqa: PLC0415  half a second that only those who infer pay

    space = validated(workspace)
    measurement = _measurement(space.measurement_names, measurement)
    try:
        chosen = space.get_measurement(measurement_name=measurement)
        model = space.model(measurement_name=measurement, poi_name=None, validate=False)  # the workspace is validated
        observed = space.data(model, include_auxdata=False)
    except (pyhf.exceptions.InvalidModel, pyhf.exceptions.InvalidModifier, pyhf.exceptions.InvalidMeasurement,
            pyhf.exceptions.InvalidNameReuse, KeyError, ValueError, AssertionError) as error:  # fmt: skip
        reason = str(error) or "pyhf wants a staterror of several channels on the same samples in each of them"
        raise InputError(f"the workspace is no consistent model: {reason}") from error
    compiled = model_of(model, powers)
    _check_bounds(compiled.parameters)
    interest = _parameter_of_interest(compiled.parameters, poi, str(chosen["config"]["poi"]))
    data = Dataset.from_counts(observed, compiled.nominal_auxiliary)
    _check_lengths(compiled, space.observations)
    name = str(chosen["name"])
    return StatisticalModel(
        name, _without_upper_bound(compiled, interest), data, interest, name.endswith(ASIMOV_SUFFIX)
    )


def statistical_model_of(
    model: pyhf.Model,
    data: ArrayLike,
    *,
    poi: str | None = None,
    name: str = "model",
    powers: Mapping[str, tuple[str, int]] | None = None,
    asimov: bool = False,
) -> StatisticalModel:
    """Return the statistical model of a `pyhf.Model`, with modifiers of one's own if it has some, and data.

    Args:
        model: any model of pyhf 0.7.
        data: as pyhf's functions take them: main counts and then auxiliary data; or main counts alone, with the
            model's auxiliary data.
        poi: parameter of interest, where it is not the model's.
        name: of the measurement.
        powers: normfactors tied to powers of another parameter, see `compile_model`.
        asimov: whether the data are an Asimov set, so that no observed result may be quoted.

    Raises:
        InputError: if the model is wrong in itself, the parameter is not there, or the data are not as many.
    """
    compiled = model_of(model, powers)
    _check_bounds(compiled.parameters)
    interest = _parameter_of_interest(compiled.parameters, poi, model.config.poi_name or "")
    counts, auxiliary = _split(np.asarray(data, dtype=float), compiled)
    return StatisticalModel(
        name, _without_upper_bound(compiled, interest), Dataset.from_counts(counts, auxiliary), interest, asimov
    )


def validated(workspace: pyhf.Workspace | dict[str, Any], where: str = "the workspace") -> pyhf.Workspace:
    """Return a dictionary as a `pyhf.Workspace`.

    Raises:
        InputError: naming `where`, if pyhf's schema refuses it, or a number is NaN or infinite, which Python reads from
            JSON and the schema lets pass.
    """
    import pyhf  # noqa: PLC0415

    try:
        space = workspace if isinstance(workspace, pyhf.Workspace) else pyhf.Workspace(workspace)
    except (pyhf.exceptions.InvalidSpecification, pyhf.exceptions.SchemaNotFound) as error:
        raise InputError(f"{where}: not a pyhf workspace: {' '.join(str(error).split())}") from error
    for channel in space["channels"]:
        for sample in channel["samples"]:
            place = f"{where}: channel '{channel['name']}', sample '{sample['name']}'"
            _refuse_not_finite(sample["data"], place)
            for modifier in sample["modifiers"]:
                _refuse_not_finite(modifier.get("data"), f"{place}, modifier '{modifier['name']}'")
    for entry in space["observations"]:
        for position, count in enumerate(entry["data"]):
            if not math.isfinite(count):
                place = f"{where}: channel '{entry['name']}', observed count {count} in bin {position}"
                raise InputError(f"{place}: must be finite and not negative")
    return space


def _refuse_not_finite(data: Any, place: str) -> None:
    """Refuse NaN and infinity in counts by bin, or in what a modifier holds: one number or list for each side."""
    if isinstance(data, dict):
        for key, entry in data.items():
            _refuse_not_finite(entry, f"{place}, {key}")
    elif isinstance(data, list | tuple):
        for position, value in enumerate(data):
            if not math.isfinite(value):
                raise InputError(f"{place}, bin {position} is {value}: must be a finite number")
    elif isinstance(data, int | float) and not math.isfinite(data):
        raise InputError(f"{place} is {data}: must be a finite number")


def _measurement(names: list[str], asked: str | None) -> str | None:
    """Return the name of the measurement: of several, pyhf takes the first with a message that nobody asked for."""
    if asked is None:
        return names[0] if names else None
    for name in (asked, f"{asked}{ASIMOV_SUFFIX}"):
        if name in names:
            return name
    raise InputError(f"measurement '{asked}' is not in the workspace: it has {', '.join(names)}")


def _split(data: Array, compiled: CompiledModel | ForeignModel) -> tuple[Array, Array]:
    """Return main counts (b,) and auxiliary data (a,) of data in pyhf's order."""
    bins, more = compiled.bin_count, len(compiled.nominal_auxiliary)
    if data.shape == (bins,):
        return data, compiled.nominal_auxiliary
    if data.shape == (bins + more,):
        return data[:bins], data[bins:]
    raise InputError(
        f"data of shape {data.shape}: must be {bins} main counts, followed by {more} auxiliary data or none"
    )


def _check_bounds(parameters: Parameters) -> None:
    for name, (low, high) in zip(parameters.names, parameters.bounds.tolist(), strict=True):
        if not low < high:
            raise InputError(f"parameter '{name}' has the bounds [{low:g}, {high:g}]: the first must be the lower one")


def _without_upper_bound(compiled: CompiledModel | ForeignModel, poi: str) -> CompiledModel | ForeignModel:
    """Lift the upper bound of the parameter of interest.

    It is a hint for optimisers: a best fit that it cut off would make every limit depend on the unit of the parameter.
    """
    parameters = compiled.parameters
    bounds = parameters.bounds.copy()
    bounds[parameters.index(poi), 1] = np.inf
    return replace(compiled, parameters=replace(parameters, bounds=bounds))


def _parameter_of_interest(parameters: Parameters, asked: str | None, stated: str) -> str:
    name = asked or stated
    names = parameters.names
    if not name:
        raise InputError(f"the measurement names no parameter of interest: choose one of {', '.join(names)}")
    if name not in names:
        raise InputError(
            f"parameter of interest '{name}' is not in the workspace{nearest(name, names)}; it has {', '.join(names)}"
        )
    return name


def _check_lengths(compiled: CompiledModel | ForeignModel, observations: Mapping[str, Any]) -> None:
    for channel in compiled.channels:
        given, bins = len(observations[channel.name]), channel.bins.stop - channel.bins.start
        if given != bins:
            raise InputError(f"channel '{channel.name}': {given} observed counts for {bins} bins: they must be as many")
