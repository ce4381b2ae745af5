"""A two-sided interval in the physical quantity, with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numm_stats.verbs.results import versions

if TYPE_CHECKING:
    from numm_stats.inference.intervals import ConfidenceRegion
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["Interval"]


@dataclass(frozen=True)
class Interval:
    """A two-sided interval of a moment, a coupling, or a foreign workspace's parameter, in all its pieces.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        parameter: the interval of it.
    """

    analysis: str
    poi: PointOfInterest
    parameter: ConfidenceRegion

    @property
    def best(self) -> float:
        """Best fit of the physical quantity, zero or more but for one of either sign."""
        return self.poi.physical(self.parameter.best)

    @property
    def intervals(self) -> tuple[tuple[float, float], ...]:
        """Accepted (low, high) of the physical quantity, ascending and disjoint."""
        return tuple((self.poi.physical(low), self.poi.physical(high)) for low, high in self.parameter.intervals)

    @property
    def uncertainty(self) -> float:
        """Uncertainty of the highest edge, numerical or, from toys, statistical."""
        return self.poi.uncertainty(self.parameter.high, self.parameter.uncertainty)

    @property
    def label(self) -> str:
        """The construction, with its prior where it has one."""
        prior = self.parameter.prior
        return self.parameter.construction + (f", {prior}" if prior else "")

    @property
    def pieces(self) -> str:
        """The intervals in words: "[0, 1.2e-11] and [2e-11, 3e-11]"."""
        return " and ".join(f"[{low:.4g}, {high:.4g}]" for low, high in self.intervals)

    def __str__(self) -> str:
        unit = f" {self.poi.unit}" if self.poi.unit != "1" else ""
        level = f"{100.0 * self.parameter.confidence_level:g} %"
        quoted = f"{self.poi.quantity} in {self.pieces}{unit} at {level} C.L., {self.label}"
        return f"{self.analysis}: {quoted} (best fit {self.best:.4g})"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats interval --json`."""
        region = self.parameter
        return {
            "analysis": self.analysis,
            "quantity": self.poi.quantity,
            "unit": self.poi.unit,
            "confidence_level": region.confidence_level,
            "construction": region.construction,
            "calculator": region.calculator,
            "best": self.best,
            "intervals": [list(edges) for edges in self.intervals],
            "uncertainty": self.uncertainty,
            "prior": region.prior,
            "poi": {
                "name": region.poi,
                "reference": self.poi.reference,
                "best": region.best,
                "intervals": [list(edges) for edges in region.intervals],
            },
            "toys": region.toys,
            "seconds": region.seconds,
            "fallbacks": region.fallbacks,
            "failures": region.failures,
            "warnings": list(region.warnings),
            "versions": versions(),
        }
