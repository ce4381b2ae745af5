"""Figures: what stands on them, and that they are written whole, reproducibly and without pyplot."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest

from numm_stats import plots
from numm_stats.errors import InputError
from numm_stats.inference.limits import UpperLimit
from numm_stats.inference.profile import ProfileScan
from numm_stats.templates.templates import Template, Templates, histogram
from numm_stats.verbs.results import CouplingMap, Limit
from numm_stats.workspace.poi import PointOfInterest

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")
MOMENT = PointOfInterest.read("mu_nu2_over_8e-12_squared")
COUPLING = PointOfInterest.read("g4_over_6e-7_fourth")
INTERFERING = PointOfInterest.read("g2_over_2e-7_squared")


def sample(counts: list[float], edges: list[float], power: int = 0) -> Template:
    return Template(histogram(np.array(counts), np.array(edges)), power=power)


def templates(edges: list[float], **samples: Template) -> Templates:
    return Templates(np.array(edges), samples)


@pytest.fixture
def three_bins() -> Templates:
    edges = [0.2, 0.3, 0.4, 0.5]
    signal, weak, cosmic = [4.0, 2.0, 1.0], [100.0, 64.0, 36.0], [10.0, 10.0, 10.0]
    return templates(edges, signal=sample(signal, edges, 2), weak=sample(weak, edges), b8_solar=sample(cosmic, edges))


@pytest.fixture
def figure(three_bins: Templates) -> Figure:
    return plots.plot_spectrum(three_bins, MOMENT, title="three bins", data=[120, 70, 41])


def parabola(scale: float = 1.0) -> ProfileScan:
    mu = np.linspace(0.0, 4.0, 21)
    return ProfileScan(MOMENT.name, mu, scale * mu**2, 0.0, "asimov")


def coupling_map(masses: list[float], *, observed: bool = False, band: bool = True) -> CouplingMap:
    limits = []
    for mass in masses:
        middle = 1.0 + mass
        expected = tuple(f * middle for f in (0.6, 0.8, 1.0, 1.3, 1.6)) if band else (None, None, middle, None, None)
        parameter = UpperLimit(
            "cls", "asymptotic", 0.9, COUPLING.name, 1.1 * middle if observed else None, expected, 0.0
        )
        limits.append(Limit("test", COUPLING, parameter))
    return CouplingMap("test", tuple(masses), tuple(limits))


def legend(axes: Axes) -> list[str]:
    shown = axes.get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


def panels(figure: Figure) -> list[Any]:
    return list(figure.axes)


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def line(axes: Axes, label: str) -> np.ndarray:
    [found] = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(found.get_xydata())


# Labels


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mu_nu2_over_8e-12_squared", r"$\mu_\nu$ [$\mu_B$]"),
        ("g4_over_6e-7_fourth", "coupling $g$"),
        ("g2_over_2e-7_squared", "coupling $g$"),
        ("mu_sig", "mu_sig"),
        ("one$", r"one\$"),
    ],
)
def test_axis_label_of_a_parameter(name: str, expected: str) -> None:
    assert plots.quantity_label(PointOfInterest.read(name)) == expected


@pytest.mark.parametrize(
    ("meaning", "value", "expected"),
    [
        (MOMENT, 8e-12, r"$\mu_\nu = 8\times10^{-12}\,\mu_B$"),
        (MOMENT, 1e-11, r"$\mu_\nu = 10^{-11}\,\mu_B$"),
        (COUPLING, 6e-7, r"$g = 6\times10^{-7}$"),
        (COUPLING, 0.05, "$g = 0.05$"),
        (COUPLING, 1234.0, "$g = 1234$"),
    ],
)
def test_value_as_a_legend_says_it(meaning: PointOfInterest, value: float, expected: str) -> None:
    assert plots.value_label(meaning, value) == expected


# Spectrum


def test_spectrum_has_two_panels_with_units(figure: Figure) -> None:
    upper, lower = panels(figure)
    assert figure.get_suptitle() == "three bins"
    assert upper.get_yscale() == "log"
    assert upper.get_ylabel() == "Events / 0.1 MeV"
    assert lower.get_xlabel() == "Recoil energy [MeV]"
    assert lower.get_ylabel() == "ratio to\nbackground"


def test_legend_names_data_signal_and_every_background(figure: Figure) -> None:
    signal = r"signal, $\mu_\nu = 8\times10^{-12}\,\mu_B$"
    expected = ["data", signal, "b8_solar", r"weak $\nu e$ scattering", r"statistical error, $1/\sqrt{N}$"]
    assert sorted(legend(panels(figure)[0])) == sorted(expected)


def test_an_asimov_set_has_no_points(three_bins: Templates) -> None:
    figure = plots.plot_spectrum(three_bins, MOMENT, title="")
    assert "data" not in legend(panels(figure)[0])
    assert not panels(figure)[0].containers


def test_backgrounds_stack_and_the_ratio_is_signal_over_their_sum(figure: Figure) -> None:
    stack = [patch.get_data() for patch in panels(figure)[0].patches]
    assert stack[1].values.tolist() == [110.0, 74.0, 46.0]
    assert stack[1].baseline.tolist() == [100.0, 64.0, 36.0]
    band, ratio = (patch.get_data() for patch in panels(figure)[1].patches)
    background = np.array([110.0, 74.0, 46.0])
    assert ratio.values == pytest.approx(1.0 + np.array([4.0, 2.0, 1.0]) / background)
    assert band.values - 1.0 == pytest.approx(background**-0.5)
    assert band.baseline + band.values == pytest.approx(2.0)


def test_data_carry_poisson_intervals(three_bins: Templates) -> None:
    """Central 68.27 % intervals: 0 to 1.841 at no count, 0.1728 to 3.2995 at one (Garwood; PDG, statistics)."""
    figure = plots.plot_spectrum(three_bins, MOMENT, title="", data=[0, 1, 10])
    [bars] = panels(figure)[0].containers[0].lines[2]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert ends[0] == pytest.approx([0.0, 1.841], abs=1e-3)
    assert ends[1] == pytest.approx([0.1728, 3.2995], abs=1e-3)
    assert ends[2] == pytest.approx([6.891, 14.267], abs=1e-3)


def test_a_strength_moves_each_term_by_its_own_power() -> None:
    edges = [1.0, 2.0]
    terms = {"signal_g2": sample([-1.0], edges, 2), "signal_g4": sample([3.0], edges, 4)}
    made = templates(edges, **terms, weak=sample([10.0], edges))
    axes = panels(plots.plot_spectrum(made, INTERFERING, title="", strength=4.0))
    assert axes[1].patches[1].get_data().values == pytest.approx([1.0 + (3.0 * 16.0 - 1.0 * 4.0) / 10.0])
    assert r"signal, $g = 4\times10^{-7}$" in legend(axes[0])


def test_a_negative_signal_leaves_a_gap_above_and_is_seen_below() -> None:
    edges = [1.0, 2.0, 4.0]
    made = templates(edges, signal=sample([-1.0, 2.0], edges, 4), weak=sample([10.0, 10.0], edges))
    upper, lower = panels(plots.plot_spectrum(made, COUPLING, title=""))
    assert np.isnan(upper.patches[-1].get_data().values).tolist() == [True, False]
    assert lower.patches[1].get_data().values == pytest.approx([0.9, 1.2])
    assert lower.get_ylim()[0] < 0.9
    assert upper.get_ylabel() == "Events / bin"


def test_one_bin_fits_under_its_legend() -> None:
    edges = [300.0, 900.0]
    made = templates(edges, signal=sample([9.6], edges, 2), weak=sample([23.78], edges))
    figure = plots.plot_spectrum(made, MOMENT, title="counting", data=[25])
    upper = panels(figure)[0]
    assert upper.get_ylabel() == "Events / 600 MeV"
    assert upper.get_xlim() == (300.0, 900.0)
    figure.draw_without_rendering()
    box = upper.get_legend().get_window_extent()
    assert upper.transData.transform((600.0, 25.0))[1] < box.y0


def test_more_backgrounds_than_colours_can_be_drawn() -> None:
    edges = [1.0, 2.0]
    many = {f"background_{i}": sample([1.0], edges) for i in range(30)}
    figure = plots.plot_spectrum(templates(edges, signal=sample([1.0], edges, 2), **many), MOMENT, title="")
    low, high = panels(figure)[0].get_ylim()
    assert len(legend(panels(figure)[0])) == 32
    assert low < 30.0 < high


def test_data_of_other_bins_are_refused(three_bins: Templates) -> None:
    with pytest.raises(InputError, match=r"shape \(2,\) for 3 bins"):
        plots.plot_spectrum(three_bins, MOMENT, title="", data=[1, 2])


# Profile


def test_profile_is_drawn_in_the_physical_quantity() -> None:
    figure = plots.plot_profile({"Asimov": parabola(), "other": parabola(2.0)}, MOMENT, title="profile")
    [axes] = panels(figure)
    assert axes.get_xlabel() == r"$\mu_\nu$ [$\mu_B$]"
    assert axes.get_ylim() == (0.0, 10.0)
    assert legend(axes) == ["Asimov", "other"]
    drawn = line(axes, "Asimov")
    assert drawn[5] == pytest.approx([8e-12, 1.0])  # mu = 1 is the reference
    assert axes.get_xlim()[1] == pytest.approx(8e-12 * 3.0**0.5)  # mu = 3 is the last point below 10


def test_levels_are_named() -> None:
    axes = panels(plots.plot_profile({"Asimov": parabola()}, MOMENT, title=""))[0]
    assert texts(axes) == ["1.642 (90 % C.L., one-sided)", "2.706 (90 % C.L., two-sided)"]
    other = panels(plots.plot_profile({"Asimov": parabola()}, MOMENT, title="", levels={"95 %": 3.841}))[0]
    assert texts(other) == ["3.841 (95 %)"]


def test_a_scan_of_two_points_is_drawn_whole() -> None:
    two = dataclasses.replace(parabola(), mu=np.array([0.0, 4.0]), minus_two_log_ratio=np.array([0.0, 16.0]))
    axes = panels(plots.plot_profile({"Asimov": two}, MOMENT, title=""))[0]
    assert axes.get_xlim() == pytest.approx((0.0, 1.6e-11), rel=1e-12)


def test_a_foreign_parameter_may_be_negative() -> None:
    foreign = dataclasses.replace(parabola(), mu=np.linspace(-2.0, 2.0, 21))
    axes = panels(plots.plot_profile({"observed": foreign}, PointOfInterest.read("mu_sig"), title=""))[0]
    assert axes.get_xlim()[0] <= -2.0
    assert axes.get_xlabel() == "mu_sig"


# CLs


BAND = [(1.0, 1.0, 1.0, 1.0, 1.0), (0.1, 0.3, 0.5, 0.7, 0.9), (0.01, 0.03, 0.05, 0.2, 0.4)]


def test_cls_scan_with_data_has_both_curves_the_band_and_the_limit() -> None:
    figure = plots.plot_cls_scan(
        [0.0, 1e-9, 2e-9],
        [1.0, 0.55, 0.06],
        BAND,
        alpha=0.1,
        title="CLs",
        quantity_label=plots.quantity_label(MOMENT),
        limits={"observed limit": 1.584e-9},
    )
    [axes] = panels(figure)
    curves = ["expected, 95 %", "expected, 68 %", "expected, median", r"observed CL$_s$"]
    assert legend(axes) == [*curves, r"observed limit: $1.58\times10^{-9}$"]
    assert texts(axes) == ["CL$_s$ = 0.1 (90 % C.L.)"]
    assert axes.get_xlabel() == r"$\mu_\nu$ [$\mu_B$]"
    assert line(axes, "expected, median")[:, 1].tolist() == [1.0, 0.5, 0.05]
    assert line(axes, r"observed limit: $1.58\times10^{-9}$")[:, 1].tolist() == [0.0, 0.1]


def test_cls_scan_of_an_asimov_set_has_no_observed_curve() -> None:
    axes = panels(plots.plot_cls_scan([0.0, 1.0, 2.0], None, BAND, alpha=0.05, title="", quantity_label="mu"))[0]
    assert legend(axes) == ["expected, 95 %", "expected, 68 %", "expected, median"]
    assert texts(axes) == ["CL$_s$ = 0.05 (95 % C.L.)"]


# Coupling map


def test_map_gives_the_massless_mediator_a_panel_of_its_own() -> None:
    figure = plots.plot_coupling_map(coupling_map([1.0, 0.0, 0.1]), title="map")
    left, right = panels(figure)
    assert left.get_ylabel() == "coupling $g$"
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["0"]
    assert (right.get_xscale(), right.get_yscale()) == ("log", "log")
    assert right.get_xlabel() == "mediator mass [MeV]"
    assert line(right, "expected, median")[:, 0].tolist() == [0.1, 1.0]
    assert line(left, "expected, median")[:, 1].tolist() == pytest.approx([6e-7, 6e-7])
    assert texts(right) == ["expected to be excluded at 90 % C.L."]
    assert legend(right) == ["expected, 95 %", "expected, 68 %", "expected, median"]


def test_map_with_data_shades_above_the_observed_limit() -> None:
    figure = plots.plot_coupling_map(coupling_map([0.1, 1.0, 10.0], observed=True), title="map")
    [axes] = panels(figure)
    assert legend(axes)[-1] == "observed"
    assert texts(axes) == ["excluded at 90 % C.L."]
    shaded = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert shaded.min() == pytest.approx(line(axes, "observed")[:, 1].min())


def test_map_without_a_band_draws_the_median_only() -> None:
    axes = panels(plots.plot_coupling_map(coupling_map([0.1, 1.0], band=False), title=""))[0]
    assert legend(axes) == ["expected, median"]


@pytest.mark.parametrize(("masses", "count"), [([0.0], 1), ([0.5], 1), ([0.0, 0.5], 2)])
def test_map_of_few_masses_can_be_drawn(masses: list[float], count: int, tmp_path: Path) -> None:
    figure = plots.plot_coupling_map(coupling_map(masses, observed=True), title="few")
    assert len(panels(figure)) == count
    assert panels(figure)[-1].get_xlabel() == "mediator mass [MeV]"
    plots.save_figure(figure, tmp_path / "few.png")


# Cross sections


def test_cross_sections_end_where_they_are_zero() -> None:
    x = [0.01, 0.1, 1.0, 10.0]
    curves = {"weak": [1e-44, 1e-44, 1e-44, 0.0], r"$\mu_\nu$": [1e-43, 1e-44, 1e-60, 0.0]}
    figure = plots.plot_cross_sections(r"$E_\nu$ = 6 MeV", x, curves, title="cross", x_label="Recoil energy [MeV]")
    [axes] = panels(figure)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_ylabel() == r"$d\sigma/dT$ [cm$^2$/MeV]"
    assert legend(axes) == list(curves)
    assert axes.get_legend().get_title().get_text() == r"$E_\nu$ = 6 MeV"
    assert np.isnan(line(axes, "weak")[:, 1]).tolist() == [False, False, False, True]
    assert axes.get_ylim()[0] > 1e-55


# Files


@pytest.mark.parametrize("suffix", [*FORMATS, "PNG"])
def test_a_figure_is_written_and_nothing_else_is_left(figure: Figure, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"spectrum.{suffix}"
    path.write_text("an older file")
    plots.save_figure(figure, path)
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[suffix.lower()]
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", FORMATS)
def test_two_saves_are_the_same_bytes(three_bins: Templates, tmp_path: Path, suffix: str) -> None:
    figures = [plots.plot_spectrum(three_bins, MOMENT, title="twice", data=[120, 70, 41]) for _ in range(2)]
    written = []
    for name, figure in (("first", figures[0]), ("again", figures[0]), ("other", figures[1])):
        path = tmp_path / f"{name}.{suffix}"
        plots.save_figure(figure, path)
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_files_do_not_say_when_they_were_written(figure: Figure, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"spectrum.{suffix}"
    plots.save_figure(figure, str(path))
    assert b"Date" not in path.read_bytes()
    assert b"dc:date" not in path.read_bytes()


@pytest.mark.parametrize("name", ["spectrum.jpg", "spectrum.gz", "spectrum"])
def test_other_formats_are_refused_by_naming_those_allowed(figure: Figure, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.png, \.pdf, \.svg"):
        plots.save_figure(figure, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused(figure: Figure, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        plots.save_figure(figure, tmp_path / "nowhere" / "spectrum.png")


def test_a_folder_is_no_file(figure: Figure, tmp_path: Path) -> None:
    (tmp_path / "spectrum.png").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        plots.save_figure(figure, tmp_path / "spectrum.png")


# Manners


def test_the_style_of_the_caller_is_neither_used_nor_changed(three_bins: Templates, tmp_path: Path) -> None:
    plots.save_figure(plots.plot_spectrum(three_bins, MOMENT, title="style"), tmp_path / "plain.png")
    with mpl.rc_context({"font.size": 40.0, "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        plots.save_figure(plots.plot_spectrum(three_bins, MOMENT, title="style"), tmp_path / "loud.png")
        assert dict(mpl.rcParams) == before
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "loud.png").read_bytes()


def test_pyplot_is_never_imported(tmp_path: Path) -> None:
    program = f"""
import sys
import numpy as np
from numm_stats import plots
figure = plots.plot_cls_scan([0, 1], None, [(1,) * 5, (0.1,) * 5], alpha=0.1, title="", quantity_label="x")
for suffix in {FORMATS}:
    plots.save_figure(figure, r"{tmp_path}/figure." + suffix)
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")
