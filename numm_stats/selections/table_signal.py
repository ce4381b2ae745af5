"""The signal by reweighting, as tables: which events scatter weakly, at which energies, and what is added."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from numm_stats.physics.weak import CouplingScheme
from numm_stats.selections.table_types import Formula, Name, Table
from numm_stats.templates.interactions import MagneticSignal, MediatorSignal

__all__ = ["CouplingsTable", "MediatorReweighting", "MomentReweighting"]


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


class MomentReweighting(Reweighting):
    """Scattering by the magnetic moment, at a reference moment [Bohr magnetons]."""

    kind: Literal["magnetic-moment"]
    reference: Annotated[float, Field(gt=1e-30, le=1.0)] = 1e-9

    @property
    def signal(self) -> MagneticSignal:
        """The same as templates take it."""
        return MagneticSignal(self.reference)


class MediatorReweighting(Reweighting):
    """Exchange of a light mediator, at a reference coupling."""

    kind: Literal["vector", "axial", "scalar", "pseudoscalar"]
    mediator_mass_mev: Annotated[float, Field(ge=0.0, le=1e9)] = 0.0
    interference: bool = True
    charges: dict[Literal["e", "mu", "tau", "electron"], float] = Field(default_factory=dict)
    reference: Annotated[float, Field(gt=1e-30, le=100.0)] = 1e-5

    @property
    def signal(self) -> MediatorSignal:
        """The same as templates take it."""
        return MediatorSignal(
            self.kind,
            self.reference,
            mass_mev=self.mediator_mass_mev,
            interference=self.interference,
            charges={str(family): charge for family, charge in self.charges.items()},
            scheme=self.wanted.scheme,
        )
