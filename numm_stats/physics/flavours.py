"""The six neutrino flavours, named once."""

from __future__ import annotations

from typing import Literal, cast

from numm_stats.errors import InputError, nearest

__all__ = ["FAMILIES", "FLAVOURS", "Family", "Flavour", "checked_flavour", "is_antineutrino", "lepton_family"]

Flavour = Literal["nu_e", "nu_mu", "nu_tau", "nu_e_bar", "nu_mu_bar", "nu_tau_bar"]
Family = Literal["e", "mu", "tau"]

FLAVOURS: tuple[Flavour, ...] = ("nu_e", "nu_mu", "nu_tau", "nu_e_bar", "nu_mu_bar", "nu_tau_bar")
FAMILIES: tuple[Family, ...] = ("e", "mu", "tau")


def checked_flavour(name: str) -> Flavour:
    """Return the name as a flavour, or say which names there are.

    Args:
        name: One of `FLAVOURS`.

    Returns:
        The same name, typed.

    Raises:
        InputError: The name is not a flavour.

    >>> checked_flavour("nu_e_bar")
    'nu_e_bar'
    """
    if name not in FLAVOURS:
        message = f"unknown neutrino flavour {name!r}{nearest(str(name), FLAVOURS)}; allowed: {', '.join(FLAVOURS)}"
        raise InputError(message)
    return name


def is_antineutrino(flavour: str) -> bool:
    """Whether a flavour is an antineutrino, for which g_L and g_R change places.

    Args:
        flavour: One of `FLAVOURS`.

    Returns:
        True for the names that end in `_bar`.

    >>> is_antineutrino("nu_e"), is_antineutrino("nu_mu_bar")
    (False, True)
    """
    return checked_flavour(flavour).endswith("_bar")


def lepton_family(flavour: str) -> Family:
    """The charged lepton a flavour belongs to.

    Args:
        flavour: One of `FLAVOURS`.

    Returns:
        "e", "mu" or "tau".

    >>> lepton_family("nu_tau_bar")
    'tau'
    """
    return cast("Family", checked_flavour(flavour).split("_")[1])
