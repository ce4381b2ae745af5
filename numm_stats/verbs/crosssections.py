"""Cross sections as a table: weak, magnetic and mediator terms against recoil energy or angle, and their totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.flavours import checked_flavour
from numm_stats.physics.kinematics import maximum_recoil_mev, recoil_mev_at_angle, recoil_per_cos_theta_mev
from numm_stats.physics.magnetic import total_magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, total_weak_cross_section
from numm_stats.templates.interactions import MagneticSignal, MediatorSignal, weak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.templates.interactions import Signal

    Array = NDArray[np.float64]

__all__ = ["VARIABLES", "CrossSections", "tabulate_cross_sections"]

VARIABLES = ("recoil", "angle")
PANELS = 400
HIGHEST_ENERGY_MEV = 1e9


@dataclass(frozen=True)
class CrossSections:
    """Differential cross sections at points, and totals above a threshold.

    Attributes:
        energy_mev: neutrino energy [MeV].
        flavour: of the neutrino.
        variable: "recoil" (x in MeV, curves in cm2/MeV) or "angle" (x is cos theta, curves in cm2).
        x: points (k,).
        curves: d sigma / dx by process (k,).
        totals_cm2: total cross section above the threshold, by process [cm2].
        threshold_mev: of the totals [MeV].
    """

    energy_mev: float
    flavour: str
    variable: str
    x: Array
    curves: dict[str, Array]
    totals_cm2: dict[str, float]
    threshold_mev: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        return {
            "energy_mev": self.energy_mev,
            "flavour": self.flavour,
            "variable": self.variable,
            "unit": "cm2/MeV" if self.variable == "recoil" else "cm2",
            "x": self.x.tolist(),
            "differential": {name: curve.tolist() for name, curve in self.curves.items()},
            "threshold_mev": self.threshold_mev,
            "totals_cm2": self.totals_cm2,
        }


def tabulate_cross_sections(
    energy_mev: float,
    flavour: str,
    *,
    variable: str = "recoil",
    points: list[float] | None = None,
    moment: float = 1e-11,
    mediator: MediatorSignal | None = None,
    scheme: CouplingScheme | None = None,
    threshold_mev: float = 0.001,
) -> CrossSections:
    """Return cross sections of one neutrino energy.

    Args:
        energy_mev: neutrino energy [MeV].
        flavour: one of the six names.
        variable: "recoil" or "angle".
        points: recoil energies [MeV] or cosines of the angle; a grid over the kinematic range by default.
        moment: magnetic moment [Bohr magnetons].
        mediator: a light mediator at a coupling, if any.
        scheme: weak couplings.
        threshold_mev: lower end of the totals [MeV]; above zero, because the magnetic one diverges there.
    """
    _check(energy_mev, flavour, variable, threshold_mev)
    _check_signal(moment, mediator)
    signals: dict[str, Signal] = {"magnetic": MagneticSignal(moment)}
    if mediator is not None:
        signals[mediator.kind] = mediator
    x = _grid(energy_mev, variable, threshold_mev) if points is None else np.array(points, dtype=float)
    _check_points(x, variable)
    scheme = scheme or CouplingScheme()
    forward = np.minimum(recoil_mev_at_angle(energy_mev, x), maximum_recoil_mev(energy_mev))  # rounding at cos = 1
    recoil = x if variable == "recoil" else forward
    jacobian = np.ones_like(x) if variable == "recoil" else recoil_per_cos_theta_mev(energy_mev, x)
    curves = {"weak": weak(scheme)(np.full_like(x, energy_mev), recoil, flavour) * jacobian}
    for name, signal in signals.items():
        curves[name] = _differential(signal, energy_mev, recoil, flavour) * jacobian
    totals = {
        "weak": float(total_weak_cross_section(energy_mev, flavour, scheme, threshold_mev)),
        "magnetic": float(total_magnetic_cross_section(energy_mev, threshold_mev, moment_bohr_magneton=moment)),
    }
    if mediator is not None:
        totals[mediator.kind] = _integral(mediator, energy_mev, flavour, threshold_mev)
    return CrossSections(energy_mev, flavour, variable, x, curves, totals, threshold_mev)


def _differential(signal: Signal, energy_mev: float, recoil_mev: Array, flavour: str) -> Array:
    energies = np.full_like(recoil_mev, energy_mev)
    return np.asarray(sum(term.cross_section(energies, recoil_mev, flavour) for term in signal.terms), dtype=float)


def _integral(signal: Signal, energy_mev: float, flavour: str, threshold_mev: float) -> float:
    """Total above a threshold by Gauss-Legendre in ln T; weak and magnetic have closed forms."""
    edges = np.linspace(np.log(threshold_mev), np.log(float(maximum_recoil_mev(energy_mev))), PANELS + 1)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    half = 0.5 * np.diff(edges)[:, None]
    recoil = np.exp((0.5 * (edges[1:] + edges[:-1]))[:, None] + half * nodes).ravel()
    return float(np.sum(_differential(signal, energy_mev, recoil, flavour) * recoil * (half * weights).ravel()))


def _grid(energy_mev: float, variable: str, threshold_mev: float) -> Array:
    if variable == "recoil":
        return np.geomspace(threshold_mev, float(maximum_recoil_mev(energy_mev)) * (1.0 - 1e-9), 200)
    return np.linspace(0.005, 1.0, 200)


def _check(energy_mev: float, flavour: str, variable: str, threshold_mev: float) -> None:
    checked_flavour(flavour)
    if not 0.0 < energy_mev <= HIGHEST_ENERGY_MEV:
        raise InputError(f"neutrino energy {energy_mev} MeV: must be positive, and at most {HIGHEST_ENERGY_MEV:g}")
    if variable not in VARIABLES:
        raise InputError(f"variable '{variable}': must be one of {', '.join(VARIABLES)}")
    top = float(maximum_recoil_mev(energy_mev))
    if not 0.0 < threshold_mev < top:
        raise InputError(f"threshold {threshold_mev} MeV: must lie above 0 and below the largest recoil, {top:.4g} MeV")


def _check_signal(moment: float, mediator: MediatorSignal | None) -> None:
    if not 0.0 <= moment <= 1.0:
        raise InputError(f"moment {moment}: must lie between 0 and 1 Bohr magneton")
    if mediator is not None and not (0.0 <= mediator.reference <= 100.0 and 0.0 <= mediator.mass_mev <= 1e9):
        raise InputError(
            f"coupling {mediator.reference}, mass {mediator.mass_mev} MeV: must lie between 0 and 100, and 0 and 1e9"
        )


def _check_points(points: Array, variable: str) -> None:
    highest = 1.0 if variable == "angle" else HIGHEST_ENERGY_MEV
    wrong = points[~((points >= 0.0) & (points <= highest))]
    if wrong.size:
        name = "cosine" if variable == "angle" else "recoil energy"
        raise InputError(f"{name} {wrong[0]}: must lie between 0 and {highest:g}")
