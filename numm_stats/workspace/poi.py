"""The grammar of the parameter of interest: its name carries quantity, reference and power.

pyhf's schema has no place for a unit, so a workspace that travels alone tells by the name of its parameter what one
unit of it means:

    mu_nu2_over_3e-11_squared   the moment squared over (3e-11 mu_B)^2
    g4_over_1e-6_fourth         the coupling to the fourth over (1e-6)^4
    g2_over_2e-7_squared        the coupling squared over (2e-7)^2, with the same reference's g4 tied to it
    r2_over_1e-32_cm2           the charge radius <r^2> over 1e-32 cm2, of either sign
    r4_over_1e-32_cm2_squared   its square over (1e-32 cm2)^2, tied to the same reference's r2

Only here is a number of reference units turned into a moment, a coupling or a charge radius.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from numm_stats.errors import InputError

__all__ = ["PointOfInterest", "format_reference", "normfactors", "tied_powers"]

_GRAMMAR: Final = re.compile(
    r"(mu_nu2|g2|g4|r2|r4)_over_([0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)_(squared|fourth|cm2|cm2_squared)"
)
_KINDS: Final = {
    "mu_nu2": ("neutrino magnetic moment", "mu_B", 2, "squared"),
    "g2": ("coupling", "1", 2, "squared"),
    "g4": ("coupling", "1", 4, "fourth"),
    "r2": ("neutrino charge radius <r^2>", "cm2", 1, "cm2"),
    "r4": ("neutrino charge radius <r^2>", "cm2", 2, "cm2_squared"),
}
_TIES: Final = {"g4": "g2", "r4": "r2"}  # each the square of the other at the same reference


@dataclass(frozen=True)
class PointOfInterest:
    """What a parameter of interest means.

    Attributes:
        name: in the workspace.
        quantity: "neutrino magnetic moment", "coupling", "neutrino charge radius <r^2>", or the name itself where it is
            not in the grammar.
        unit: "mu_B", "cm2" or "1".
        reference: value of the quantity at which the parameter is one; None outside the grammar.
        power: of the quantity that the parameter is proportional to.
    """

    name: str
    quantity: str
    unit: str
    reference: float | None
    power: int

    @classmethod
    def of_kind(cls, kind: str, reference: float) -> PointOfInterest:
        """Return the parameter of a kind ("mu_nu2", "g2", "g4", "r2" or "r4") at a reference.

        >>> PointOfInterest.of_kind("mu_nu2", 3e-11).name
        'mu_nu2_over_3e-11_squared'
        """
        if not (math.isfinite(reference) and reference > 0.0):
            raise InputError(f"signal.reference = {reference}: must be a positive number")
        quantity, unit, power, suffix = _KINDS[kind]
        return cls(f"{kind}_over_{format_reference(reference)}_{suffix}", quantity, unit, reference, power)

    @classmethod
    def read(cls, name: str) -> PointOfInterest:
        """Return the meaning of a parameter's name; one that is not in the grammar means itself.

        >>> PointOfInterest.read("g4_over_1e-6_fourth").physical(16.0)
        2e-06
        >>> PointOfInterest.read("mu").quantity
        'mu'
        """
        match = _GRAMMAR.fullmatch(name)
        if match is None or _KINDS[match[1]][3] != match[3] or not 0.0 < float(match[2]) < math.inf:
            return cls(name, name, "1", None, 1)
        quantity, unit, power, _ = _KINDS[match[1]]
        return cls(name, quantity, unit, float(match[2]), power)

    def at(self, reference: float) -> PointOfInterest:
        """Return the parameter of the same quantity and power at another reference, to the digits of its name.

        >>> PointOfInterest.read("mu_nu2_over_3e-11_squared").at(1e-11).name
        'mu_nu2_over_1e-11_squared'
        """
        if self.reference is None:
            raise InputError(f"parameter '{self.name}' has no reference; one such as mu_nu2_over_3e-11_squared has")
        return self.read(self.of_kind(self.name.partition("_over_")[0], reference).name)

    @property
    def has_either_sign(self) -> bool:
        """Whether the quantity may be negative, so that zero is no end of its range.

        >>> PointOfInterest.read("r2_over_1e-32_cm2").has_either_sign
        True
        """
        return self.reference is not None and self.power == 1

    @property
    def quantity_to_the_power(self) -> str:
        """What the parameter is proportional to: the quantity, or a power of it.

        >>> PointOfInterest.read("g4_over_1e-6_fourth").quantity_to_the_power
        'coupling^4'
        """
        return f"{self.quantity}^{self.power}" if self.power > 1 else self.quantity

    def physical(self, value: float) -> float:
        """Return the moment, coupling or radius at a value of the parameter; NaN below zero where there is none.

        >>> PointOfInterest.read("r2_over_1e-32_cm2").physical(-0.5)
        -5e-33
        """
        if self.reference is None:
            return value
        if self.has_either_sign:
            return self.reference * value
        return float(self.reference * value ** (1.0 / self.power)) if value >= 0.0 else math.nan

    def parameter(self, physical: float) -> float:
        """Return the parameter at a moment, coupling or radius: the inverse of `physical`."""
        return physical if self.reference is None else float((physical / self.reference) ** self.power)

    def uncertainty(self, value: float, error: float) -> float:
        """Return the uncertainty of the physical quantity, from that of the parameter, to first order; NaN at zero."""
        if self.reference is None:
            return error
        if self.has_either_sign:
            return self.reference * error
        if value <= 0.0:
            return math.nan
        return self.physical(value) / (self.power * value) * error


def format_reference(reference: float) -> str:
    """Return a reference as it stands in a name: shortest digits, no padding in the exponent.

    >>> format_reference(1.5e-11), format_reference(6e-07)
    ('1.5e-11', '6e-7')
    """
    mantissa, _, exponent = f"{reference:.10e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def tied_powers(names: list[str] | tuple[str, ...]) -> dict[str, tuple[str, int]]:
    """Return the ties among parameters: g4 is the square of g2 of the same reference, r4 that of r2.

    >>> tied_powers(["g2_over_2e-7_squared", "g4_over_2e-7_fourth"])
    {'g4_over_2e-7_fourth': ('g2_over_2e-7_squared', 2)}
    """
    ties = {}
    for name in names:
        match = _GRAMMAR.fullmatch(name)
        if match and match[1] in _TIES and match[3] == _KINDS[match[1]][3]:
            root = _TIES[match[1]]
            tied_to = f"{root}_over_{match[2]}_{_KINDS[root][3]}"
            if tied_to in names:
                ties[name] = (tied_to, 2)
    return ties


def normfactors(spec: Any) -> list[str]:
    """Return the names of all normfactors, once each; nothing from what is no workspace: that is said by its reader."""
    try:
        samples = [sample for channel in spec["channels"] for sample in channel["samples"]]
        found = [m["name"] for sample in samples for m in sample["modifiers"] if m["type"] == "normfactor"]
    except (KeyError, TypeError):
        return []
    return list(dict.fromkeys(found))
