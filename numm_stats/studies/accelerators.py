"""Accelerator experiments as rates: what was counted and expected, and the counts that a moment would add.

Where the spectrum of the neutrinos is known there is an entry of the catalogue instead: lsnd, nova-counting, flare-100,
fasernu2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.inference.asymptotic import threshold_one_sided, threshold_two_sided
from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.physics.magnetic import total_magnetic_cross_section
from numm_stats.physics.weak import weak_cross_section
from numm_stats.sources.pion_decay import pion_decay_at_rest
from numm_stats.templates.templates import SIGNAL, Template, Templates, histogram
from numm_stats.verbs.limiting import limits
from numm_stats.workspace.poi import PointOfInterest
from numm_stats.workspace.spec import build_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from numpy.typing import NDArray

    from numm_stats.verbs.results import Limit

__all__ = [
    "LSND_WINDOW_MEV",
    "RATES",
    "RateAnalysis",
    "RateMeasurement",
    "by_construction",
    "magnetic_over_weak",
    "muon_over_electron_moment",
    "rate_analysis",
    "rate_limits",
    "rate_workspace",
]

LSND_WINDOW_MEV: Final = (18.0, 50.0)  # of the recoils, hep-ex/0101039, recalled
WEAK_NODES: Final = 64  # Gauss-Legendre; the weak cross section is a quadratic in T


@dataclass(frozen=True)
class RateMeasurement:
    """One beam, counted.

    Attributes:
        name: of the beam.
        observed: all events counted. Where a publication states signal +- error instead, the square of the error: its
            Poisson error is then the published one.
        weak: neutrino-electron scattering expected of the standard model.
        other: all else expected.
        uncertainty: of `weak` and of the signal, relative: flux and efficiency.
        other_uncertainty: of `other`, relative.
        signal: events that a moment at the reference adds.
    """

    name: str
    observed: float
    weak: float
    other: float
    uncertainty: float
    other_uncertainty: float
    signal: float


@dataclass(frozen=True)
class RateAnalysis:
    """A limit from rates.

    Attributes:
        name: of the experiment.
        reference: moment at which the signal is stated [Bohr magnetons].
        measurements: bins that share the moment and nothing else.
        note: sources and assumptions.
    """

    name: str
    reference: float
    measurements: tuple[RateMeasurement, ...]
    note: str


def rate_analysis(name: str) -> RateAnalysis:
    """Return what is known of an experiment of `RATES`.

    Raises:
        InputError: if there is none by that name.

    >>> rate_analysis("donut").measurements[0].observed
    1.0
    """
    if name not in _MADE_BY:
        raise InputError(f"no rates of '{name}'{nearest(name, RATES)}; there are {', '.join(RATES)}")
    return _MADE_BY[name]()


def rate_workspace(analysis: RateAnalysis | str) -> dict[str, Any]:
    """Return the pyhf workspace: one bin for each beam.

    Args:
        analysis: a rate analysis, or the name of one of `RATES`.

    Returns:
        A dictionary that pyhf's schema accepts; its parameter of interest is mu_nu^2 over the reference squared.

    Raises:
        InputError: if there is no such analysis.

    >>> [sample["name"] for sample in rate_workspace("donut")["channels"][0]["samples"]]
    ['signal', 'other_nu_tau']
    """
    rates = rate_analysis(analysis) if isinstance(analysis, str) else analysis
    edges = np.arange(len(rates.measurements) + 1, dtype=np.float64)
    samples = {SIGNAL: _signal(rates, edges)}
    for k, beam in enumerate(rates.measurements):
        for kind, counts, error, parameter in (
            ("weak", beam.weak, beam.uncertainty, "rate"),
            ("other", beam.other, beam.other_uncertainty, "other"),
        ):
            if counts > 0.0:
                scale = {f"{parameter}_{beam.name}": (1.0 + error, 1.0 - error)} if error > 0.0 else {}
                here = np.where(np.arange(len(rates.measurements)) == k, counts, 0.0)
                samples[f"{kind}_{beam.name}"] = Template(_filled(edges, here), normalisations=scale)
    interest = PointOfInterest.of_kind("mu_nu2", rates.reference)
    observed = [beam.observed for beam in rates.measurements]
    return build_spec(rates.name, Templates(edges, samples), [interest.name], observed=observed)


def rate_limits(analysis: RateAnalysis | str, *, confidence_level: float = 0.9) -> dict[str, Limit]:
    """Return the limits on the moment by CLs and by the rises of -2 ln L, as "cls", "one-sided" and "two-sided".

    Raises:
        InputError: if there is no such analysis.
    """
    found = limits(rate_workspace(analysis), constructions=("cls", "delta-chi2"), confidence_level=confidence_level)
    return by_construction(found, confidence_level)


def by_construction(found: Iterable[Limit], confidence_level: float) -> dict[str, Limit]:
    """Return limits by CLs and by the rises of -2 ln L, known by their labels, as "cls", "one-sided" and "two-sided".

    Args:
        found: what `limits` returns for "cls" and "delta-chi2".
        confidence_level: of these limits.
    """
    by_label = {each.label: each for each in found}
    rises = threshold_one_sided(confidence_level), threshold_two_sided(confidence_level)
    one, two = (f"delta-chi2 {rise:.3f}" for rise in rises)
    return {"cls": by_label["cls"], "one-sided": by_label[one], "two-sided": by_label[two]}


def magnetic_over_weak(
    flavour: str, energy_mev: float, window_mev: tuple[float, float], moment_bohr_magneton: float
) -> float:
    """Magnetic over weak scattering of neutrinos of one energy, recoils in a window.

    Args:
        flavour: one of `physics.flavours.FLAVOURS`.
        energy_mev: neutrino energy [MeV].
        window_mev: lowest and highest recoil [MeV].
        moment_bohr_magneton: effective moment [Bohr magnetons].

    Raises:
        InputError: the window is none of positive recoils, or no recoil of that energy reaches it.

    >>> round(magnetic_over_weak("nu_mu", 1270.0, (210.0, 2100.0), 8.5e-10), 3)
    0.112
    """
    _check_window(window_mev)
    top = float(maximum_recoil_mev(energy_mev)) if math.isfinite(energy_mev) and energy_mev > 0.0 else 0.0
    low, high = window_mev[0], min(window_mev[1], top)
    if not low < high:
        raise InputError(f"energy_mev = {energy_mev:g}: its largest recoil, {top:.4g} MeV, must be above {low:g} MeV")
    nodes, weights = np.polynomial.legendre.leggauss(WEAK_NODES)
    recoil = low + (high - low) * (nodes + 1.0) / 2.0
    weak = float(weights @ weak_cross_section(energy_mev, recoil, flavour)) * (high - low) / 2.0
    return float(total_magnetic_cross_section(energy_mev, low, high, moment_bohr_magneton)) / weak


def muon_over_electron_moment(window_mev: tuple[float, float] = LSND_WINDOW_MEV, in_flight: float = 0.0) -> float:
    """The factor k of mu_e^2 + k mu_mu^2 that a stopped-pion source constrains.

    Magnetic scattering of nu_mu and nu_mu_bar together over that of nu_e, recoils in a window.

    Args:
        window_mev: lowest and highest recoil [MeV].
        in_flight: nu_mu of 100 MeV beside each neutrino at rest, as pions that decay in flight make them.

    Raises:
        InputError: the window is none of positive recoils or above those of nu_e, or in_flight is negative.

    >>> round(muon_over_electron_moment(), 2)
    2.13
    """
    _check_window(window_mev)
    if not (math.isfinite(in_flight) and in_flight >= 0.0):
        raise InputError(f"in_flight = {in_flight:g}: must be finite and not negative")
    counts = dict.fromkeys(("nu_mu", "nu_e", "nu_mu_bar"), 0.0)
    for component in pion_decay_at_rest().components:
        energies, weights = component.quadrature([0.0])
        counts[component.flavour] += float((weights * total_magnetic_cross_section(energies, *window_mev)).sum())
    if not counts["nu_e"] > 0.0:
        raise InputError(f"window_mev = {window_mev}: above all recoils of nu_e of stopped muons")
    extra = in_flight * float(total_magnetic_cross_section(100.0, *window_mev))
    return (counts["nu_mu"] + counts["nu_mu_bar"] + extra) / counts["nu_e"]


def _check_window(window_mev: tuple[float, float]) -> None:
    low, high = window_mev
    if not (math.isfinite(high) and 0.0 < low < high):
        raise InputError(f"window_mev = {window_mev}: must be two finite recoils above zero, the smaller one first")


def _signal(rates: RateAnalysis, edges: NDArray[np.float64]) -> Template:
    """The signal moves with the flux and efficiency of its beam: one bin, so each error is a shape."""
    counts = np.array([beam.signal for beam in rates.measurements])
    moved = {}
    for k, beam in enumerate(rates.measurements):
        if beam.uncertainty > 0.0:
            step = np.zeros_like(counts)
            step[k] = beam.uncertainty * beam.signal
            moved[f"rate_{beam.name}"] = (_filled(edges, counts + step), _filled(edges, counts - step))
    return Template(_filled(edges, counts), variations=moved, power=2)


def _filled(edges: NDArray[np.float64], counts: NDArray[np.float64]) -> Any:
    return histogram(counts, edges, name="beam", label="Beam", unit="1")


def _e734() -> RateAnalysis:
    """Two beams; what was measured over what our couplings give, recoils of 210 to 2,100 MeV."""
    window, beams = (210.0, 2100.0), []
    for flavour, energy, events, error, measured, spread, standard in (
        ("nu_mu", 1270.0, 160.0, 17.0, 1.80, 0.25, 1.55),
        ("nu_mu_bar", 1190.0, 97.0, 13.0, 1.17, 0.13, 1.34),
    ):
        weak = events * standard / measured
        signal = weak * magnetic_over_weak(flavour, energy, window, 1e-9)
        beams.append(RateMeasurement(flavour, error**2, weak, error**2 - events, spread / measured, 0.0, signal))
    note = (
        "160 +- 17 events of nu_mu and 97 +- 13 of nu_mu_bar, 1.80 +- 0.20 +- 0.25 and 1.17 +- 0.16 +- 0.13 e-42 "
        "cm2/GeV, mean energies 1.27 and 1.19 GeV, recoils of 0.21 to 2.1 GeV (Phys. Rev. D 41, 3297 (1990), "
        "recalled); standard model 1.55 and 1.34 by our couplings; one neutrino energy for each beam"
    )
    return RateAnalysis("e734", 1e-9, tuple(beams), note)


def _miniboone() -> RateAnalysis:
    fluence = 5.19e-10 * 5.58e20  # nu_mu per cm2: arXiv:0806.1449, recalled; protons on target, arXiv:0707.1115
    electrons = 445.0 * 3.434e29  # fiducial tonnes of CH2: arXiv:1810.07185
    signal = fluence * electrons * float(total_magnetic_cross_section(800.0, 75.0, 600.0, 1e-9))
    beam = RateMeasurement("nu_mu", 44.0, 0.0, 28.7, 0.0, 4.1 / 28.7, signal)
    note = (
        "15.3 +- 6.6 +- 4.1 forward events above background (S. Ouedraogo, thesis, 2008, recalled), 44 = 6.6^2; "
        "signal of all nu_mu at 0.8 GeV with recoils of 75 to 600 MeV in 445 t, all seen: the window is ours and no "
        "efficiency is applied, so that the agreement is one of sizes"
    )
    return RateAnalysis("miniboone", 1e-9, (beam,), note)


def _donut() -> RateAnalysis:
    beam = RateMeasurement("nu_tau", 1.0, 0.0, 2.3, 0.0, 0.0, 10.0)
    note = (
        "1 event where 2.3 are expected (hep-ex/0102026); 10 magnetic interactions above 5 GeV at 5.4e-7 in the events "
        "of the spectrometer (R. Schwienhorst, Nagoya, 1999, preliminary): no efficiency of the final cuts"
    )
    return RateAnalysis("donut", 5.4e-7, (beam,), note)


_MADE_BY: Final[dict[str, Callable[[], RateAnalysis]]] = {"e734": _e734, "miniboone": _miniboone, "donut": _donut}
RATES: Final = tuple(_MADE_BY)
