"""Artificial sources: nuclides of a stated activity, placed in or beside a detector.

Electron captures (51Cr, 37Ar, 49V, 145Sm) emit lines of electron neutrinos; beta decays (90Sr with its daughter 90Y,
the hypothetical 90Sr without it, 147Pm) emit continua of electron antineutrinos.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.beta import antineutrino_spectrum
from numm_stats.physics.constants import SECONDS_PER_YEAR
from numm_stats.physics.decay_chains import chain_decays, decays_of_activity, equilibrium_ratios
from numm_stats.sources.artificial_decays import BETA_CHAINS, CAPTURES, BetaDecay, capture_lines_mev
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.normalisation import Emission
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ARTIFICIAL_SOURCES",
    "BECQUEREL_PER_MEGACURIE",
    "AntineutrinoMixture",
    "ArtificialSource",
    "CaptureLines",
    "artificial",
    "neutrinos_in_run",
]

ArtificialSource = Literal["Cr51", "Ar37", "V49", "Sm145", "Sr90-Y90", "Sr90", "Pm147"]
ARTIFICIAL_SOURCES: tuple[str, ...] = get_args(ArtificialSource)
CaptureLines = Literal["quoted", "binding"]

BECQUEREL_PER_MEGACURIE = 3.7e16  # the curie is 3.7e10 decays per second, by definition

_PANELS = 12  # of eight Gauss-Legendre nodes between neighbouring endpoints


@dataclass(frozen=True, slots=True)
class AntineutrinoMixture:
    """Antineutrinos of beta decays that happen side by side, normalised to one.

    Attributes:
        decays: what decays.
        shares: neutrinos of each among all; they add up to one.
    """

    decays: tuple[BetaDecay, ...]
    shares: tuple[float, ...]

    def __call__(self, energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spectrum at any energies [1/MeV], same shape."""
        total = np.zeros_like(energy_mev, dtype=np.float64)
        for decay, share in zip(self.decays, self.shares, strict=True):
            inside = energy_mev < decay.endpoint_mev
            where = energy_mev[inside]
            total[inside] += share * antineutrino_spectrum(
                where, decay.endpoint_mev, decay.z_daughter, decay.mass_number, decay.shape
            )
        return total


def artificial(
    name: str, activity_bq: float, run_years: float, *, cooling_years: float = 0.0, lines: str = "quoted"
) -> Source:
    """A source of artificial radioactivity, taken as a point, over one run of measurement.

    The emission is the mean over the run, so that its product with the run's length gives the neutrinos emitted:
    an analysis states the same length as its exposure.

    Args:
        name: One of `ARTIFICIAL_SOURCES`.
        activity_bq: Activity of the parent [1/s] when it is delivered.
        run_years: Length of the run [years of 365.25 days].
        cooling_years: Time between delivery and the start of the run [years].
        lines: Of captures, "quoted" energies, or "binding": Q less the level and the shell's binding energy.

    Returns:
        A source of nu_e lines or of a nu_e_bar continuum, with spectra per neutrino [1/MeV].

    Raises:
        InputError: An unknown name or choice of lines, an activity or run not above zero, a negative cooling time.

    >>> artificial("Ar37", 1.5e16, 0.3).maximum_energy_mev
    0.813
    """
    neutrinos = neutrinos_in_run(name, activity_bq, run_years, cooling_years=cooling_years)
    emission = Emission(float(neutrinos.sum()) / run_years)
    _check_lines(name, lines)
    if name in CAPTURES:
        capture = CAPTURES[name]
        found = capture.lines_mev if lines == "quoted" else capture_lines_mev(capture)
        energies, shares = np.array(found).T
        return monoenergetic(energies, shares / shares.sum(), name=name, normalisation=emission, note=capture.source)
    decays = BETA_CHAINS[name]
    component = Component("nu_e_bar", continuum=_continuum(decays, neutrinos / neutrinos.sum()))
    return Source(name, (component,), emission, "; ".join(decay.source for decay in decays))


def neutrinos_in_run(
    name: str, activity_bq: float, run_years: float, *, cooling_years: float = 0.0
) -> NDArray[np.float64]:
    """Neutrinos that each nuclide of a source emits during a run, one per decay.

    A T_(1/2) / ln 2 [1 - 2^(-t / T_(1/2))] after the activity has fallen by 2^(-cooling / T_(1/2)); a daughter
    starts in transient equilibrium with its parent.

    Args:
        name: One of `ARTIFICIAL_SOURCES`.
        activity_bq: Activity of the parent [1/s] when it is delivered.
        run_years: Length of the run [years].
        cooling_years: Time between delivery and the start of the run [years].

    Returns:
        Neutrinos of each nuclide, the parent's first, shape (n,).

    Raises:
        InputError: As in `artificial`.

    >>> run = neutrinos_in_run("Cr51", 3.7e16, 27.70 / 365.25)
    >>> f"{run[0]:.4e}"  # half of all that there will ever be: A T / (2 ln 2)
    '6.3876e+22'
    """
    if name not in ARTIFICIAL_SOURCES:
        message = f"unknown artificial source {name!r}{nearest(name, ARTIFICIAL_SOURCES)}; "
        raise InputError(message + f"allowed: {', '.join(ARTIFICIAL_SOURCES)}")
    _check_run(activity_bq, run_years, cooling_years)
    decays = (CAPTURES[name],) if name in CAPTURES else BETA_CHAINS[name]
    half_lives = [decay.half_life_years for decay in decays]
    per_year = activity_bq * SECONDS_PER_YEAR * 2.0 ** (-cooling_years / half_lives[0])
    if len(half_lives) == 1:
        return np.array([decays_of_activity(per_year, run_years, half_lives[0])])
    return chain_decays(half_lives, per_year * equilibrium_ratios(half_lives), run_years)


def _check_lines(name: str, lines: str) -> None:
    """Refuse an unknown choice of lines, and a choice where there are none."""
    allowed = get_args(CaptureLines)
    if lines not in allowed:
        message = f"unknown capture lines {lines!r}{nearest(lines, allowed)}; allowed: {', '.join(allowed)}"
        raise InputError(message)
    if name in BETA_CHAINS and lines != "quoted":
        message = f"{name} emits a continuum: lines = {lines!r} is for {', '.join(CAPTURES)}"
        raise InputError(message)


def _continuum(decays: tuple[BetaDecay, ...], shares: NDArray[np.float64]) -> Continuum:
    """The mixture, in panels that end at every endpoint: the Coulomb field makes each spectrum end in a step."""
    ends = [0.0, *sorted(decay.endpoint_mev for decay in decays)]
    pieces = [np.linspace(low, high, _PANELS + 1)[1:] for low, high in pairwise(ends)]
    mixture = AntineutrinoMixture(decays, tuple(float(share) for share in shares))
    return Continuum(np.concatenate([[0.0], *pieces]), mixture)


def _check_run(activity_bq: float, run_years: float, cooling_years: float) -> None:
    """Refuse numbers that describe no run."""
    for key, value in (("activity_bq", activity_bq), ("run_years", run_years)):
        if not (np.isfinite(value) and value > 0.0):
            message = f"source.{key} = {value}; allowed: a finite number above zero"
            raise InputError(message)
    if not (np.isfinite(cooling_years) and cooling_years >= 0.0):
        message = f"source.cooling_years = {cooling_years}; allowed: a finite number of zero or more"
        raise InputError(message)
