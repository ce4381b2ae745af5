"""Borexino's limits on the effective moment of solar neutrinos, and what follows from them.

arXiv:1707.09355, with the talk at the Solvay workshop 2017; ours are expected limits, from spectra of our own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from numm_stats.analyses.analysis import Analysis
from numm_stats.analyses.tables import FREE_BOUNDS
from numm_stats.effective.limits import convert_limit
from numm_stats.effective.settings import read_settings
from numm_stats.reproduction.rows import Row, compare, taken_over
from numm_stats.verbs.averages import average
from numm_stats.verbs.limiting import limits
from numm_stats.verbs.loading import load

if TYPE_CHECKING:
    from numm_stats.verbs.average_result import Average

__all__ = ["borexino_rows"]

PAPER: Final = "Borexino Phase-II"
ENTRY: Final = "borexino-phase2"
TRUE: Final = ("detector.estimator=within_230_ns", "detector.pile_up.model=synthetic", "source.metallicity=gs98")
WITHOUT: Final = "gallium.apply=false"
FIXED: Final = "detector.free_response=[]"
REFERENCE: Final = "signal.reference=3e-11"
OTHER: Final = (*TRUE[:2], "source.metallicity=agss09met")
OTHER_TRUTH: Final = 'data.truth={"detector.pile_up.model"="synthetic","source.metallicity"="agss09met"}'
OWN_DATA: Final = "data={kind='asimov'}"
AVERAGED: Final = "borexino.effective_moment"  # in the table of published numbers
RISES: Final = "expected, Delta chi2 = 1.642; 2.706 gives"

# Published 90 % limits [Bohr magnetons], arXiv:1707.09355.
LIMIT, WITHOUT_GALLIUM, STATISTICAL = 2.8e-11, 4.0e-11, 2.6e-11
FLAVOUR: Final = {"e": 3.9e-11, "mu": 5.8e-11, "tau": 5.8e-11}
DIRAC: Final = {"11": 3.4e-11, "22": 5.1e-11, "33": 18.7e-11}
MAJORANA: Final = {"12": 2.8e-11, "13": 3.4e-11, "23": 5.0e-11}

# Phase-I: counts without their correlations, Phys. Lett. B 753, 191 (2016); the collaboration's spectrum, Phys. Rev.
# Lett. 101, 091302 (2008): with correlations the Phase-I spectrum was found to give worse than that.
PHASE_1_WITHOUT, PHASE_1_WITH = 3.1e-11, 5.4e-11

# Inputs by their place in print: name of the row, its quantity, value, and where the analysis has it.
INPUTS: Final = {
    "live_days": ("live time", "days", 1291.5, "exposure", "days"),
    "gallium_rate_snu": ("gallium", "rate [SNU]", 66.1, "gallium", "rate_snu"),
    "gallium_rate_uncertainty_snu": ("gallium", "uncertainty [SNU]", 3.1, "gallium", "uncertainty_snu"),
    "gallium_single_rates_relative": (
        "gallium, cross section", "relative uncertainty", 0.04, "gallium", "cross_section_uncertainty"
    ),
    "fiducial_volume_relative": (
        "fiducial volume", "relative uncertainty", 0.01, "gallium", "fiducial_volume_uncertainty"
    ),
}  # fmt: skip
CHOICES: Final = {
    "energy_estimator": ("energy estimator", "detector.estimator"),
    "pile_up_model": ("pile-up", "detector.pile_up.model"),
    "solar_metallicity": ("solar metallicity", "source.metallicity"),
}

DIFFERENCES: Final = (
    "theirs is observed, ours expected",
    "spectra are computed from beta theory and B16 fluxes, not the collaboration's Monte Carlo",
    "the response is a polynomial and a Gaussian from arXiv:2204.03011 with six fitted parameters",
    "external gammas are a slab model, without the radial distribution",
    "no pulse shape and no radius in the fit",
    "11C is not split by the three-fold coincidence",
    "bins are a third of the resolution wide, theirs one hit",
    "the rate of 14C pairs, 321 per day and 100 t, is taken as all pairs",
    "pep and CNO are fixed to our prediction of B16, 2.77 and 4.94 (GS98), theirs to 2.74 and 4.92",
)


def borexino_rows() -> list[Row]:
    """Return limits with and without gallium and systematics, by flavour and mass, Phase-I's, and the inputs."""
    return [*_limit_rows(), *_moment_rows(), *_phase_1_rows(), *_input_rows()]


def _limit_rows() -> list[Row]:
    averaged, bare = _average(), _average(WITHOUT)
    both, both_bare = _values(averaged), _values(bare)
    first = f"{RISES} {both[1]:.3g}, {_bayes(averaged)}. What differs: {'; '.join(DIFFERENCES)}"
    second = (
        f"{RISES} {both_bare[1]:.3g}; {_ratios(both_bare, both)} times those with gallium, "
        f"{WITHOUT_GALLIUM / STATISTICAL:.2f} in print"
    )
    return [
        _row("with gallium, average of 8", LIMIT, both[0], first, entry=AVERAGED),
        _row(
            "without gallium, average of 8", WITHOUT_GALLIUM, both_bare[0], second, entry=f"{AVERAGED}_without_gallium"
        ),
        *_single_rows(averaged),
    ]


