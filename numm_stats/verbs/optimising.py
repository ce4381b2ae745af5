"""The value of one key, such as the ratio that bounds a region, at which the expected limit is best."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from numm_stats.analyses.reading import parse_analysis, replaced
from numm_stats.assembly.angular_samples import in_channels
from numm_stats.assembly.assembling import assemble_samples, assemble_signal, poi_kind, provisional_reference
from numm_stats.errors import InputError
from numm_stats.verbs.loading import with_data
from numm_stats.verbs.pipeline import analysis_of, model_above_zero, with_reference
from numm_stats.verbs.results import versions
from numm_stats.workspace.poi import PointOfInterest
from numm_stats.workspace.spec import build_spec, signal_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.templates.templates import Template
    from numm_stats.verbs.pipeline import Target

__all__ = ["RATIO", "Optimum", "Tried", "optimise"]

RATIO: Final = "binning.region.ratio"
FEWEST_POINTS, MOST_POINTS = 3, 1000
REFINED_TO: Final = 1e-3  # of the distance between two points of the grid
MOST_STEPS: Final = 40


@dataclass(frozen=True)
class Tried:
    """One value.

    Attributes:
        value: of the key.
        limit: median expected CLs limit in the physical quantity; None where the value makes no analysis.
        why: it makes none.
    """

    value: float
    limit: float | None
    why: str = ""


@dataclass(frozen=True)
class Optimum:
    """The best expected limit along one key.

    Attributes:
        analysis: its name.
        key: that was varied, as `--set` names it.
        poi: what the parameter of interest means.
        confidence_level: of the limits.
        best: the value with the smallest limit.
        limit: there, in the physical quantity.
        tried: all values, in increasing order.
    """

    analysis: str
    key: str
    poi: PointOfInterest
    confidence_level: float
    best: float
    limit: float
    tried: tuple[Tried, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats optimise --json`."""
        return {
            "analysis": self.analysis,
            "key": self.key,
            "quantity": self.poi.quantity,
            "unit": self.poi.unit,
            "confidence_level": self.confidence_level,
            "best": self.best,
            "limit": self.limit,
            "tried": [{"value": each.value, "limit": each.limit, "why": each.why or None} for each in self.tried],
            "versions": versions(),
        }


def optimise(
    target: Target,
    key: str = RATIO,
    *,
    low: float = 0.01,
    high: float = 10.0,
    points: int = 13,
    refine: bool = True,
    confidence_level: float = 0.9,
) -> Optimum:
    """Return the value of a key between two at which the median expected CLs limit is smallest.

    A grid of points, of equal ratios where both ends are positive; then a bounded search (Brent) between the neighbours
    of the best. Limits that step from bin to bin are searched as well as such a search can: the best of all is taken.

    Args:
        target: an analysis.
        key: of a number, as `--set` names it: the ratio C that bounds a region, the detector's threshold.
        low: smallest value.
        high: largest value.
        points: of the grid.
        refine: whether to search between them.
        confidence_level: between 0 and 1.

    Raises:
        InputError: if the range or the number of points makes no sense, the analysis can have no region and no other
            key is stated, or no value makes an analysis.
        ComputationError: if a fit fails.
    """
    _check(low, high, points)
    _check_region(analysis_of(target), key)
    search = _Search(_limits_at(analysis_of(target), key, confidence_level))
    scale: tuple[Callable[[float], float], Callable[[float], float]] = (float, float)
    if low > 0.0:
        scale = (math.log, math.exp)
    start, step = scale[0](low), (scale[0](high) - scale[0](low)) / (points - 1)
    grid = [low, *(scale[1](start + k * step) for k in range(1, points - 1)), high]
    for value in grid:
        search(value)
    best = search.best()
    if refine:
        place = grid.index(best.value)
        ends = grid[max(place - 1, 0)], grid[min(place + 1, points - 1)]
        _refine(search, ends, step, scale)
    return search.optimum(analysis_of(target), key, confidence_level)


