"""NOvA's counting experiment: its limit on the moment, and the numbers that an independent calculation gives for it.

B. Wang's search with the near detector, as quoted in the NOvA note of 2024: only the limit by CLs is in print. The
other numbers have been calculated independently from the published counts and from NOvA's 2017 flux.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from numm_stats.assembly.assembling import observed_counts
from numm_stats.detectors.nova import SINGLE_BIN
from numm_stats.inference.crossing import upward_crossing
from numm_stats.inference.exact import counting_upper_limit, feldman_cousins_interval
from numm_stats.reproduction.rows import Row, compare, taken_over
from numm_stats.verbs.limiting import limits
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import analysis_of, build_templates
from numm_stats.verbs.throwing import toy_limits

__all__ = ["nova_rows"]

PAPER: Final = "NOvA counting"
ENTRY: Final = "nova-counting"
MOMENT: Final = "neutrino magnetic moment"
OBSERVED, EXPECTED, UNCERTAINTY, POT = 25, 23.78, 0.109, 3.62e20
WINDOW_GEV, THETA2_GEV = (0.3, 0.9), 0.003  # recoil energies, and the largest T theta^2 [GeV rad^2]
PUBLISHED: Final = 1.58e-9  # Bohr magnetons, 90 %
LEVEL: Final = 0.9

# Calculated independently. Upper limits on signal events and on the moment, 90 %; events per tonne and 3.62e20 protons
# on target with recoils of 0.3 to 0.9 GeV, the magnetic ones at the published limit.
EVENTS: Final = {
    "cls_asymptotic": 10.77,
    "cls_toys": 10.84,
    "profile_1p64": 8.90,
    "profile_2p71": 11.25,
    "hybrid_clsb": 9.69,
    "hybrid_cls": 11.26,
}
PROFILED_MOMENT: Final = {"profile_1p64": 1.44e-9, "profile_2p71": 1.62e-9}
PER_TONNE: Final = {"weak": 1.578, "signal": 0.711}

TOYS, SEED = 20000, 1
PRIOR_NODES: Final = 40

INDEPENDENT: Final = "not in print, calculated independently"
WHOLE: Final = (
    "all expected events are taken as neutrino-electron scattering; if a part f of them is, divide by the root of f"
)
ASSUMED: Final = (
    "recoils of 0.3 to 0.9 GeV are not smeared; magnetic scattering passes all cuts, T theta^2 below 0.003 GeV rad^2 "
    "too, as often as weak scattering does; the 10.9 % are of the expected events alone, none of the signal; all four "
    "flavours of the beam have the moment"
)


class _Limits(NamedTuple):
    """Limits of the catalogue's analysis by CLs and by rises of -2 ln L of 1.642 and 2.706."""

    events: list[float]
    moments: list[float]
    at_one: float  # signal events where the parameter of interest is one


def nova_rows() -> list[Row]:
    """Return the limits on signal events, those on the moment, the events per tonne that join the two, and inputs."""
    found = _limits()
    return [*_event_rows(found), *_moment_rows(found.moments), *_per_tonne_rows(), *_input_rows()]


def _event_rows(found: _Limits) -> list[Row]:
    toys, uncertainty = _toys(found.at_one)
    sums = "Poisson sums averaged over a Gaussian prior of the expectation, for comparison"
    ours = {
        "cls_asymptotic": (found.events[0], _counting_note()),
        "cls_toys": (toys, f"{TOYS} toys, +- {uncertainty:.2g} from their number"),
        "profile_1p64": (found.events[1], "-2 ln L rises by 1.642, one-sided"),
        "profile_2p71": (found.events[2], "-2 ln L rises by 2.706"),
        "hybrid_clsb": (_hybrid(), f"{sums}: CLs+b"),
        "hybrid_cls": (_hybrid(divided=True), f"{sums}: CLs"),
    }
    return [
        _row(name, "signal events", EVENTS[name], value, f"{note}; {INDEPENDENT}")
        for name, (value, note) in ours.items()
    ]


def _counting_note() -> str:
    exact = counting_upper_limit(OBSERVED, EXPECTED, confidence_level=LEVEL)
    accepted = ", ".join(
        f"{low:.3g} to {high:.4g}" for low, high in feldman_cousins_interval(OBSERVED, EXPECTED, LEVEL)
    )
    return (
        f"{OBSERVED} observed, {EXPECTED} expected with normsys of {100.0 * UNCERTAINTY:.3g} %, no flux enters; by "
        f"exact sums without that uncertainty {exact:.4g}, Feldman and Cousins {accepted}"
    )