def _single_rows(averaged: Average) -> list[Row]:
    """The configuration that is true alone, its response fitted and fixed, and what the average makes of it."""
    single, single_bare = _limits(*TRUE), _limits(*TRUE, WITHOUT)
    fixed, fixed_bare = _limits(*TRUE, FIXED), _limits(*TRUE, FIXED, WITHOUT)
    first = (
        f"the true configuration alone; {RISES} {single[1]:.3g}; without gallium {_pair(single_bare)}, "
        f"{_ratios(single_bare, single)} times those; with the response fixed {_pair(fixed)}, without gallium "
        f"{_pair(fixed_bare)}, {_ratios(fixed_bare, fixed)} times those"
    )
    spread = averaged.limits[0].spread
    found = (
        f"single limits {spread.minimum:.3g} to {spread.maximum:.3g}, deviation {spread.standard_deviation:.2g}; the "
        "sign is that of the assumed truth, GS98:"
    )
    ratio = _values(averaged)[0] / single[0]
    other = _values(_average(OTHER_TRUTH))[0] / _limits(*OTHER)[0]
    own = _values(_average(OWN_DATA))[0] / single[0]
    second = f"{found} with AGSS09met as truth {other:.3f}, with each configuration's own Asimov data {own:.3f}"
    return [
        _row("with gallium, statistics", STATISTICAL, single[0], first, entry=f"{AVERAGED}_with_gallium_statistical"),
        _row("average over statistics", LIMIT / STATISTICAL, ratio, second, quantity="ratio"),
    ]


def _moment_rows() -> list[Row]:
    """Limits on single moments that 2.8e-11 means, by the shares of mass states in vacuum as in print."""
    printed, matter = (convert_limit(LIMIT, "solar", read_settings([]), weights=w) for w in ("vacuum", "matter"))
    rows = []
    for names, of, table, words in (
        (FLAVOUR, "flavour", "flavour_basis", "each alone"),
        (DIRAC, "mass_dirac", "mass_basis_dirac", "Dirac"),
        (MAJORANA, "mass_majorana", "mass_basis_majorana", "Majorana"),
    ):
        for name, published in names.items():
            ours, other = getattr(printed, of)[name], getattr(matter, of)[name]
            note = f"{words}; shares of mass states in vacuum, the weaker of both orderings"
            if of != "flavour":
                note += f"; {other:.3g} with the shares after matter"
            rows.append(_row(f"mu_{name}", published, ours, note, entry=f"borexino.{table}.{name}"))
    return rows


def _phase_1_rows() -> list[Row]:
    """What is gained by holding what the spectrum does not know: our Phase-II spectrum without gallium."""
    correlated = _limits(*TRUE, WITHOUT)[0]
    pp_held = _limits(*TRUE, WITHOUT, 'source.free=["Be7"]')[0]
    held = _held_limit()
    scaled = _limits(*TRUE, WITHOUT, "exposure.days=192")[0]
    first = (
        f"Phase-II, without gallium, all rates held at their values: {held:.3g}; with pp alone held {pp_held:.3g}, "
        f"with none held {correlated:.3g}"
    )
    second = (
        f"Phase-II, without gallium, pp and all other rates fitted; in 192 days of the same background {scaled:.3g}: "
        "with correlations the limit is weaker, as the collaboration found"
    )
    rows = (
        _row("Phase-I, no correlations", PHASE_1_WITHOUT, held, first, entry="world.Canas2016.moment"),
        _row("Phase-I, correlations", PHASE_1_WITH, correlated, second, entry="world.Borexino2008.moment"),
    )
    return [replace(row, ratio=None, note=f"other data, so no ratio; {row.note}") for row in rows]


def _input_rows() -> list[Row]:
    """What the published limits start from, and what our entry of the catalogue has in its place."""
    ours = _load().model_dump(by_alias=True)
    rows = [
        taken_over(PAPER, row, quantity, published, ours[table][key], entry=f"borexino.{entry}")
        for entry, (row, quantity, published, table, key) in INPUTS.items()
    ]
    for entry, (row, key) in CHOICES.items():
        at = f"borexino.discrete_choices.{entry}"
        rows.append(taken_over(PAPER, row, "equally probable choices", 2, len(ours["choices"][key]), entry=at))
    return rows


def _held_limit() -> float:
    """Limit with every rate held, as a recast of counts has it."""
    analysis = _load(*TRUE, WITHOUT, "source.free=[]")
    changes = {"free": False, "bounds": list(FREE_BOUNDS), "uncertainty": 0.0}
    held = [table.model_copy(update=changes) for table in analysis.background]
    return limits(analysis.model_copy(update={"background": held}), constructions=("delta-chi2",))[0].value


def _row(
    row: str, published: float, ours: float, note: str, *, entry: str = "", quantity: str = "neutrino magnetic moment"
) -> Row:
    return compare(PAPER, row, quantity, published, ours, note=note, entry=entry)


def _load(*overrides: str) -> Analysis:
    analysis = load(ENTRY, (*overrides, REFERENCE))
    if not isinstance(analysis, Analysis):
        raise TypeError(ENTRY)
    return analysis


def _average(*overrides: str) -> Average:
    return average(_load(*overrides), constructions=("delta-chi2", "bayes"))


def _values(result: Average) -> tuple[float, float]:
    """The average's limits by both rises of -2 ln L."""
    one, two = (found.average.value for found in result.limits[:2])
    return one, two


def _limits(*overrides: str) -> tuple[float, float]:
    """Limits of one configuration by both rises of -2 ln L."""
    one, two = limits(_load(*overrides), constructions=("delta-chi2",))
    return one.value, two.value


def _bayes(result: Average) -> str:
    return ", ".join(f"Bayes {found.average.value:.3g} {found.average.parameter.prior}" for found in result.limits[2:])


def _ratios(above: tuple[float, float], below: tuple[float, float]) -> str:
    return " and ".join(f"{a / b:.2f}" for a, b in zip(above, below, strict=True))


def _pair(values: tuple[float, float]) -> str:
    return " and ".join(f"{value:.3g}" for value in values)