@dataclass
class _Search:
    """A function that remembers what it found."""

    limit_at: Callable[[float], float]
    found: dict[float, Tried] = field(default_factory=dict)

    def __call__(self, value: float) -> float:
        if value not in self.found:
            try:
                self.found[value] = Tried(value, self.limit_at(value))
            except InputError as error:
                self.found[value] = Tried(value, None, str(error))
        limit = self.found[value].limit
        return math.inf if limit is None else limit

    def best(self) -> Tried:
        made = [tried for tried in self.found.values() if tried.limit is not None]
        if not made:
            raise InputError(next(iter(self.found.values())).why)
        return min(made, key=lambda tried: float(tried.limit or math.inf))

    def optimum(self, analysis: Analysis, key: str, confidence_level: float) -> Optimum:
        best = self.best()
        meaning = PointOfInterest.of_kind(poi_kind(assemble_signal(analysis, 1.0)).split("+")[0], 1.0)
        tried = tuple(self.found[value] for value in sorted(self.found))
        return Optimum(analysis.name, key, meaning, confidence_level, best.value, float(best.limit or 0.0), tried)


def _refine(
    search: _Search,
    ends: tuple[float, float],
    step: float,
    scale: tuple[Callable[[float], float], Callable[[float], float]],
) -> None:
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    to, back = scale
    # a limit that is nowhere to be had must not become an infinity inside the search
    highest = max(tried.limit for tried in search.found.values() if tried.limit is not None)
    bounded = tuple(to(end) for end in ends)
    options = {"xatol": REFINED_TO * step, "maxiter": MOST_STEPS}
    minimize_scalar(lambda x: min(search(back(x)) / highest, 2.0), bounds=bounded, method="bounded", options=options)


def _limits_at(analysis: Analysis, key: str, confidence_level: float) -> Callable[[float], float]:
    """Return the expected limit as a function of the key; of a region's ratio all bins are filled only once."""
    blind = with_data(analysis, "asimov")
    if key == RATIO:
        return _region_limits(blind, confidence_level)

    def limit_at(value: float) -> float:
        changed = _with(blind, key, value)
        return _expected(with_reference(changed, provisional_reference(changed)), confidence_level)

    return limit_at


def _region_limits(analysis: Analysis, confidence_level: float) -> Callable[[float], float]:
    reference = provisional_reference(analysis)
    filled: list[tuple[dict[str, Template], dict[str, Template]]] = []

    def limit_at(ratio: float) -> float:
        changed = _with(analysis, RATIO, ratio)
        if not filled:
            filled.append(assemble_samples(changed, reference))
        templates = in_channels(changed, *filled[0], None, reference)
        pois = signal_parameters(poi_kind(assemble_signal(changed, reference)), reference)
        return _expected(build_spec(changed.name, templates, [poi.name for poi in pois]), confidence_level)

    return limit_at


def _expected(target: Target, confidence_level: float) -> float:
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415

    model, meaning, _ = model_above_zero(target)
    return meaning.physical(upper_limit(model, "cls", confidence_level=confidence_level).median)


def _with(analysis: Analysis, key: str, value: float) -> Analysis:
    where = f"{analysis.name}, {key} = {value:g}"
    document = replaced(analysis.to_document(), key, value, where)
    if key == RATIO:
        document["binning"].pop("minimum_events", None)  # of bins that a region merges anyway
    return parse_analysis(document, where)


def _check(low: float, high: float, points: int) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"--between {low:g},{high:g}: must be two finite numbers, the smaller one first")
    if not FEWEST_POINTS <= points <= MOST_POINTS:
        raise InputError(f"--points {points}: must be {FEWEST_POINTS} to {MOST_POINTS}")


def _check_region(analysis: Analysis, key: str) -> None:
    if key == RATIO and (analysis.off is not None or analysis.binning.recoil_mev is None):
        why = "with [off]" if analysis.off is not None else "in bins of hits"
        raise InputError(
            f"{analysis.name}: a region of energy and angle cannot be had {why}; state the number to vary, as in "
            "--key exposure.days --between 100,1000"
        )
