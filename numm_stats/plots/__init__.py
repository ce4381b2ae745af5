"""Figures: results in, figures out. Nothing is computed here but where things are drawn."""

from numm_stats.plots.coverage import plot_coverage
from numm_stats.plots.curves import LEVELS_90, plot_cls_scan, plot_cross_sections, plot_profile
from numm_stats.plots.fits import plot_contours, plot_impacts
from numm_stats.plots.labels import quantity_label, value_label
from numm_stats.plots.maps import plot_coupling_map
from numm_stats.plots.saving import save_figure
from numm_stats.plots.spectrum import plot_spectrum

__all__ = [
    "LEVELS_90",
    "plot_cls_scan",
    "plot_contours",
    "plot_coupling_map",
    "plot_coverage",
    "plot_cross_sections",
    "plot_impacts",
    "plot_profile",
    "plot_spectrum",
    "quantity_label",
    "save_figure",
    "value_label",
]
