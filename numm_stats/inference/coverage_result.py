"""How often constructions cover true values of the parameter of interest: what a study of it found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numm_stats.inference.coverage_blocks import Rule
    from numm_stats.inference.tally import PValue

__all__ = ["CoveragePoint", "CoverageStudy", "Covered"]


@dataclass(frozen=True)
class Covered:
    """How often one construction covers one true value.

    Attributes:
        rule: what does not exclude it; the threshold of "feldman-cousins" is its critical value there.
        part: toys that do not exclude it, and all toys.
        critical_error: of the coverage, from the error of a critical value that comes from toys.
    """

    rule: Rule
    part: PValue
    critical_error: float = 0.0

    @property
    def value(self) -> float:
        """The coverage."""
        return self.part.value

    @property
    def error(self) -> float:
        """Half the 68 % Clopper-Pearson interval, and the error of the critical value in quadrature."""
        return math.hypot(self.part.error, self.critical_error)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON; `low` and `high` are the 68 % Clopper-Pearson interval."""
        low, high = self.part.interval()
        return {
            "construction": self.rule.construction,
            "kind": "upper limit" if self.rule.upper else "interval",
            "threshold": self.rule.threshold,
            "covered": self.part.count,
            "toys": self.part.total,
            "coverage": self.value,
            "error": self.error,
            "low": low,
            "high": high,
        }


@dataclass(frozen=True)
class CoveragePoint:
    """The coverage of one true value `mu` by each construction; `failures` of its toys are left out."""

    mu: float
    covered: tuple[Covered, ...]
    fallbacks: int
    failures: int


@dataclass(frozen=True)
class CoverageStudy:
    """Coverage along the parameter of interest.

    Attributes:
        poi: name of the parameter of interest.
        confidence_level: that the constructions claim.
        points: one for each true value.
        toys: analysed at each true value; the critical values of "feldman-cousins" take twice as many others.
        seed: of the toys.
        seconds: that they took.
        warnings: what a reader should know.
    """

    poi: str
    confidence_level: float
    points: tuple[CoveragePoint, ...]
    toys: int
    seed: int
    seconds: float
    warnings: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What the constructions are called, in the order of `CoveragePoint.covered`."""
        return tuple(covered.rule.label for covered in self.points[0].covered)

    @property
    def fallbacks(self) -> int:
        """Fits that went to iminuit."""
        return sum(point.fallbacks for point in self.points)

    @property
    def failures(self) -> int:
        """Toys of which a fit failed there too."""
        return sum(point.failures for point in self.points)
