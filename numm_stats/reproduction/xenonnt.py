"""XENONnT's first electronic recoils and LZ's two runs: observed limits by every construction, beside those in print.

In print is XENONnT's limit. Numbers of events and limits by rises of -2 ln L have been calculated independently from
the published spectra, by the recipe of the catalogue's entries.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from numm_stats.assembly.assembling import assemble_scattering
from numm_stats.effective.limits import convert_limit
from numm_stats.effective.settings import read_settings
from numm_stats.physics.flavours import FAMILIES, lepton_family
from numm_stats.physics.moment_limits import flavour_limits
from numm_stats.reproduction.rows import Row, compare
from numm_stats.verbs.limiting import CONSTRUCTIONS, limits
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import analysis_of, build_templates
from numm_stats.verbs.questions import goodness
from numm_stats.verbs.throwing import toy_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.verbs.results import Limit

__all__ = ["ENTRY", "PUBLISHED", "flavour_shares", "xenonnt_rows"]

DOCUMENT: Final = "xenon"
MOMENT: Final = "neutrino magnetic moment"
ENTRY: Final = "xenonnt-sr0"
LZ: Final = {"WS2022": "lz-ws2022", "WS2024": "lz-ws2024"}
PUBLISHED: Final = 6.4e-12  # Bohr magnetons, 90 %, arXiv:2207.11330
PUBLISHED_FROM_LZ: Final = 1.1e-11  # arXiv:2207.05036, not the collaboration's

# Calculated twice independently from the published spectra: events, and limits by a rise of -2 ln L.
EVENTS, BACKGROUND, SIGNAL = 433, 426.0, 12.6
ONE_SIDED: Final = "delta-chi2 1.642"
RISES: Final = {ONE_SIDED: 5.8e-12, "delta-chi2 2.706": 7.2e-12}

REFERENCE: Final = "signal.reference=1e-11"
FREE: Final = ("detector.binding=none", REFERENCE)
TOYS, SEED, GOODNESS_TOYS = 4000, 1, 4000
INDEPENDENT: Final = "not in print, calculated independently"
WHOLE: Final = (
    "B0 is free as a whole, in 290 bins of 1 to 30 keV; the collaboration fits its nine parts, 1 to 140 keV and "
    "systematics of the efficiency"
)


def xenonnt_rows() -> list[Row]:
    """Return events, limits by every construction, what binding does, flavours, and LZ's runs."""
    found = limits(ENTRY, constructions=CONSTRUCTIONS)
    rises = {each.label: each.value for each in found}
    return [
        *_event_rows(),
        *_recipe_rows(rises),
        *_construction_rows(found),
        _fit_row(),
        *_binding_rows(rises["delta-chi2 2.706"]),
        *_flavour_rows(rises["delta-chi2 2.706"]),
        *_lz_rows(),
    ]


def _event_rows() -> list[Row]:
    analysis = analysis_of(ENTRY)
    templates = build_templates(load(ENTRY, (f"signal.reference={PUBLISHED}",)))
    background, signal = float(templates["B0"].sum()), float(templates["signal"].sum())
    weak = float(assemble_scattering(analysis, PUBLISHED).counts()[0].sum())
    integral = f"{INDEPENDENT}: integral of the published B0 x 1.16 t yr; {weak:.3g} of them are our weak scattering"
    against = f"{INDEPENDENT}: efficiency against the measured energy, as over it B0 is flat down to 1 keV"
    what = "events, 1 to 30 keV"
    return [
        _row("events", what, EVENTS, sum(analysis.data.values or ()), "as published"),
        _row("background", what, BACKGROUND, background, integral),
        _row("signal at 6.4e-12", what, SIGNAL, signal, against),
    ]


def _recipe_rows(rises: dict[str, float]) -> list[Row]:
    return [
        _row(f"recipe, {label}", MOMENT, value, rises[label], f"{INDEPENDENT}: {WHOLE}")
        for label, value in RISES.items()
    ]


def _construction_rows(found: Sequence[Limit]) -> list[Row]:
    """XENONnT's limit beside ours by every construction, from the same data."""
    rows = [_row(each.label, MOMENT, PUBLISHED, each.value, _expected(each)) for each in found]
    (ordered,) = toy_limits(ENTRY, toys=TOYS, seed=SEED, constructions=("feldman-cousins",))
    note = f"{_expected(ordered)}, +- {ordered.uncertainty:.2g} from {TOYS} toys for each moment; {WHOLE}"
    return [*rows, _row(ordered.label, MOMENT, PUBLISHED, ordered.value, note, entry="world.XENONnT.moment")]


