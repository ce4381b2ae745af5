"""The signal by reweighting: each weak scattering event carries other / generated cross section at its true (E, T)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.weak import weak_cross_section
from numm_stats.selections.extremes import refuse_extremes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.physics.flavours import Flavour
    from numm_stats.selections.table_signal import MediatorReweighting, MomentReweighting

    Array = NDArray[np.float64]

__all__ = ["PDG_FLAVOURS", "in_another_unit", "reweigh"]

PDG_FLAVOURS: dict[int, Flavour] = {
    12: "nu_e",
    14: "nu_mu",
    16: "nu_tau",
    -12: "nu_e_bar",
    -14: "nu_mu_bar",
    -16: "nu_tau_bar",
}


def reweigh(
    table: MomentReweighting | MediatorReweighting, energy_mev: Array, recoil_mev: Array, pdg: Array
) -> tuple[Array, list[Array], int]:
    """Return the factors that events of weak scattering carry.

    Args:
        table: what is wanted.
        energy_mev: true neutrino energy (n,) [MeV].
        recoil_mev: true kinetic energy of the electron (n,) [MeV].
        pdg: neutrino by its code in the PDG's numbering (n,).

    Returns:
        wanted weak / generated weak (n,), with template = "total" (weak + signal) / generated weak; a factor
        signal / generated weak (n,) for each term of the signal, none with "total"; the number of events whose recoil
        is not in 0 < T <= T_max(E), which the signal does not reach and whose weak factor is one.

    Raises:
        InputError: if a code is not a neutrino's, an energy is no number, or an energy or weight is too large to be
            summed up.
    """
    events = f"events of {' and '.join(table.categories)}"
    _refuse_energies("signal.energy_mev", energy_mev, events)
    _refuse_energies("signal.recoil_mev", recoil_mev, events)
    weak, terms = np.ones(len(energy_mev)), [np.zeros(len(energy_mev)) for _ in table.signal.terms]
    out_of_reach = 0
    for code in np.unique(pdg):
        if code not in PDG_FLAVOURS:
            known = ", ".join(str(number) for number in PDG_FLAVOURS)
            raise InputError(f"signal.pdg is {code:g} in an event of {' or '.join(table.categories)}; allowed: {known}")
        flavour, chosen = PDG_FLAVOURS[int(code)], np.flatnonzero(pdg == code)
        energy, recoil = energy_mev[chosen], recoil_mev[chosen]
        generated = weak_cross_section(energy, recoil, flavour, table.generated.scheme)
        reached = (generated > 0.0) & (recoil > 0.0)
        out_of_reach += int(np.count_nonzero(~reached))
        energy, recoil, generated, chosen = energy[reached], recoil[reached], generated[reached], chosen[reached]
        if table.couplings is not None:
            weak[chosen] = weak_cross_section(energy, recoil, flavour, table.wanted.scheme) / generated
        for factor, term in zip(terms, table.signal.terms, strict=True):
            factor[chosen] = term.cross_section(energy, recoil, flavour) / generated
    for factor in (weak, *terms):
        refuse_extremes("signal: the weight by recoil_mev and energy_mev", factor, events)
    if table.template == "total":
        return weak + np.sum(terms, axis=0), [], out_of_reach
    return weak, terms, out_of_reach


def in_another_unit(energy_mev: Array, recoil_mev: Array) -> int:
    """Return how many recoils (n,) are what those of neutrinos of these energies (n,) would be in GeV.

    Weak recoils have every share of the neutrino energy alike: of true ones one in a thousand is below a thousandth,
    of those a thousand times too small all are, and all but one in a hundred are above 1e-5. Selections of recoils far
    below the neutrino energy have them further down, or some above.

    >>> in_another_unit(np.array([2000.0, 2000.0, 2000.0]), np.array([1.2, 1200.0, 0.005]))
    1
    """
    share = recoil_mev / energy_mev
    return int(np.count_nonzero((share > 1e-5) & (share < 1e-3)))


def _refuse_energies(key: str, values: Array, events: str) -> None:
    """Refuse energies (n,) that are no numbers, or too large to be summed up."""
    wrong = int(np.count_nonzero(~np.isfinite(values)))
    if wrong:
        raise InputError(f"{key} is NaN or infinite in {wrong} of {len(values)} {events}")
    refuse_extremes(key, values, events)
