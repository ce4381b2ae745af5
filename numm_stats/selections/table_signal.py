"""The signal by reweighting, as tables: which events scatter weakly, at which energies, and what is added."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from numm_stats.physics.weak import CouplingScheme
from numm_stats.selections.table_types import Formula, Name, Table
from numm_stats.templates.interactions import MagneticSignal, MediatorSignal, Signal
from numm_stats.templates.templates import SIGNAL

__all__ = ["CouplingsTable", "MediatorKeys", "MediatorReweighting", "MomentKeys", "MomentReweighting", "powers_of"]


class CouplingsTable(Table):
    """Weak couplings, see `physics.weak.CouplingScheme`."""

    sin2_theta_w: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    radiative: bool = False

    @property
    def scheme(self) -> CouplingScheme:
        """The same as the physics takes it."""
        return CouplingScheme(self.sin2_theta_w, self.radiative)


class Reweighting(Table):
    """Weak scattering events carry new / generated cross section at their true energies.

    `template` = "signal-only" makes samples of the signal's terms beside the categories; with "total" the categories
    themselves hold weak and signal at the reference.
    """

    categories: list[Name] = Field(min_length=1)
    energy_mev: Formula
    recoil_mev: Formula
    pdg: Formula
    template: Literal["signal-only", "total"] = "signal-only"
    generated: CouplingsTable = Field(default_factory=CouplingsTable)
    couplings: CouplingsTable | None = None

    @property
    def wanted(self) -> CouplingsTable:
        """The couplings of the weak scattering that is wanted: those generated, unless others are stated."""
        return self.couplings or self.generated


class MomentKeys(Table):
    """Scattering by the magnetic moment, at a reference moment [Bohr magnetons]."""

    kind: Literal["magnetic-moment"]
    reference: Annotated[float, Field(gt=1e-30, le=1.0)] = 1e-9

    @property
    def signal(self) -> MagneticSignal:
        """The same as templates take it."""
        return MagneticSignal(self.reference)


class MediatorKeys(Table):
    """Exchange of a light mediator, at a reference coupling."""

    kind: Literal["vector", "axial", "scalar", "pseudoscalar"]
    mediator_mass_mev: Annotated[float, Field(ge=0.0, le=1e9)] = 0.0
    interference: bool = True
    charges: dict[Literal["e", "mu", "tau", "electron"], float] = Field(default_factory=dict)
    reference: Annotated[float, Field(gt=1e-30, le=100.0)] = 1e-5

    def signal_with(self, scheme: CouplingScheme) -> MediatorSignal:
        """The same as templates take it, with the weak couplings that it interferes with."""
        return MediatorSignal(
            self.kind,
            self.reference,
            mass_mev=self.mediator_mass_mev,
            interference=self.interference,
            charges={str(family): charge for family, charge in self.charges.items()},
            scheme=scheme,
        )


class MomentReweighting(MomentKeys, Reweighting):
    """Events that carry the magnetic cross section."""


class MediatorReweighting(MediatorKeys, Reweighting):
    """Events that carry the cross section of a light mediator."""

    @property
    def signal(self) -> MediatorSignal:
        """The same as templates take it."""
        return self.signal_with(self.wanted.scheme)


def powers_of(signal: Signal) -> dict[str, int]:
    """Return the samples of a signal's terms, with the power of moment or coupling that each grows with."""
    names = [SIGNAL] if len(signal.terms) == 1 else [f"{SIGNAL}_g{term.power}" for term in signal.terms]
    return {name: term.power for name, term in zip(names, signal.terms, strict=True)}
