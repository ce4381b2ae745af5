"""Results in physical quantities: what people quote, with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numm_stats.inference.contour import Contours
    from numm_stats.inference.limits import UpperLimit
    from numm_stats.inference.profile import ProfileScan
    from numm_stats.inference.significance import Discovery
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["ClsCurve", "CouplingMap", "Limit", "Region", "Scan", "Significance"]


@dataclass(frozen=True)
class Limit:
    """An upper limit on a moment, a coupling, or a foreign workspace's parameter.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        parameter: the limit on it.
        configurations: the single limits, where it is that of an average over configurations.
    """

    analysis: str
    poi: PointOfInterest
    parameter: UpperLimit
    configurations: tuple[Limit, ...] = ()

    @property
    def quantity(self) -> str:
        """What is limited: neutrino magnetic moment, coupling, or the parameter's own name."""
        return self.poi.quantity

    @property
    def observed(self) -> float | None:
        """Observed limit in the physical quantity; None where the data are an Asimov set."""
        return None if self.parameter.observed is None else self.poi.physical(self.parameter.observed)

    @property
    def expected(self) -> tuple[float | None, ...]:
        """Expected limits for background fluctuating by -2 to +2 sigma, in the physical quantity."""
        return tuple(None if value is None else self.poi.physical(value) for value in self.parameter.expected)

    @property
    def value(self) -> float:
        """The observed limit, or the median expected one where nothing was observed."""
        return self.poi.physical(self.parameter.value)

    @property
    def uncertainty(self) -> float:
        """Numerical uncertainty of `value`."""
        return self.poi.uncertainty(self.parameter.value, self.parameter.uncertainty)

    @property
    def label(self) -> str:
        """The construction, with its rise of -2 ln L or its prior where it has one."""
        rise, prior = self.parameter.delta_chi2, self.parameter.prior
        return self.parameter.construction + (f" {rise:.3f}" if rise is not None else f", {prior}" if prior else "")

    @property
    def expected_uncertainty(self) -> tuple[float | None, ...]:
        """Statistical uncertainty of each expected limit, from toys; empty without them."""
        pairs = zip(self.parameter.expected, self.parameter.expected_uncertainty, strict=False)
        return tuple(None if v is None or e is None else self.poi.uncertainty(v, e) for v, e in pairs)

    @property
    def intervals(self) -> tuple[tuple[float, float], ...]:
        """All values of the quantity that are not excluded, where the construction gives intervals."""
        return tuple((self.poi.physical(low), self.poi.physical(high)) for low, high in self.parameter.intervals)

    def __str__(self) -> str:
        kind = "observed" if self.observed is not None else "expected"
        unit = f" {self.poi.unit}" if self.poi.unit != "1" else ""
        band = [f"{value:.3g}" for value in self.expected if value is not None]
        around = f" (expected {', '.join(band)})" if len(band) > 1 or self.observed is not None else ""
        level = f"{100.0 * self.parameter.confidence_level:g} %"
        return f"{self.analysis}: {kind} {self.quantity} < {self.value:.4g}{unit} at {level} C.L., {self.label}{around}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats limit --json`."""
        limit = self.parameter
        return {
            "analysis": self.analysis,
            "quantity": self.quantity,
            "unit": self.poi.unit,
            "confidence_level": limit.confidence_level,
            "construction": limit.construction,
            "delta_chi2": limit.delta_chi2,
            "calculator": limit.calculator,
            "observed": self.observed,
            "expected": list(self.expected),
            "uncertainty": self.uncertainty,
            "expected_uncertainty": [None if e is None or isnan(e) else e for e in self.expected_uncertainty],
            "intervals": [list(interval) for interval in self.intervals],
            "prior": limit.prior,
            "likelihood": limit.likelihood,
            "poi": self._of_the_parameter(),
            "toys": limit.toys,
            "seconds": limit.seconds,
            "fallbacks": limit.fallbacks,
            "failures": limit.failures,
            "tests": list(limit.tests),
            "warnings": list(limit.warnings),
            "versions": versions(),
            **self._configurations(),
        }

    def _of_the_parameter(self) -> dict[str, Any]:
        limit, reference = self.parameter, self.poi.reference
        return {
            "name": limit.poi,
            "reference": reference,
            "observed": limit.observed,
            "expected": list(limit.expected),
        }

    def _configurations(self) -> dict[str, Any]:
        return {"configurations": [each.to_dict() for each in self.configurations]} if self.configurations else {}


