"""What theory expects of neutrino moments and charge radii."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.charge_radius_couplings import (
    anapole_moment_cm2,
    charge_radius_excess_cm2,
    signed_standard_model_radius_cm2,
    vector_coupling_shift,
)
from numm_stats.physics.flavours import FAMILIES
from numm_stats.physics.moment_predictions import (
    natural_dirac_moment,
    natural_majorana_moments,
    standard_model_dirac_moments,
    standard_model_majorana_moments,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.effective.settings import Settings
    from numm_stats.physics.mixing import Mixing

__all__ = ["ChargeRadius", "Predictions", "predictions"]


@dataclass(frozen=True)
class ChargeRadius:
    """The charge radius of one family.

    Attributes:
        standard_model_cm2: of the Standard Model, negative: it lowers sin^2(theta_W) [cm2].
        radius_cm2: the radius in question, the Standard Model's own unless one was given [cm2].
        excess_cm2: beyond the Standard Model, all that may be added to radiative couplings [cm2].
        g_v_shift: shift of g_V by the radius at tree level.
        g_v_shift_of_excess: shift of g_V by the excess.
        anapole_cm2: anapole moment that goes with the radius [cm2].
    """

    standard_model_cm2: float
    radius_cm2: float
    excess_cm2: float
    g_v_shift: float
    g_v_shift_of_excess: float
    anapole_cm2: float


@dataclass(frozen=True)
class Predictions:
    """Moments of the Standard Model with neutrino masses, and bounds from naturalness [Bohr magnetons].

    Attributes:
        mixing: mixing parameters.
        masses_ev: m_1, m_2, m_3 [eV].
        dirac: |mu_jk| of Dirac neutrinos by "11", ..., "23".
        dirac_electric: |epsilon_jk| of Dirac neutrinos by "12", "13", "23".
        majorana: |lambda_jk| of Majorana neutrinos by "12", "13", "23".
        natural_mass_ev: neutrino mass that naturalness is asked of [eV].
        scale_tev: scale of new physics [TeV].
        natural_dirac: upper bound on a Dirac moment.
        natural_majorana: upper bounds by "e_mu", "e_tau", "mu_tau".
        convention: of the charge radius, "vector" or "left-handed".
        charge_radius: by family.
    """

    mixing: Mixing
    masses_ev: NDArray[np.float64]
    dirac: dict[str, float]
    dirac_electric: dict[str, float]
    majorana: dict[str, float]
    natural_mass_ev: float
    scale_tev: float
    natural_dirac: float
    natural_majorana: dict[str, float]
    convention: str
    charge_radius: dict[str, ChargeRadius]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["mixing"] = {**asdict(self.mixing), "ordering": self.mixing.ordering}
        plain["masses_ev"] = self.masses_ev.tolist()
        plain["charge_radius"] = {family: asdict(radius) for family, radius in self.charge_radius.items()}
        return {"unit": "mu_B", **plain}


def predictions(
    settings: Settings,
    *,
    ordering: str = "normal",
    lightest_mass_ev: float = 0.0,
    natural_mass_ev: float = 0.3,
    scale_tev: float = 1.0,
    charge_radius_cm2: float | None = None,
    convention: str = "vector",
) -> Predictions:
    """Return what theory expects.

    Args:
        settings: changes of the mixing; no elements of a matrix.
        ordering: of the masses, "normal" or "inverted".
        lightest_mass_ev: mass of the lightest state [eV].
        natural_mass_ev: neutrino mass in the bounds from naturalness [eV].
        scale_tev: scale of new physics [TeV].
        charge_radius_cm2: a charge radius [cm2]; the Standard Model's by default.
        convention: of the charge radius, "vector" or "left-handed", see `physics.charge_radius_couplings`.

    Raises:
        InputError: a number is out of range, or a name unknown.
    """
    if settings.moments:
        raise InputError(f"--set {', '.join(settings.moments)}: theory predicts moments, it takes none")
    mixing = settings.mixing_for(ordering)
    masses = mixing.masses_ev(lightest_mass_ev)
    dirac = standard_model_dirac_moments(mixing, masses)
    pairs = {"12": (0, 1), "13": (0, 2), "23": (1, 2)}
    magnetic, electric = np.abs(dirac + dirac.conj().T) / 2, np.abs(dirac - dirac.conj().T) / 2
    majorana = np.abs(standard_model_majorana_moments(mixing, masses))
    diagonal = {f"{j + 1}{j + 1}": (j, j) for j in range(3)}
    return Predictions(
        mixing=mixing,
        masses_ev=masses,
        dirac={name: float(magnetic[at]) for name, at in (diagonal | pairs).items()},
        dirac_electric={name: float(electric[at]) for name, at in pairs.items()},
        majorana={name: float(majorana[at]) for name, at in pairs.items()},
        natural_mass_ev=natural_mass_ev,
        scale_tev=scale_tev,
        natural_dirac=natural_dirac_moment(natural_mass_ev, scale_tev),
        natural_majorana=natural_majorana_moments(natural_mass_ev, scale_tev),
        convention=convention,
        charge_radius={family: _charge_radius(family, charge_radius_cm2, convention) for family in FAMILIES},
    )


def _charge_radius(family: str, charge_radius_cm2: float | None, convention: str) -> ChargeRadius:
    flavour = f"nu_{family}"
    expected = signed_standard_model_radius_cm2(flavour, convention)
    radius = expected if charge_radius_cm2 is None else charge_radius_cm2
    excess = charge_radius_excess_cm2(radius, flavour, convention)
    return ChargeRadius(
        standard_model_cm2=expected,
        radius_cm2=radius,
        excess_cm2=excess,
        g_v_shift=vector_coupling_shift(radius, convention),
        g_v_shift_of_excess=vector_coupling_shift(excess, convention),
        anapole_cm2=anapole_moment_cm2(radius, convention),
    )
