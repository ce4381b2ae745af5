"""The differential cross sections that templates are made of: weak, and the signal as terms of a polynomial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numm_stats.errors import InputError
from numm_stats.physics.charge_radius_scattering import charge_radius_terms
from numm_stats.physics.flavours import lepton_family
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.mediators import flavour_charge, mediator_terms
from numm_stats.physics.weak import CouplingScheme, weak_cross_section

if TYPE_CHECKING:
    from typing import Final

__all__ = [
    "MEDIATORS",
    "ChargeRadiusSignal",
    "CrossSection",
    "MagneticSignal",
    "MediatorSignal",
    "Signal",
    "SignalTerm",
    "weak",
]

Array = NDArray[np.float64]
CrossSection = Callable[[Array, Array, str], Array]
"""d sigma / dT [cm2/MeV] of neutrino energy [MeV], recoil energy [MeV] and flavour."""

MEDIATORS: Final = ("vector", "axial", "scalar", "pseudoscalar")


@dataclass(frozen=True)
class SignalTerm:
    """One term of a signal, its size at the reference.

    Attributes:
        kind: of the parameter that scales it, in the grammar of `workspace.poi`.
        power: of the physical quantity (1, 2 or 4) that the term grows with.
        cross_section: at the reference value of the quantity.
    """

    kind: str
    power: int
    cross_section: CrossSection


@dataclass(frozen=True)
class MagneticSignal:
    """Scattering by the neutrino magnetic moment: proportional to mu_nu^2.

    Attributes:
        reference: moment at which the template is made [Bohr magnetons].
        families: whose neutrinos and antineutrinos have it ("e", "mu", "tau"); all if none is named.
    """

    reference: float
    families: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[SignalTerm, ...]:
        """The one term, in mu_nu^2."""
        return (SignalTerm("mu_nu2", 2, self._cross_section),)

    def _cross_section(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
        moment = self.reference if not self.families or lepton_family(flavour) in self.families else 0.0
        return magnetic_cross_section(energy_mev, recoil_mev, moment)


@dataclass(frozen=True)
class MediatorSignal:
    """Scattering by exchange of a light mediator: a g^2 + b g^4.

    Attributes:
        kind: one of `MEDIATORS`.
        reference: coupling at which the templates are made.
        mass_mev: mediator mass [MeV]; zero is allowed.
        kinematics: "exact" or "low-recoil" (m_e g^4 / (2 pi D^2); vector only).
        interference: whether the term in g^2, the interference with the weak amplitude, is kept.
        charges: of the neutrinos of each family ("e", "mu", "tau") in units of g, one for all if none is given and zero
            for those left out; the electron's own is under "electron", one by default.
        scheme: weak couplings, for the interference.
    """

    kind: str
    reference: float
    mass_mev: float = 0.0
    kinematics: str = "exact"
    interference: bool = True
    charges: Mapping[str, float] = field(default_factory=dict)
    scheme: CouplingScheme = field(default_factory=CouplingScheme)

    def __post_init__(self) -> None:
        if self.kind not in MEDIATORS:
            raise InputError(f"signal.kind = '{self.kind}' is no mediator; mediators are {', '.join(MEDIATORS)}")

    @property
    def interferes(self) -> bool:
        """Whether there is a term in g^2."""
        return self.interference and self.kind in ("vector", "axial")

    @property
    def terms(self) -> tuple[SignalTerm, ...]:
        """The term in g^4, after that in g^2 if there is one."""
        quartic = SignalTerm("g4", 4, self._quartic)
        return (SignalTerm("g2", 2, self._quadratic), quartic) if self.interferes else (quartic,)

    def _quadratic(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
        return self.reference**2 * self._terms(energy_mev, recoil_mev, flavour)[0]

    def _quartic(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
        return self.reference**4 * self._terms(energy_mev, recoil_mev, flavour)[1]

    def _charge(self, flavour: str) -> float:
        """Product of the neutrino's and the electron's charge in units of g^2; one for a universal coupling."""
        electron = self.charges.get("electron", 1.0)
        neutrinos = {family: charge for family, charge in self.charges.items() if family != "electron"}
        return electron * (flavour_charge(flavour, neutrinos) if neutrinos else 1.0)

    def _terms(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> tuple[Array, Array]:
        return mediator_terms(
            energy_mev,
            recoil_mev,
            flavour,
            self.kind,
            mass_mev=self.mass_mev,
            charge=self._charge(flavour),
            kinematics=self.kinematics,
            interference=self.interference,
            scheme=self.scheme,
        )


@dataclass(frozen=True)
class ChargeRadiusSignal:
    """What a neutrino charge radius adds to weak scattering: a <r^2> + b <r^2>^2, <r^2> of either sign.

    Attributes:
        reference: <r^2> at which the templates are made [cm2].
        families: whose neutrinos and antineutrinos have it ("e", "mu", "tau"); all if none is named.
        convention: "vector" or "left-handed", see `physics.charge_radius_couplings`.
        scheme: weak couplings, which the radius comes on top of.
    """

    reference: float
    families: tuple[str, ...] = ()
    convention: str = "vector"
    scheme: CouplingScheme = field(default_factory=CouplingScheme)

    @property
    def terms(self) -> tuple[SignalTerm, ...]:
        """The term in <r^2>, after it that in its square."""
        return SignalTerm("r2", 1, self._linear), SignalTerm("r4", 2, self._squared)

    def has(self, flavour: str) -> bool:
        """Whether neutrinos of a flavour have the radius."""
        return not self.families or lepton_family(flavour) in self.families

    def _linear(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
        return self._terms(energy_mev, recoil_mev, flavour)[0]

    def _squared(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
        return self._terms(energy_mev, recoil_mev, flavour)[1]

    def _terms(self, energy_mev: Array, recoil_mev: Array, flavour: str) -> tuple[Array, Array]:
        radius_cm2 = self.reference if self.has(flavour) else 0.0
        return charge_radius_terms(
            energy_mev, recoil_mev, flavour, radius_cm2, convention=self.convention, scheme=self.scheme
        )


Signal = MagneticSignal | MediatorSignal | ChargeRadiusSignal


def weak(scheme: CouplingScheme) -> CrossSection:
    """Return the weak cross section in a coupling scheme."""

    def cross_section(energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
        return weak_cross_section(energy_mev, recoil_mev, flavour, scheme)

    return cross_section
