"""Words on figures: quantities, values and names as LaTeX that matplotlib reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["number_label", "percent_label", "plain", "quantity_label", "sample_label", "value_label"]

_SYMBOLS: Final = {
    "neutrino magnetic moment": r"\mu_\nu",
    "coupling": "g",
    "neutrino charge radius <r^2>": r"\langle r_\nu^2\rangle",
}
_UNITS: Final = {"mu_B": r"\mu_B", "cm2": r"\mathrm{cm}^2"}
_SAMPLES: Final = {"weak": r"weak $\nu e$ scattering"}


def quantity_label(meaning: PointOfInterest) -> str:
    r"""Return what a limit is set on, with its unit, as an axis says it.

    >>> from numm_stats.workspace.poi import PointOfInterest
    >>> for name in ("mu_nu2_over_3e-11_squared", "g4_over_1e-6_fourth", "mu_sig"):
    ...     print(quantity_label(PointOfInterest.read(name)))
    $\mu_\nu$ [$\mu_B$]
    coupling $g$
    mu_sig
    """
    if meaning.quantity not in _SYMBOLS:
        return plain(meaning.quantity)
    symbol = f"${_SYMBOLS[meaning.quantity]}$"
    return f"{symbol} [${_UNITS[meaning.unit]}$]" if meaning.unit in _UNITS else f"coupling {symbol}"


def value_label(meaning: PointOfInterest, value: float) -> str:
    r"""Return a value of the physical quantity, as a legend says it.

    >>> from numm_stats.workspace.poi import PointOfInterest
    >>> print(value_label(PointOfInterest.read("mu_nu2_over_8e-12_squared"), 8e-12))
    $\mu_\nu = 8\times10^{-12}\,\mu_B$
    >>> print(value_label(PointOfInterest.read("mu_sig"), 1.5))
    mu_sig $= 1.5$
    """
    unit = rf"\,{_UNITS[meaning.unit]}" if meaning.unit in _UNITS else ""
    symbol = _SYMBOLS.get(meaning.quantity)
    if symbol is None:
        return f"{plain(meaning.quantity)} $= {_digits(value)}$"
    return f"${symbol} = {_digits(value)}{unit}$"


def number_label(value: float) -> str:
    r"""Return a number with three digits.

    >>> number_label(1.584e-9), number_label(2.5)
    ('$1.58\\times10^{-9}$', '$2.5$')
    """
    return f"${_digits(value)}$"


def percent_label(fraction: float) -> str:
    """Return a confidence level.

    >>> percent_label(0.9)
    '90 % C.L.'
    """
    return f"{100.0 * fraction:g} % C.L."


def sample_label(name: str) -> str:
    """Return the name of a sample as a legend says it."""
    return _SAMPLES.get(name, plain(name))


def plain(text: str) -> str:
    r"""Return a text that matplotlib draws as it stands, dollar signs included.

    >>> print(plain("cost_$"))
    cost_\$
    """
    return text.replace("$", r"\$")


def _digits(value: float) -> str:
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    if not exponent or -3 <= int(exponent) <= 3:
        return f"{value:.3g}" if abs(value) < 1000.0 else f"{value:.0f}"
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa}\times{power}"