@dataclass(frozen=True)
class Scan:
    """-2 ln lambda~ along a moment, a coupling, or a foreign workspace's parameter.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        parameter: the scan along it.
    """

    analysis: str
    poi: PointOfInterest
    parameter: ProfileScan

    @property
    def physical(self) -> list[float]:
        """The scanned values in the physical quantity."""
        return [self.poi.physical(value) for value in self.parameter.mu.tolist()]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats scan --json`."""
        meaning = {"analysis": self.analysis, "quantity": self.poi.quantity, "unit": self.poi.unit}
        return {**meaning, **self.parameter.to_dict(), "physical": self.physical, "versions": versions()}


@dataclass(frozen=True)
class Significance:
    """A discovery test of a moment, a coupling, or a foreign workspace's parameter.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        parameter: the test of it.
    """

    analysis: str
    poi: PointOfInterest
    parameter: Discovery

    def __str__(self) -> str:
        return f"{self.analysis}, {self.parameter}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats significance --json`; `physical` is the signal of the expectation."""
        meaning = {"analysis": self.analysis, "quantity": self.poi.quantity, "unit": self.poi.unit}
        physical = self.poi.physical(self.parameter.signal)
        return {**meaning, **self.parameter.to_dict(), "physical": physical, "versions": versions()}


@dataclass(frozen=True)
class Region:
    """Contours of a moment, a coupling, or a foreign workspace's parameter, with another parameter.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        parameter: the contours in it and the other one.
    """

    analysis: str
    poi: PointOfInterest
    parameter: Contours

    def __str__(self) -> str:
        return f"{self.analysis}, {self.parameter}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats contour --json`; `physical` stands beside each contour's x."""
        plain = self.parameter.to_dict()
        for contour in plain["contours"]:
            contour["physical"] = [self.poi.physical(value) for value in contour["x"]]
        meaning = {"analysis": self.analysis, "quantity": self.poi.quantity, "unit": self.poi.unit}
        return {**meaning, **plain, "versions": versions()}


@dataclass(frozen=True)
class ClsCurve:
    """CLs against the moment or coupling.

    Attributes:
        analysis: name of the analysis.
        poi: what the parameter of interest means.
        values: of the physical quantity (k,).
        observed: CLs of the data (k,); None for an Asimov set.
        expected: CLs for background fluctuating by -2 to +2 sigma, five numbers at each value.
    """

    analysis: str
    poi: PointOfInterest
    values: tuple[float, ...]
    observed: tuple[float, ...] | None
    expected: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class CouplingMap:
    """Limits on a coupling against the mediator mass.

    Attributes:
        analysis: name of the analysis.
        masses_mev: mediator masses [MeV].
        limits: one for each mass.
    """

    analysis: str
    masses_mev: tuple[float, ...]
    limits: tuple[Limit, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats map --json`."""
        first = self.limits[0].parameter
        points = [
            {
                "mediator_mass_mev": mass,
                "observed": limit.observed,
                "expected": list(limit.expected),
                "uncertainty": limit.uncertainty,
                "warnings": list(limit.parameter.warnings),
            }
            for mass, limit in zip(self.masses_mev, self.limits, strict=True)
        ]
        return {
            "analysis": self.analysis,
            "quantity": self.limits[0].quantity,
            "unit": self.limits[0].poi.unit,
            "confidence_level": first.confidence_level,
            "construction": first.construction,
            "delta_chi2": first.delta_chi2,
            "points": points,
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    from importlib.metadata import version  # noqa: PLC0415

    from numm_stats.version import __version__  # noqa: PLC0415

    return {
        "numm_stats": __version__,
        **{name: version(name) for name in ("iminuit", "numpy", "pyhf", "scipy")},
    }
