"""The limits of the IsoDAR neutrino-magnetic-moment slides, and the recipe's own, calculated independently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from numm_stats.reproduction.rows import Row, compare, taken_over
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import analysis_of, build_templates

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ISODAR", "RECIPE", "SLIDES", "isodar_rows"]

SLIDES: Final = "IsoDAR slides"
ONE_SIDED: Final = 1.642
LIKELIHOOD_SCANNED: Final = 0.82
MOMENT, COUPLING = "neutrino magnetic moment", "light vector coupling"
EXACT: Final = "signal.kinematics=exact"
INTERFERENCE: Final = "signal.interference=true"

# Published 90 % limits: IsoDAR neutrino-magnetic-moment slides, Delta chi2 = 1.64, 0.7 % normalisation, no background.
# Entry of the catalogue, moment [Bohr magnetons], coupling of a light vector.
ISODAR: Final = (
    ("isodar-kamland-3mev", 4.4e-11, 2.35e-6),
    ("isodar-kamland-1mev", 2.6e-11, 1.75e-6),
    ("isodar-juno-3mev", 2.5e-11, 1.75e-6),
    ("isodar-juno-1mev", 1.5e-11, 1.25e-6),
    ("isodar-juno-0.2mev", 7.6e-12, 6.0e-7),
    ("isodar-sno-0.2mev", 1.5e-11, 8.5e-7),
)
# What they start from: Delta chi2, normalisation, and of each entry the threshold [MeV] and events above it.
DELTA_CHI2, NORMALISATION = 1.64, 0.007
INPUTS: Final = ((3.0, 3000), (1.0, 7500), (3.0, 80000), (1.0, 200000), (0.2, 280000), (0.2, 10500))

# The recipe as the slides state it, calculated twice independently and good to 0.5 %, in the order of `ISODAR`.
RECIPE: Final = {
    "recipe_magnetic_moment": (5.21e-11, 3.25e-11, 3.14e-11, 1.94e-11, 1.00e-11, 1.99e-11),
    "recipe_light_vector_coupling": (2.45e-6, 1.74e-6, 1.91e-6, 1.28e-6, 6.71e-7, 9.92e-7),
    "exact_vector_quadratic_only": (2.81e-6, 1.86e-6, 2.16e-6, 1.34e-6, 6.80e-7, 1.01e-6),
    "exact_vector_with_interference": (8.6e-7, 5.5e-7, 5.4e-7, 3.3e-7, 1.61e-7, 3.2e-7),
}
# Name of the row, its quantity, and what of an entry it is.
VARIANTS: Final = {
    "recipe_magnetic_moment": ("recipe", MOMENT, "", ()),
    "recipe_light_vector_coupling": ("recipe", COUPLING, "-vector", ()),
    "exact_vector_quadratic_only": ("exact kinematics", COUPLING, "-vector", (EXACT,)),
    "exact_vector_with_interference": ("exact, interference", COUPLING, "-vector", (EXACT, INTERFERENCE)),
}
INDEPENDENT: Final = "not in print: calculated twice independently, good to 0.5 % before rounding"


def isodar_rows() -> list[Row]:
    """Return the twelve limits of the slides, those of their recipe calculated independently, and their inputs."""
    moments = [_moment(k, entry, published) for k, (entry, published, _) in enumerate(ISODAR)]
    couplings = [_coupling(k, f"{entry}-vector", published) for k, (entry, _, published) in enumerate(ISODAR)]
    return [*moments, *couplings, *_independent(), *_inputs()]


def _moment(place: int, entry: str, published: float) -> Row:
    ours = _limit(entry)
    half = _limit(entry, "couplings.g_left=0.5")
    scanned = _limit(entry, rise=LIKELIHOOD_SCANNED)
    note = (
        f"the recipe as written gives {ours / published:.2f} x print; with g_L = 1/2 in the weak term {half:.3g} "
        f"({half / published:.2f} x), with Delta chi2 = {LIKELIHOOD_SCANNED}, as if -ln L had been scanned, "
        f"{scanned:.3g} ({scanned / published:.2f} x)"
    )
    return compare(SLIDES, entry, MOMENT, published, ours, note=note, entry=f"isodar.rows.{place}.magnetic_moment")


def _coupling(place: int, entry: str, published: float) -> Row:
    ours = _limit(entry)
    half = _limit(entry, "couplings.g_left=0.5")
    scanned = _limit(entry, rise=LIKELIHOOD_SCANNED)
    exact = _limit(entry, EXACT)
    real = _limit(entry, EXACT, INTERFERENCE)
    note = (
        f"massless, g^4 term only, low recoil: {ours / published:.2f} x print; g_L = 1/2 gives {half:.3g} "
        f"({half / published:.2f} x), Delta chi2 = {LIKELIHOOD_SCANNED} {scanned:.3g} ({scanned / published:.2f} x); "
        f"exact kinematics {exact:.3g}; a real vector, with interference, is limited to {real:.3g}"
    )
    at = f"isodar.rows.{place}.light_vector_coupling"
    return compare(SLIDES, entry, COUPLING, published, ours, note=note, entry=at)


def _independent() -> Iterator[Row]:
    """The recipe's limits, and those that exact kinematics and interference give, as calculated independently."""
    for key, values in RECIPE.items():
        words, quantity, suffix, overrides = VARIANTS[key]
        for place, ((entry, _, _), value) in enumerate(zip(ISODAR, values, strict=True)):
            ours = _limit(entry + suffix, *overrides)
            name = f"{entry}{suffix}, {words}"
            at = f"isodar.{key}.{place}"
            yield compare(SLIDES, name, quantity, value, ours, note=INDEPENDENT, entry=at)


def _inputs() -> Iterator[Row]:
    first = analysis_of(ISODAR[0][0]).systematic[0].size
    yield taken_over(
        SLIDES, "normalisation", "uncertainty", NORMALISATION, first, entry="isodar.normalisation_uncertainty"
    )
    yield taken_over(SLIDES, "one-sided 90 %", "Delta chi2", DELTA_CHI2, ONE_SIDED, entry="isodar.delta_chi2")
    stated = [(f"isodar.rows.{k}", row[0], build_templates(row[0]), *INPUTS[k]) for k, row in enumerate(ISODAR)]
    for at, entry, templates, threshold, _ in stated:
        lowest = float(templates.edges[0])
        yield taken_over(SLIDES, entry, "threshold [MeV]", threshold, lowest, entry=f"{at}.threshold_mev")
    for at, entry, templates, _, events in stated:
        weak = float(templates["weak"].sum())
        yield taken_over(SLIDES, entry, "events above threshold", events, weak, entry=f"{at}.events")


def _limit(entry: str, *overrides: str, rise: float = ONE_SIDED) -> float:
    return limit(load(entry, overrides), construction="delta-chi2", delta_chi2=rise).value
