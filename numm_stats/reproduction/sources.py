"""Artificial sources and a detector like HELLAZ: lines, shares of regions, and what the electron's angle gains.

Miranda, Segura, Semikoz and Valle, FTUV/99-38; the sensitivity of HELLAZ in the talk hep-ph/0101137.
"""

from __future__ import annotations

from typing import Final

from numm_stats.physics.angles import dynamical_zero
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.reproduction.rows import Row, compare, taken_over
from numm_stats.sources.artificial import artificial
from numm_stats.sources.artificial_decays import CAPTURES, capture_lines_mev
from numm_stats.templates.ratio_regions import RatioRegion, ratio_region
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load

__all__ = ["sources_rows"]

PAPER: Final = "Artificial sources"
TABLE: Final = "artificial_sources"

# Published: energies of lines [MeV], their nuclides and places in the table of published numbers.
LINES: Final = {
    "Cr51": (0.746, "chromium_51_line_mev"),
    "V49": (0.602, "vanadium_49_line_mev"),
    "Sm145": (0.554, "samarium_145_line_mev"),
    "Ar37": (0.814, "argon_37_line_mev"),
}
MOMENT, THRESHOLD_MEV, SHARE = 6e-11, 0.1, 0.30
ZERO_MEV: Final = 0.548
RATIO, SHARE_INSIDE = 0.7, 0.30
SENSITIVITY: Final = 2e-11
ASSUMED_MEGACURIE: Final = 5.0  # of the catalogue's hellaz


def sources_rows() -> list[Row]:
    """Return the lines, the magnetic share of 90Sr-90Y, the dynamical zero, the region C = 0.7, and HELLAZ's limits."""
    return [*(_line(name) for name in LINES), *_inputs(), _share(), _zero(), *_regions(), *_hellaz()]


def _inputs() -> list[Row]:
    excess = f"{TABLE}.strontium_yttrium_excess"
    stated = (
        ("90Sr-90Y, moment", "neutrino magnetic moment", MOMENT, f"{excess}.moment"),
        ("90Sr-90Y, threshold", "energy [MeV]", THRESHOLD_MEV, f"{excess}.threshold_mev"),
        ("region, C", "ratio", RATIO, f"{TABLE}.comparable_region.ratio"),
    )
    return [taken_over(PAPER, row, quantity, value, value, entry=entry) for row, quantity, value, entry in stated]


def _line(name: str) -> Row:
    published, key = LINES[name]
    quoted = max(CAPTURES[name].lines_mev, key=lambda line: line[1])[0]
    bound = max(capture_lines_mev(CAPTURES[name]), key=lambda line: line[1])[0]
    q = CAPTURES[name].q_mev
    words = {
        "Cr51": "the strongest of four lines: 0.747 and 0.752 to the ground state, 0.427 and 0.432 beside them",
        "V49": f"in print Q = {q:.4g} MeV, between the atoms; a neutrino has less by the hole in the K shell",
        "Sm145": f"in print Q = {q:.4g} MeV less 61 keV of the level; a neutrino has less by the hole in the K shell",
        "Ar37": f"in print Q = {q:.4g} MeV; neutrinos have 0.811 (K shell) or 0.813 MeV (L shell), less by the hole",
    }
    ours = quoted if name in ("Cr51", "Ar37") else bound
    return compare(PAPER, f"{name} line", "energy [MeV]", published, ours, note=words[name], entry=f"{TABLE}.{key}")


def _region(ratio: float) -> RatioRegion:
    return ratio_region(artificial("Sr90-Y90", 1.0, 1.0), ratio, MOMENT, threshold_mev=THRESHOLD_MEV)


def _share() -> Row:
    found = _region(RATIO)
    ours = found.all_magnetic / (found.all_magnetic + found.all_weak)
    over_weak = found.all_magnetic / found.all_weak
    note = f"of all events above {1e3 * THRESHOLD_MEV:.0f} keV at {MOMENT:g}; magnetic over weak it is {over_weak:.3f}"
    key = f"{TABLE}.strontium_yttrium_excess.share_of_all_events"
    return compare(PAPER, "90Sr-90Y, magnetic share", "share", SHARE, ours, note=note, entry=key)


