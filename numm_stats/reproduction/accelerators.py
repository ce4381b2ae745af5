"""Accelerator experiments: pions at rest, beams, and what a forward detector of the LHC could see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from numm_stats.inference.exact import counting_upper_limit, feldman_cousins_interval
from numm_stats.reproduction.rows import Row, compare
from numm_stats.studies.accelerators import (
    LSND_WINDOW_MEV,
    by_construction,
    muon_over_electron_moment,
    rate_analysis,
    rate_limits,
)
from numm_stats.verbs.limiting import limits
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates

if TYPE_CHECKING:
    from numm_stats.analyses.analysis import Analysis

__all__ = ["accelerator_rows", "donut_row", "e734_row", "lsnd_row"]

PAPER: Final = "accelerators"
MOMENT: Final = "neutrino magnetic moment"
LEVEL: Final = 0.9

# Published 90 % limits [Bohr magnetons]: LSND, hep-ex/0101039, mu_e^2 + 2.4 mu_mu^2 < 1.1e-18; E734, Phys. Rev. D 41,
# 3297 (1990); MiniBooNE, S. Ouedraogo, thesis, 2008, recalled; DONUT, hep-ex/0102026
LSND, LSND_ELECTRON, LSND_FACTOR, LSND_SUM = 6.8e-10, 10.8e-10, 2.4, 1.1e-18
E734, MINIBOONE, DONUT = 8.5e-10, 12.7e-10, 3.9e-7
IN_FLIGHT: Final = 0.06  # nu_mu of 100 MeV beside each at rest
FORWARD: Final = ("flare-100", "fasernu2")


def accelerator_rows() -> list[Row]:
    """Return LSND's combination and limits, those of E734, MiniBooNE and DONUT, and two forward detectors."""
    return [
        lsnd_row(),
        *_lsnd_rows(),
        e734_row(),
        _rate_row("MiniBooNE", "miniboone", MINIBOONE),
        donut_row(),
        *(_forward_row(entry) for entry in FORWARD),
    ]


def lsnd_row() -> Row:
    """LSND's limit on the moment of muon neutrinos, from its rate."""
    entry = load("lsnd")
    templates = build_templates(entry)
    at_one = float(templates["signal"].sum())
    cls, one, two = _limits(entry)
    note = (
        f"observed, from the rate alone, Delta chi2 = 1.642; 2.706 gives {two:.3g}, CLs {cls:.3g}; 191 nu_e-e events, "
        f"180 expected by our couplings; {at_one:.3g} magnetic events at {entry.signal.reference:.2g}; flux and "
        "efficiency to 9.9 % also of the signal; neutrinos at rest only; window and counts: hep-ex/0101039, recalled "
        "but for the cross section"
    )
    return compare(PAPER, "LSND, mu_mu", MOMENT, LSND, one, note=note, entry="world.LSND.moment")


def e734_row() -> Row:
    """E734's limit, from the rates of both beams."""
    return _rate_row("E734", "e734", E734, entry="world.E734.moment")


def donut_row() -> Row:
    """DONUT's limit, by exact sums: one event where 2.3 are expected."""
    rates = rate_analysis("donut")
    (beam,) = rates.measurements
    counted = int(beam.observed)
    cls = counting_upper_limit(counted, beam.other, confidence_level=LEVEL)
    ordered = feldman_cousins_interval(counted, beam.other, LEVEL)[-1][1]
    ours, other = (rates.reference * math.sqrt(events / beam.signal) for events in (ordered, cls))
    published = beam.signal * (DONUT / rates.reference) ** 2
    note = (
        f"Feldman and Cousins, {ordered:.3g} signal events; CLs by exact sums {cls:.3g}, {other:.3g}; the published "
        f"limit would hold {published:.3g} of our events, so its cuts would keep {ordered / published:.2g} of them; "
        f"{rates.note}"
    )
    return compare(PAPER, "DONUT", MOMENT, DONUT, ours, note=note, entry="world.DONUT.moment")


def _lsnd_rows() -> list[Row]:
    factor, mixed = muon_over_electron_moment(), muon_over_electron_moment(in_flight=IN_FLIGHT)
    _, electron, _ = _limits(load("lsnd", ('signal.flavours=["e"]', "signal.reference=1e-9")))
    low, high = LSND_WINDOW_MEV
    first = (
        f"k of mu_e^2 + k mu_mu^2: magnetic scattering of nu_mu and nu_mu_bar over that of nu_e, recoils of {low:g} to "
        f"{high:g} MeV, one neutrino of each for a decay at rest; {mixed:.2f} with {100 * IN_FLIGHT:g} %, assumed, of "
        f"100-MeV nu_mu from pions in flight; the two published limits have {(LSND_ELECTRON / LSND) ** 2:.2f}"
    )
    second = "as mu_mu; the moment of electron neutrinos alone"
    third = f"ours: mu_e^2 alone; {factor:.3g} mu_mu^2 is as large at the limit of mu_mu"
    return [
        compare(PAPER, "LSND, combination", "factor of mu_mu^2", LSND_FACTOR, factor, note=first),
        compare(PAPER, "LSND, mu_e", MOMENT, LSND_ELECTRON, electron, note=second),
        compare(PAPER, "LSND, sum", "moment squared", LSND_SUM, electron**2, note=third),
    ]


def _limits(analysis: Analysis) -> tuple[float, float, float]:
    """Return the limits by CLs and by the one-sided and two-sided rise of -2 ln L."""
    found = limits(analysis, constructions=("cls", "delta-chi2"), confidence_level=LEVEL)
    cls, one, two = (by_construction(found, LEVEL)[key].value for key in ("cls", "one-sided", "two-sided"))
    return cls, one, two


def _rate_row(row: str, name: str, published: float, *, entry: str = "") -> Row:
    found = rate_limits(name, confidence_level=LEVEL)
    note = (
        f"Delta chi2 = 1.642; 2.706 gives {found['two-sided'].value:.3g}, CLs {found['cls'].value:.3g}; "
        f"{rate_analysis(name).note}"
    )
    return compare(PAPER, row, MOMENT, published, found["one-sided"].value, note=note, entry=entry)


def _forward_row(entry: str) -> Row:
    """The expected limit on a tau neutrino's moment, beside DONUT's, which it would have to beat."""
    analysis = load(entry)
    templates = build_templates(analysis)
    weak, signal = (float(templates[name].sum()) for name in ("weak", "signal"))
    cls, one, _ = _limits(analysis)
    note = (
        f"expected CLs, 3,000 / fb, beside DONUT's observed limit on nu_tau; Delta chi2 = 1.642 gives {one:.3g}; "
        f"{weak:.3g} weak events of all flavours, no other background, {signal:.3g} magnetic ones at the reference; "
        "fluxes of arXiv:2105.08270, of tau neutrinos to 50 %; windows of recoil are an assumption; the facility's own "
        "projections (arXiv:2301.10254) are some 1e-8 to 1e-7, no page with their numbers was found"
    )
    return compare(PAPER, entry, MOMENT, DONUT, cls, note=note)