def _moment_rows(moments: list[float]) -> list[Row]:
    cls, *profiled = moments
    rises = [
        _row(name, MOMENT, value, ours, f"as for cls; {INDEPENDENT}")
        for (name, value), ours in zip(PROFILED_MOMENT.items(), profiled, strict=True)
    ]
    note = f"as in print; {WHOLE}; {ASSUMED}"
    return [_row("cls", MOMENT, PUBLISHED, cls, note, entry="nova.muon_neutrino_moment"), *rises]


def _input_rows() -> list[Row]:
    """What the published limit starts from, and what our entry of the catalogue has in its place."""
    analysis = analysis_of(ENTRY)
    expected, size = float(build_templates(analysis)["weak"].sum()), analysis.systematic[0].size
    observed = float(np.sum(observed_counts(analysis) or 0.0))
    low, high = (float(1e-3 * edge) for edge in analysis.edges_mev()[[0, -1]])
    inputs = (
        ("observed", "events", OBSERVED, observed, "observed"),
        ("expected", "events", EXPECTED, expected, "expected"),
        ("expected", "uncertainty", UNCERTAINTY, size, "background_relative_uncertainty"),
        ("lowest recoil", "energy [GeV]", WINDOW_GEV[0], low, "recoil_window_gev.0"),
        ("highest recoil", "energy [GeV]", WINDOW_GEV[1], high, "recoil_window_gev.1"),
    )
    exposure = "an input of the events per tonne; no limit needs it, because the expected events are stated"
    cut, note = 1e-3 * SINGLE_BIN.recoil_theta2_mev, "an input; unsmeared recoils, below 2 m_e = 0.00102, all pass it"
    return [
        *(taken_over(PAPER, name, what, value, ours, entry=f"nova.{key}") for name, what, value, ours, key in inputs),
        _row("exposure", "protons on target", POT, POT, exposure, entry="nova.pot"),
        _row("highest T theta^2", "cut [GeV rad^2]", THETA2_GEV, cut, note, entry="nova.t_theta2_max_gev_rad2"),
    ]


def _per_tonne_rows() -> list[Row]:
    whole = load(ENTRY, (f"exposure={{pot={POT}}}", "detector.tonnes=1", f"signal.reference={PUBLISHED}"))
    weak, magnetic = (float(build_templates(whole)[sample].sum()) for sample in PER_TONNE)
    both = f"2017 flux, forward horn current, {POT:.3g} protons on target, 0.3 to 0.9 GeV, all seen; {INDEPENDENT}"
    mass = f"the {EXPECTED} expected events are those of {EXPECTED / weak:.2f} t"
    return [
        _row("weak", "events per tonne", PER_TONNE["weak"], weak, f"{both}; {mass}"),
        _row("magnetic", "events per tonne", PER_TONNE["signal"], magnetic, f"{both}; moment {PUBLISHED:.3g}"),
    ]


def _limits() -> _Limits:
    found = limits(ENTRY, constructions=("cls", "delta-chi2"), confidence_level=LEVEL)
    at_one = float(build_templates(ENTRY)["signal"].sum())
    return _Limits([each.parameter.value * at_one for each in found], [each.value for each in found], at_one)


def _toys(at_one: float) -> tuple[float, float]:
    """Return the limit by CLs from toys and its uncertainty, in signal events."""
    (found,) = toy_limits(ENTRY, toys=TOYS, seed=SEED, confidence_level=LEVEL)
    return found.parameter.value * at_one, found.parameter.uncertainty * at_one


def _hybrid(*, divided: bool = False) -> float:
    """Return the signal events that an averaged CLs+b excludes; `divided` by the same without signal, CLs.

    P(n <= 25 | s) is averaged over expectations that are Gaussian and cut at zero.
    """
    from scipy.special import gammaincc  # noqa: PLC0415

    nodes, weights = np.polynomial.hermite_e.hermegauss(PRIOR_NODES)
    expectations = EXPECTED * np.maximum(1.0 + UNCERTAINTY * nodes, 0.0)

    def up_to(signal: float) -> float:
        return float(weights @ gammaincc(OBSERVED + 1.0, signal + expectations) / weights.sum())

    level = (1.0 - LEVEL) * (up_to(0.0) if divided else 1.0)
    return upward_crossing(lambda signal: math.log(level / up_to(signal)), 0.0, 1.0)


def _row(row: str, quantity: str, published: float, ours: float, note: str, *, entry: str = "") -> Row:
    return compare(PAPER, row, quantity, published, ours, note=note, entry=entry)
