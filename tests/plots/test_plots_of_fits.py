"""Figures of impacts and contours: what stands on them."""

import math

import numpy as np
import pytest

from numm_stats import plots
from numm_stats.inference.contour import Contour, Contours
from numm_stats.inference.impacts import Impact, Impacts
from numm_stats.workspace.poi import PointOfInterest

MOMENT = PointOfInterest.read("mu_nu2_over_8e-12_squared")


def impact(k, shift=1.0):
    return Impact(f"norm_{k}", 0.1, 0.5, 0.1, 1.0, (-shift, shift), (-2.0 * shift, 2.0 * shift))


@pytest.fixture
def ranking():
    return Impacts("mu", 0.3, 1.2, tuple(impact(k, 1.0 / (k + 1)) for k in range(25)), "observed")


def test_the_twenty_leading_impacts_are_drawn_from_the_top(ranking):
    figure = plots.plot_impacts(ranking, title="ranking")
    impacts, pulls = figure.axes
    labels = [label.get_text() for label in impacts.get_yticklabels()]
    assert labels == [f"norm_{k}" for k in range(20)]
    low, high = impacts.get_ylim()
    assert low > high
    widths = [patch.get_width() for patch in impacts.patches]
    assert (max(widths), min(widths)) == (2.0, -2.0)
    assert pulls.get_xlim()[0] < -2.0
    assert impacts.get_xlabel() == "shift of mu"


def test_an_impact_that_is_missing_leaves_a_gap(tmp_path):
    lost = Impact("lost", 0.1, 0.5, 0.1, 1.0, (math.nan, 1.0), (-2.0, math.nan))
    figure = plots.plot_impacts(Impacts("mu", 0.3, 1.2, (lost,), "observed"), title="a fit failed")
    plots.save_figure(figure, tmp_path / "impacts.png")
    assert (tmp_path / "impacts.png").stat().st_size > 0


def test_no_systematics_at_all(tmp_path):
    plots.save_figure(plots.plot_impacts(Impacts("mu", 0.3, 1.2, (), "observed"), title="none"), tmp_path / "i.png")


def test_contours_are_drawn_in_the_physical_quantity():
    angle = np.linspace(0.0, 2.0 * np.pi, 9)
    contours = tuple(
        Contour(level, rise, 4.0 + r * np.cos(angle), r * np.sin(angle))
        for level, rise, r in ((0.68, 2.28, 1.0), (0.9, 4.61, 2.0))
    )
    result = Contours(MOMENT.name, "norm", (4.0, 0.0), contours, "observed")
    figure = plots.plot_contours(result, MOMENT, title="two")
    inner, outer, best = figure.axes[0].lines
    assert best.get_xdata()[0] == pytest.approx(1.6e-11)
    assert inner.get_xdata().max() == pytest.approx(8e-12 * math.sqrt(5.0))
    assert outer.get_ydata().max() == pytest.approx(2.0)
    assert figure.axes[0].get_xlim()[0] == 0.0
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[0].startswith("68 % C.L.")
    assert figure.axes[0].get_ylabel() == "norm"
