"""A limit on an effective moment, as limits on moments of flavours and of mass states."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.flavours import FAMILIES
from numm_stats.physics.mixing import (
    ORDERINGS,
    solar_mass_weights,
    survival_probability,
    two_flavour_survival,
    vacuum_mass_weights,
)
from numm_stats.physics.moment_limits import (
    composition_mass_weights,
    dirac_mass_limits,
    flavour_limits,
    majorana_flavour_limits,
    majorana_mass_limits,
    solar_flavour_weights,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from numm_stats.effective.settings import Settings
    from numm_stats.physics.mixing import Mixing

    Array = NDArray[np.float64]

__all__ = ["EXPERIMENTS", "WEIGHTS", "ConvertedLimits", "convert_limit"]

EXPERIMENTS = ("solar", "reactor", "accelerator")
WEIGHTS = ("vacuum", "matter")
_SOURCES = {"reactor": {"e": 1.0}, "accelerator": {"mu": 1.0}}
P2NU = 0.55  # for the energies that Borexino used, arXiv:1707.09355


@dataclass(frozen=True)
class ConvertedLimits:
    """Limits on moments [Bohr magnetons], each as if the others were zero; infinite where none follows.

    Attributes:
        limit: on the effective moment.
        experiment: one of `EXPERIMENTS`.
        weights: shares of the mass states in solar neutrinos, one of `WEIGHTS`; None for other experiments.
        p2nu: survival probability of two flavours; None unless solar.
        p_ee: survival probability; None unless solar.
        orderings: the weakest limit of these is given.
        mixing: parameters by ordering.
        flavour_weights: of mu_e^2, mu_mu^2, mu_tau^2, by ordering.
        mass_weights: of the mass states 1, 2, 3, by ordering.
        flavour: limits on mu_e, mu_mu, mu_tau.
        flavour_majorana: the same for Majorana neutrinos, whose moments form a triangle.
        mass_dirac: limits on mu_11, ..., mu_23 of Dirac neutrinos.
        mass_majorana: limits on mu_12, mu_13, mu_23 of Majorana neutrinos.
    """

    limit: float
    experiment: str
    weights: str | None
    p2nu: float | None
    p_ee: float | None
    orderings: tuple[str, ...]
    mixing: dict[str, Mixing]
    flavour_weights: dict[str, Array]
    mass_weights: dict[str, Array]
    flavour: dict[str, float]
    flavour_majorana: dict[str, float]
    mass_dirac: dict[str, float]
    mass_majorana: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["orderings"] = list(self.orderings)
        plain["mixing"] = {ordering: asdict(mixing) for ordering, mixing in self.mixing.items()}
        for name in ("flavour_weights", "mass_weights"):
            plain[name] = {ordering: weights.tolist() for ordering, weights in plain[name].items()}
        return {"unit": "mu_B", **plain}


def convert_limit(
    limit: float,
    experiment: str,
    settings: Settings,
    *,
    ordering: str | None = None,
    weights: str | None = None,
    p2nu: float | None = None,
    p_ee: float | None = None,
    composition: Mapping[str, float] | None = None,
) -> ConvertedLimits:
    """Return the limits on single moments that a limit on an effective moment means.

    Args:
        limit: on the effective moment [Bohr magnetons].
        experiment: "solar", or next to a source: "reactor" (electron antineutrinos), "accelerator" (muon neutrinos).
        settings: changes of the mixing; no elements of a matrix.
        ordering: "normal" or "inverted"; by default the weaker limit of both.
        weights: of solar neutrinos: "vacuum", |U_ek|^2, the default, which is what Borexino's printed limits follow
            from, or "matter", after conversion in the Sun.
        p2nu: survival probability of two flavours, 0.55 by default; solar only.
        p_ee: survival probability of three flavours, instead of p2nu; solar only.
        composition: weights of mu_e^2, mu_mu^2, mu_tau^2 next to a source, if it has more than one flavour.

    Raises:
        InputError: a name is unknown, a number out of range, or an option does not belong to the experiment.
    """
    _check_experiment(experiment, weights, composition)
    _check_probabilities(experiment, p2nu, p_ee)
    if settings.moments:
        raise InputError(f"--set {', '.join(settings.moments)}: a limit is converted to moments, it takes none")
    orderings = ORDERINGS if ordering is None else (ordering,)
    mixing = {name: settings.mixing_for(name) for name in orderings}
    anyone = next(iter(mixing.values()))  # P_2nu and P_ee depend on theta_13 alone, which orderings share
    solar = experiment == "solar"
    two = two_flavour_survival(anyone, p_ee) if p_ee is not None else P2NU if p2nu is None else p2nu
    three = survival_probability(anyone, two)
    share = (weights or "vacuum") if solar else None
    source = composition or _SOURCES.get(experiment, {})
    by_flavour = {name: _flavour_weights(mixed, three if solar else None, source) for name, mixed in mixing.items()}
    by_mass = {name: _mass_weights(mixed, share, two, source) for name, mixed in mixing.items()}
    return ConvertedLimits(
        limit=limit,
        experiment=experiment,
        weights=share,
        p2nu=two if solar else None,
        p_ee=three if solar else None,
        orderings=orderings,
        mixing=mixing,
        flavour_weights=by_flavour,
        mass_weights=by_mass,
        flavour=_weakest([flavour_limits(limit, w) for w in by_flavour.values()]),
        flavour_majorana=_weakest([majorana_flavour_limits(limit, w) for w in by_flavour.values()]),
        mass_dirac=_weakest([dirac_mass_limits(limit, w) for w in by_mass.values()]),
        mass_majorana=_weakest([majorana_mass_limits(limit, w) for w in by_mass.values()]),
    )


def _mass_weights(mixing: Mixing, share: str | None, p2nu: float, source: Mapping[str, float]) -> Array:
    if share is None:
        return composition_mass_weights(mixing, source)
    return vacuum_mass_weights(mixing, "nu_e") if share == "vacuum" else solar_mass_weights(mixing, p2nu)


def _flavour_weights(mixing: Mixing, p_ee: float | None, source: Mapping[str, float]) -> Array:
    if p_ee is None:
        return np.array([source.get(family, 0.0) for family in FAMILIES])
    return solar_flavour_weights(mixing, p_ee)


def _weakest(limits: list[dict[str, float]]) -> dict[str, float]:
    return {name: max(one[name] for one in limits) for name in limits[0]}


def _check_experiment(experiment: str, weights: str | None, composition: Mapping[str, float] | None) -> None:
    if experiment not in EXPERIMENTS:
        hint = nearest(experiment, EXPERIMENTS)
        raise InputError(f"--experiment {experiment}{hint}: must be one of {', '.join(EXPERIMENTS)}")
    if weights is not None and weights not in WEIGHTS:
        raise InputError(f"--weights {weights}{nearest(weights, WEIGHTS)}: must be one of {', '.join(WEIGHTS)}")
    if experiment != "solar" and weights is not None:
        raise InputError(f"--weights {weights}: belongs to --experiment solar, not to {experiment}")
    if experiment == "solar" and composition:
        raise InputError("--composition: belongs to reactor and accelerator; solar takes --p2nu or --p-ee")


def _check_probabilities(experiment: str, p2nu: float | None, p_ee: float | None) -> None:
    for name, value in (("--p2nu", p2nu), ("--p-ee", p_ee)):
        if experiment != "solar" and value is not None:
            raise InputError(f"{name} {value}: belongs to --experiment solar, not to {experiment}")
    if p2nu is not None and p_ee is not None:
        raise InputError("--p2nu and --p-ee: one follows from the other; give one of them")
