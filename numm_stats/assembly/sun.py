"""From the [source] table of the Sun to its neutrinos, and to what gallium captures of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.analyses.source_tables import MIXING_KEYS
from numm_stats.analyses.tables import FREE_BOUNDS
from numm_stats.templates.templates import SideMeasurement, Template, Templates, histogram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numm_stats.analyses.borexino_tables import GalliumTable
    from numm_stats.analyses.source_tables import SolarSource
    from numm_stats.sources.source import Source

__all__ = ["GALLIUM_ERRORS", "SUN_PARTS", "captures_on_gallium", "processes", "rate_scales", "solar_source"]

GALLIUM_ERRORS = ("gallium_cross_section", "fiducial_volume")
SUN_PARTS = {
    "pp": ("pp",),
    "Be7": ("Be7",),
    "pep": ("pep",),
    "CNO": ("N13", "O15", "F17"),
    "B8": ("B8",),
    "hep": ("hep",),
}


def processes(sun: SolarSource, part: str) -> list[str]:
    """Return the processes of a part of the Sun that the table has among its components."""
    return [name for name in SUN_PARTS[part] if sun.components is None or name in sun.components]


def rate_scales(sun: SolarSource, part: str) -> dict[str, tuple[float, float]]:
    """Return the parameter that multiplies the flux of a part of the Sun, and its bounds; nothing where it is fixed."""
    return {f"{part}_rate": FREE_BOUNDS} if part in sun.free else {}


def solar_source(table: SolarSource, components: Sequence[str] | None = None) -> Source:
    """Return the Sun as a source: the components named, or else those of the table."""
    from numm_stats.sources.solar import solar  # noqa: PLC0415  only what is in use is loaded

    return solar(**_settings(table, components))


def captures_on_gallium(table: GalliumTable, sun: SolarSource, fluxes: Mapping[str, float]) -> SideMeasurement:
    """Return the measured rate on gallium as counts, of which the relative Poisson error is that of the measurement.

    Moments do not change it: right-handed neutrinos of a Dirac moment are far too few.

    Args:
        table: rate, its error, and those of its prediction.
        sun: whose neutrinos.
        fluxes: relative to the model, of each part of the Sun that is predicted.
    """
    from numm_stats.sources.solar import gallium_rates_snu  # noqa: PLC0415

    counts_per_snu = table.rate_snu / table.uncertainty_snu**2
    errors = zip(GALLIUM_ERRORS, (table.cross_section_uncertainty, table.fiducial_volume_uncertainty), strict=True)
    scales = {name: (1.0 + size, 1.0 - size) for name, size in errors if size > 0.0}
    edges, samples = np.array([0.0, 1.0]), {}
    for part, flux in fluxes.items():
        captures = sum(gallium_rates_snu(**_settings(sun, processes(sun, part))).values()) * counts_per_snu * flux
        counts = histogram(np.array([captures]), edges, name="captures", label="Captures on gallium", unit="1")
        samples[part] = Template(counts, normalisations=scales, scales=rate_scales(sun, part))
    return SideMeasurement(Templates(edges, samples), (table.rate_snu * counts_per_snu,))


def _settings(table: SolarSource, components: Sequence[str] | None) -> dict[str, Any]:
    from numm_stats.physics.mixing import Mixing  # noqa: PLC0415

    stated = table.model_dump(exclude={"kind", "free", "rates_cpd_100t"}, exclude_none=True)
    if components is not None:
        stated["components"] = components
    mixing = Mixing(**{key: stated.pop(key) for key in MIXING_KEYS if key in stated})
    return {**stated, "mixing": mixing}
