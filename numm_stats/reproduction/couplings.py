"""Limits on the coupling of a light vector against its mass, from every experiment that has an analysis here.

One construction and one model for all: exact kinematics, and the charge of all neutrinos and electrons is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from numm_stats.reproduction.rows import Row
from numm_stats.verbs.loading import load
from numm_stats.verbs.mapping import coupling_map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

__all__ = ["CURVES", "MASSES_MEV", "Curve", "CurveOf", "coupling_curves", "rows_of"]

DOCUMENT: Final = "light vector"

# From 1 eV to 1 GeV, close where recoils of some experiment pass the mass, sqrt(2 m_e T) = 0.03 to 30 MeV: a smooth
# line through them is within 2 % of what is computed between.
MASSES_MEV: Final = (1e-6, 3e-3, 0.01, 0.02, 0.04, 0.1, 0.2, 0.4, 1.0, 2.0, 4.0, 10.0, 20.0, 100.0, 1e3)

WITH: Final = 'signal={kind="vector",interference=true}'
WITHOUT: Final = 'signal={kind="vector",interference=false}'
ISODAR: Final = ("signal.kinematics=exact", "signal.interference=true")
BOREXINO: Final = (
    "detector.estimator=within_230_ns", "detector.pile_up.model=synthetic", "source.metallicity=gs98", WITHOUT
)  # fmt: skip


@dataclass(frozen=True)
class CurveOf:
    """What a curve is computed from.

    Attributes:
        label: the experiment.
        family: experiments that belong together.
        entry: of the catalogue.
        overrides: KEY=VALUE.
    """

    label: str
    family: str
    entry: str
    overrides: tuple[str, ...]

    @property
    def drawn(self) -> str:
        """The name in the legend of a figure."""
        return self.label if self.interferes else f"{self.label}, $g^4$ alone"

    @property
    def interferes(self) -> bool:
        """Whether interference with the weak amplitude is part of the signal."""
        return WITHOUT not in self.overrides


CURVES: Final = (
    CurveOf("IsoDAR at JUNO, 3 MeV", "JUNO", "isodar-juno-3mev-vector", ISODAR),
    CurveOf("IsoDAR at JUNO, 1 MeV", "JUNO", "isodar-juno-1mev-vector", ISODAR),
    CurveOf("IsoDAR at JUNO, 0.2 MeV", "JUNO", "isodar-juno-0.2mev-vector", ISODAR),
    CurveOf("IsoDAR at KamLAND, 3 MeV", "KamLAND", "isodar-kamland-3mev-vector", ISODAR),
    CurveOf("IsoDAR at KamLAND, 1 MeV", "KamLAND", "isodar-kamland-1mev-vector", ISODAR),
    CurveOf("IsoDAR at SNO+, 0.2 MeV", "SNO+", "isodar-sno-0.2mev-vector", ISODAR),
    CurveOf("Borexino Phase-II", "Borexino", "borexino-phase2", BOREXINO),
    CurveOf("Super-Kamiokande I", "Super-Kamiokande", "super-k-solar", (WITH,)),
    CurveOf("XENONnT SR0", "xenon", "xenonnt-sr0", (WITH,)),
    CurveOf("LZ WS2024", "xenon", "lz-ws2024", (WITH,)),
    CurveOf("TEXONO", "germanium", "texono", (WITH,)),
    CurveOf("GEMMA", "germanium", "gemma", (WITH,)),
    CurveOf("LSND", "beam", "lsnd", (WITH,)),
    CurveOf("NOvA near detector", "beam", "nova-counting", (WITH,)),
)


@dataclass(frozen=True)
class Curve:
    """Upper limits on a coupling against the mass of the mediator.

    Attributes:
        of: what it is computed from.
        masses_mev: masses (k,) [MeV].
        limits: on the coupling (k,), by CLs at 90 %.
        observed: whether they are observed limits; expected ones otherwise.
    """

    of: CurveOf
    masses_mev: tuple[float, ...]
    limits: tuple[float, ...]
    observed: bool


def coupling_curves(
    masses_mev: Sequence[float] | None = None,
    executor: Executor | None = None,
    curves: Sequence[CurveOf] | None = None,
) -> Iterator[Curve]:
    """Yield the curve of each experiment, in their order.

    Args:
        masses_mev: of the vector [MeV]; those of `MASSES_MEV` if none are given.
        executor: computes them at once; this process, one after the other, without one.
        curves: of which experiments; all of `CURVES` if none are given.
    """
    chosen, masses = curves or CURVES, tuple(masses_mev or MASSES_MEV)
    yield from (map if executor is None else executor.map)(_curve, chosen, [masses] * len(chosen))


def rows_of(curve: Curve) -> list[Row]:
    """Return the limits of one experiment as rows with nothing published."""
    kind = "observed" if curve.observed else "expected"
    model = "with interference" if curve.of.interferes else "g^4 term alone"
    note = f"nothing is in print; {kind} at 90 % by CLs, exact kinematics, {model}, all charges one"
    return [
        Row(DOCUMENT, f"{curve.of.entry}, {mass:g} MeV", "light vector coupling", None, value, None, note)
        for mass, value in zip(curve.masses_mev, curve.limits, strict=True)
    ]


def _curve(of: CurveOf, masses_mev: tuple[float, ...]) -> Curve:
    found = coupling_map(load(of.entry, of.overrides), masses_mev)
    observed = found.limits[0].observed is not None
    return Curve(of, masses_mev, tuple(limit.value for limit in found.limits), observed)