def _expected(found: Limit) -> str:
    """The expected limit, and of one that says so that the data exclude every signal."""
    median = found.expected[len(found.expected) // 2] if found.expected else None
    text = "observed" if median is None else f"observed; expected {median:.3g}"
    return text if found.value > 0.0 else f"{text}; the data exclude every signal, a downward fluctuation"


def _fit_row() -> Row:
    found = goodness(ENTRY, toys=GOODNESS_TOYS, seed=SEED)
    note = (
        f"deviance {found.deviance:.4g} for {found.ndf} degrees of freedom, bins of 1.5 events; p from "
        f"{GOODNESS_TOYS} toys, as the chi2 law does not hold there"
    )
    return _row("goodness of fit", "p-value", None, found.p_value, note)


def _binding_rows(bound: float) -> list[Row]:
    """The limit with free electrons, and the signal in the first bin; `reproduce binding` has the electrons."""
    free = _rise(ENTRY, "delta-chi2 2.706", *FREE)
    first = [float(build_templates(load(ENTRY, keys))["signal"].values()[0]) for keys in ((REFERENCE,), FREE)]
    note = (
        f"{free / bound:.3f} times that with binding by steps, {bound:.3g}; that it is what is in print proves no "
        "treatment, as Feldman and Cousins give that with binding"
    )
    smeared = f"{first[0]:.3g} and {first[1]:.3g} events at 1e-11 in XENONnT's first bin, smeared"
    return [
        _row("delta-chi2 2.706, electrons free", MOMENT, PUBLISHED, free, note),
        _row("xenon, 1.0 to 1.1 keV", "signal, binding over free", None, first[0] / first[1], smeared),
    ]


def flavour_shares() -> dict[str, float]:
    """Return the part of XENONnT's magnetic scattering by each family, if all had the same moment."""
    scattering = assemble_scattering(analysis_of(ENTRY), PUBLISHED)
    events = {}
    for family in FAMILIES:
        chosen = tuple(c for c in scattering.source.components if lepton_family(c.flavour) == family)
        alone = replace(scattering, source=replace(scattering.source, components=chosen))
        events[family] = float(alone.counts()[1].sum())
    total = sum(events.values())
    return {family: count / total for family, count in events.items()}


def _flavour_rows(limit: float) -> list[Row]:
    """Limits on the moments of flavours; the weaker of both orderings, each as if the others were zero."""
    shares = flavour_shares()
    p_ee, seen = shares["e"], flavour_limits(limit, [shares[family] for family in FAMILIES])
    ours, printed = (convert_limit(each, "solar", read_settings(()), p_ee=p_ee) for each in (limit, PUBLISHED))
    return [
        _row(
            f"mu_{family}",
            MOMENT,
            None,
            ours.flavour[family],
            f"from {limit:.3g}, delta-chi2 2.706; {printed.flavour[family]:.3g} from 6.4e-12; nu_e make {p_ee:.3f} of "
            f"the magnetic scattering that is seen; by the share of nu_{family} in it {seen[family]:.3g}; Majorana "
            f"{ours.flavour_majorana[family]:.3g}; none in print to compare with was found",
        )
        for family in FAMILIES
    ]


def _lz_rows() -> list[Row]:
    found = {run: limits(entry, constructions=CONSTRUCTIONS) for run, entry in LZ.items()}
    unbound = _rise(LZ["WS2022"], ONE_SIDED, *FREE)
    recipe = (
        f"background known to 5 %, 19 bins; electrons free {unbound:.3g}; in print is others' limit from this run, "
        "arXiv:2207.05036; the recipe calculated independently gives 1.10e-11"
    )
    rows = []
    for run, constructions in found.items():
        for each in constructions:
            compared = run == "WS2022" and each.label == ONE_SIDED
            published, note = (PUBLISHED_FROM_LZ, recipe) if compared else (None, _expected(each))
            rows.append(_row(f"LZ {run}, {each.label}", MOMENT, published, each.value, note))
    return rows


def _rise(entry: str, label: str, *overrides: str) -> float:
    """Return the limit by a rise of -2 ln L, as `limits` labels it."""
    found = limits(load(entry, overrides), constructions=("delta-chi2",))
    return next(each.value for each in found if each.label == label)


def _row(row: str, quantity: str, published: float | None, ours: float, note: str, *, entry: str = "") -> Row:
    if published is None:
        return Row(DOCUMENT, row, quantity, None, ours, None, note, entry)
    return compare(DOCUMENT, row, quantity, published, ours, note=note, entry=entry)
