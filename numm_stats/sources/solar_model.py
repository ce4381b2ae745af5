"""The standard solar models B16: neutrino fluxes, and the electron densities where neutrinos are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "METALLICITIES",
    "PROCESSES",
    "Metallicity",
    "Process",
    "checked_processes",
    "mean_electron_density",
    "production_electron_densities",
    "solar_flux",
]

Process = Literal["pp", "pep", "hep", "Be7", "B8", "N13", "O15", "F17"]
Metallicity = Literal["gs98", "agss09met"]

PROCESSES: tuple[Process, ...] = get_args(Process)
METALLICITIES: tuple[Metallicity, ...] = get_args(Metallicity)

# Flux at the Earth, all flavours [1/cm2/s], and its relative uncertainty: B16-GS98, B16-AGSS09met, arXiv:1611.09867
_FLUXES: dict[Metallicity, dict[Process, tuple[float, float]]] = {
    "gs98": {
        "pp": (5.98e10, 0.006),
        "pep": (1.44e8, 0.01),
        "hep": (7.98e3, 0.30),
        "Be7": (4.93e9, 0.06),
        "B8": (5.46e6, 0.12),
        "N13": (2.78e8, 0.15),
        "O15": (2.05e8, 0.17),
        "F17": (5.29e6, 0.20),
    },
    "agss09met": {
        "pp": (6.03e10, 0.005),
        "pep": (1.46e8, 0.009),
        "hep": (8.25e3, 0.30),
        "Be7": (4.50e9, 0.06),
        "B8": (4.50e6, 0.12),
        "N13": (2.04e8, 0.14),
        "O15": (1.44e8, 0.16),
        "F17": (3.26e6, 0.18),
    },
}

# Electron density at production [mol/cm3], the mean in each eighth of the neutrinos: from the production profiles of
# BS05(OP), Bahcall, Serenelli, Basu, astro-ph/0412440
_DENSITIES: dict[Process, tuple[float, ...]] = {
    "pp": (27.7, 42.8, 52.0, 59.6, 66.8, 74.1, 82.2, 93.0),
    "pep": (35.5, 50.5, 59.2, 66.3, 72.8, 79.3, 86.3, 95.2),
    "hep": (20.1, 31.9, 40.7, 48.5, 56.2, 64.3, 73.8, 87.9),
    "Be7": (55.6, 69.3, 76.1, 81.4, 85.9, 90.0, 94.2, 99.0),
    "B8": (72.4, 82.1, 86.6, 90.0, 92.8, 95.4, 97.9, 100.6),
    "N13": (35.6, 43.3, 63.9, 80.5, 86.8, 91.5, 95.5, 99.7),
    "O15": (68.1, 79.0, 84.3, 88.2, 91.4, 94.4, 97.2, 100.3),
    "F17": (70.0, 80.5, 85.5, 89.1, 92.2, 94.9, 97.6, 100.5),
}


def checked_processes(names: Iterable[str]) -> tuple[Process, ...]:
    """Return names as solar processes, or say which there are.

    Args:
        names: Some of `PROCESSES`, each once.

    Returns:
        The same names, typed.

    Raises:
        InputError: A name is unknown or stands twice, or there is none.

    >>> checked_processes(["pp", "Be7"])
    ('pp', 'Be7')
    """
    checked = tuple(name for name in PROCESSES for given in names if given == name)
    wrong = [name for name in names if name not in PROCESSES]
    if wrong:
        message = f"unknown solar component {wrong[0]!r}{nearest(str(wrong[0]), PROCESSES)}"
    elif len(checked) != len(set(checked)) or not checked:
        message = f"solar components {list(checked)}: each at most once, and not none"
    else:
        return checked
    raise InputError(f"{message}; allowed: {', '.join(PROCESSES)}")


def solar_flux(process: str, metallicity: str = "gs98") -> tuple[float, float]:
    """Flux of a process at the Earth, all flavours, from B16 (arXiv:1611.09867).

    Args:
        process: One of `PROCESSES`.
        metallicity: "gs98" (high) or "agss09met" (low).

    Returns:
        Flux [1/cm2/s] and its relative uncertainty.

    >>> solar_flux("Be7", "agss09met")
    (4500000000.0, 0.06)
    """
    (name,) = checked_processes([process])
    if metallicity not in METALLICITIES:
        near = nearest(str(metallicity), METALLICITIES)
        raise InputError(f"unknown metallicity {metallicity!r}{near}; allowed: {', '.join(METALLICITIES)}")
    return _FLUXES[metallicity][name]


def production_electron_densities(process: str) -> tuple[float, ...]:
    """Electron density where a process makes its neutrinos, as eight values of equal probability.

    The survival probability averaged over them is that of the full profile to 1e-3 at any energy below 20 MeV.

    Args:
        process: One of `PROCESSES`.

    Returns:
        Densities [mol/cm3], increasing.

    >>> production_electron_densities("B8")[0]
    72.4
    """
    (name,) = checked_processes([process])
    return _DENSITIES[name]


def mean_electron_density(process: str) -> float:
    """Mean electron density where a process makes its neutrinos.

    Args:
        process: One of `PROCESSES`.

    Returns:
        Density [mol/cm3].

    >>> round(mean_electron_density("Be7"), 1)
    81.4
    """
    densities = production_electron_densities(process)
    return sum(densities) / len(densities)