def _zero() -> Row:
    ours = dynamical_zero().energy_mev
    note = (
        f"m_e / (4 sin^2(theta_W)) with sin^2 = {ELECTRON_MASS_MEV / (4.0 * ours):.4f}; the published number is that "
        f"of sin^2 = {ELECTRON_MASS_MEV / (4.0 * ZERO_MEV):.4f}"
    )
    return compare(
        PAPER, "dynamical zero", "energy [MeV]", ZERO_MEV, ours, note=note, entry=f"{TABLE}.dynamical_zero_mev"
    )


def _regions() -> list[Row]:
    """What the region C = 0.7 holds: of weak, of all, of magnetic; none is the published 30 %, which C = 0.5 holds."""
    found, other = _region(RATIO), _region(0.5)
    note = (
        f"the published 30 % is not found: {100 * found.of_weak:.1f} % of the weak events, {100 * found.of_all:.0f} % "
        f"of all, {100 * found.of_magnetic:.0f} % of the magnetic ones; C = 0.5 holds {100 * other.of_weak:.0f} % of "
        "the weak"
    )
    key = f"{TABLE}.comparable_region.share_of_statistics"
    first = compare(PAPER, f"region C = {RATIO:g}", "share of weak", SHARE_INSIDE, found.of_weak, note=note, entry=key)
    ours = ((other, "of_weak"), (found, "of_all"), (found, "of_magnetic"))
    more = [
        compare(
            PAPER,
            f"region C = {region.ratio:g}",
            f"share {kind.replace('_', ' ')}",
            SHARE_INSIDE,
            getattr(region, kind),
            note="as above",
        )
        for region, kind in ours
    ]
    return [first, *more]


def _megacurie_of(moment: float) -> float:
    """Return the activity at which hellaz would expect a limit, all other assumptions kept."""
    from scipy.optimize import brentq  # noqa: PLC0415

    def excess(megacurie: float) -> float:
        stated = (f"source.activity_megacurie={megacurie!r}", f"signal.reference={moment!r}")
        return limit(load("hellaz", stated)).value / moment - 1.0

    return float(brentq(excess, 0.5, 10.0, xtol=0.02))


def _hellaz() -> list[Row]:
    """Limits by the energy alone, by energy and angle, and by the best region."""
    bounds = load("hellaz-region").binning.region
    ratio = 0.0 if bounds is None else bounds.ratio
    plain, angle, region = (limit(load(name)).value for name in ("hellaz", "hellaz-angle", "hellaz-region"))
    bare = [
        limit(load(name, ("background=[]", "signal.reference=1.6e-11"))).value for name in ("hellaz", "hellaz-angle")
    ]
    note = (
        "expected CLs at 90 % with recoil energies alone; activity, distance, background and systematics are assumed, "
        f"{ASSUMED_MEGACURIE:g} MCi at 12 m for a year, as the paper's were not to be had: with "
        f"{_megacurie_of(SENSITIVITY):.2g} MCi and the rest kept the limit is the published one"
    )
    gained = (
        f"energies and angles; {angle / plain:.3f} of the limit without angles, {bare[1] / bare[0]:.3f} ({bare[1]:.3g} "
        f"of {bare[0]:.3g}) where there is no background; two bins, of which C = {ratio:g} "
        f"bounds one, give {region:.4g}: no better than energies alone, and as good from C = 0.47 to 0.64 in finer bins"
    )
    name = "neutrino magnetic moment"
    return [
        compare("hep-ph/0101137", "HELLAZ, 90Sr-90Y", name, SENSITIVITY, plain, note=note),
        compare("hep-ph/0101137", "HELLAZ, with angles", name, SENSITIVITY, angle, note=gained),
    ]
