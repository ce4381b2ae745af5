"""The limits of the IsoDAR neutrino-magnetic-moment slides."""

from __future__ import annotations

from typing import Final

from numm_stats.limiting import limit
from numm_stats.loading import load
from numm_stats.reproduction.rows import Row

__all__ = ["ISODAR", "SLIDES", "isodar_rows"]

SLIDES: Final = "IsoDAR slides"
ONE_SIDED: Final = 1.642
LIKELIHOOD_SCANNED: Final = 0.82

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


def isodar_rows() -> list[Row]:
    """Return the twelve limits of the IsoDAR slides: six moments, six couplings."""
    moments = [_moment(entry, published) for entry, published, _ in ISODAR]
    return moments + [_coupling(f"{entry}-vector", published) for entry, _, published in ISODAR]


def _moment(entry: str, published: float) -> Row:
    ours = _limit(entry)
    half = _limit(entry, "couplings.g_left=0.5")
    scanned = _limit(entry, rise=LIKELIHOOD_SCANNED)
    note = (
        f"the recipe as written gives {ours / published:.2f} x print; with g_L = 1/2 in the weak term {half:.3g} "
        f"({half / published:.2f} x), with Delta chi2 = {LIKELIHOOD_SCANNED}, as if -ln L had been scanned, "
        f"{scanned:.3g} ({scanned / published:.2f} x)"
    )
    return Row(SLIDES, entry, "neutrino magnetic moment", published, ours, ours / published, note)


def _coupling(entry: str, published: float) -> Row:
    ours = _limit(entry)
    half = _limit(entry, "couplings.g_left=0.5")
    scanned = _limit(entry, rise=LIKELIHOOD_SCANNED)
    exact = _limit(entry, "signal.kinematics=exact")
    real = _limit(entry, "signal.kinematics=exact", "signal.interference=true")
    note = (
        f"massless, g^4 term only, low recoil: {ours / published:.2f} x print; g_L = 1/2 gives {half:.3g} "
        f"({half / published:.2f} x), Delta chi2 = {LIKELIHOOD_SCANNED} {scanned:.3g} ({scanned / published:.2f} x); "
        f"exact kinematics {exact:.3g}; a real vector, with interference, is limited to {real:.3g}"
    )
    return Row(SLIDES, entry, "light vector coupling", published, ours, ours / published, note)


def _limit(entry: str, *overrides: str, rise: float = ONE_SIDED) -> float:
    return limit(load(entry, overrides), construction="delta-chi2", delta_chi2=rise).value
