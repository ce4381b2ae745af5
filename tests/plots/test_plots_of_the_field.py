"""The figure of the field from plain numbers, and which rows it is made of."""

import numpy as np
import pytest

from numm_stats.plots.field import plot_couplings, plot_field, plot_field_and_couplings
from numm_stats.plots.saving import check_figure, save_figure
from numm_stats.reproduction.field import FIELD, field_limits
from numm_stats.reproduction.rows import Row, compare, quote

GROUPS = {
    "nu_e": [("GEMMA", (2.9e-11,), 4.0e-11, False, "1.642"), ("IsoDAR at JUNO", (7.6e-12,), 1.0e-11, True, "CLs")],
    "nu_tau": [("DONUT", (3.9e-7,), None, False, ""), ("FLArE", (), 3.5e-8, True, "")],
    "astrophysical": [("clusters $", (1.2e-12, 2.6e-12), None, False, "")],
}
MASSES = (1e-6, 0.1, 1.0, 10.0, 1e3)
CURVES = [
    ("JUNO, 3 MeV", "IsoDAR", MASSES, (6e-7, 6e-7, 9e-7, 3e-6, 3e-4), False),
    ("JUNO, 1 MeV", "IsoDAR", MASSES, (4e-7, 4e-7, 7e-7, 3e-6, 3e-4), False),
    ("XENONnT", "xenon", MASSES, (1.4e-7, 3.5e-7, 4e-6, 4e-5, 4e-3), True),
    ("NOvA", "beam", MASSES, (7e-5, 7e-5, 7e-5, 8e-5, 3e-3), True),
]


def words(axes):
    return [text.get_text() for text in axes.texts]


def row(place, published, ours):
    return compare("d", place, "moment", published, ours, "because", entry=place)


def test_names_stand_in_their_order_below_the_headings():
    axes, numbers = plot_field(GROUPS, title="all").axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["GEMMA", "IsoDAR at JUNO", "DONUT", "FLArE", r"clusters \$"]
    assert axes.get_yticks().tolist() == [1, 2, 4, 5, 7]
    assert words(axes) == ["electron neutrinos", "tau neutrinos", "astrophysical"]
    assert axes.yaxis_inverted()
    assert numbers.get_ylim() == axes.get_ylim()


def test_numbers_stand_beside_the_limits():
    _, numbers = plot_field(GROUPS, title="all").axes
    assert r"$2.9\times10^{-11}$" in words(numbers)
    assert r"$1.2\times10^{-12}$ to $2.6\times10^{-12}$" in words(numbers)
    assert [words(numbers).count(word) for word in ("published", "this work")] == [1, 1]
    assert [words(numbers)[k] for k in (2, 5, 9)] == [r"$\Delta\chi^2=1.642$", "CLs", "from print"]
    assert len(words(numbers)) == 5 + 2 * 3 + 2  # FLArE has nothing in print; a blank stands there


def test_published_and_ours_are_both_drawn():
    axes, _ = plot_field(GROUPS, title="all").axes
    drawn = {(tuple(line.get_xdata()), line.get_marker()) for line in axes.lines}
    assert ((2.9e-11,), "o") in drawn
    assert ((1.2e-12, 2.6e-12), "o") in drawn
    assert (3.5e-8, "D") in {(np.ravel(line.get_xdata())[0], line.get_marker()) for line in axes.lines}
    hatched = [patch for patch in axes.patches if patch.get_hatch()]
    assert sorted(patch.get_x() for patch in hatched) == [7.6e-12, 3.5e-8]  # what is expected, and nothing else
    low, high = axes.get_xlim()
    assert low < 1.2e-12
    assert high > 3.9e-7


def test_curves_pass_through_the_limits():
    (axes,) = plot_couplings(CURVES, title="g").axes
    assert len(axes.lines) == len(CURVES)
    for line, (name, _, masses, limits, observed) in zip(axes.lines, CURVES, strict=True):
        found = np.exp(np.interp(np.log(masses), np.log(line.get_xdata()), np.log(line.get_ydata())))
        assert found == pytest.approx(limits, rel=0.01)  # drawn by straight pieces
        assert (line.get_label(), line.get_linestyle()) == (name, "-" if observed else "--")
    assert len({tuple(line.get_color()) for line in axes.lines}) == len(CURVES)


def test_what_is_shaded_lies_above_an_observed_limit():
    (axes,) = plot_couplings(CURVES, title="g").axes
    (shaded,) = axes.collections
    corners = shaded.get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(1.4e-7)
    (bare,) = plot_couplings(CURVES[:2], title="g").axes
    assert not bare.collections


def test_both_side_by_side_are_the_same_bytes_twice(tmp_path):
    contents = []
    for name in ("a.pdf", "b.pdf"):
        save_figure(plot_field_and_couplings(GROUPS, CURVES, titles=("left", "right")), tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    check_figure(tmp_path / "c.pdf")


def test_one_limit_and_one_curve_are_figures_too():
    assert plot_field({"other": [("A", (1e-9,), None, False, "")]}, title="one").axes
    assert plot_couplings(CURVES[2:3], title="one").axes


def test_limits_of_a_group_stand_the_weakest_first():
    rows = [row("world.GEMMA.moment", 2.9e-11, 4e-11), row("world.TEXONO.moment", 7.4e-11, 1e-10)]
    rows.append(row("world.DONUT.moment", 3.9e-7, 2.6e-7))
    assert [(limit.group, limit.name) for limit in field_limits(rows)] == [
        ("nu_e", "TEXONO"), ("nu_e", "GEMMA"), ("nu_tau", "DONUT")
    ]  # fmt: skip


def test_a_range_has_both_ends_and_a_limit_quoted_by_two_documents_one():
    ends = [quote("d", f"c{k}", "moment", value, "stars", entry=f"world.GlobularClusters.moment_range.{k}")
            for k, value in enumerate((1.2e-12, 2.6e-12))]  # fmt: skip
    twice = [quote("d", "x", "moment", 6.4e-12, "why", entry="world.XENONnT.moment")]
    twice.append(row("world.XENONnT.moment", 6.4e-12, 6.5e-12))
    xenon, clusters = field_limits([*ends, *twice])
    assert (xenon.published, xenon.ours) == ((6.4e-12,), 6.5e-12)
    assert (clusters.published, clusters.ours) == ((1.2e-12, 2.6e-12), None)


def test_ours_from_other_data_and_published_limits_of_others_are_left_out():
    """Phase-II's spectrum is not Phase-I's; a forward detector stands beside DONUT's limit, which is not its own."""
    rows = [row("world.Borexino2008.moment", 5.4e-11, 4.6e-11)]
    rows.append(Row("accelerators", "fasernu2", "moment", 3.9e-7, 1.2e-7, 0.3, "beside DONUT"))
    forward, phase_1 = field_limits(rows)
    assert (forward.published, forward.ours, forward.expected) == ((), 1.2e-7, True)
    assert (phase_1.published, phase_1.ours) == ((5.4e-11,), None)


def test_of_several_constructions_that_of_the_world_is_drawn_and_named():
    rows = [row("world.XENONnT.moment", 6.4e-12, 6.41e-12)]
    note = "observed counts; Delta chi2 = 1.642, 2.706 gives 7.17e-12, CLs 6e-12"
    rows.append(compare("world", "XENONnT", "moment", 6.4e-12, 5.76e-12, note, entry="world.XENONnT.moment"))
    for order in (rows, rows[::-1]):
        (limit,) = field_limits(order)
        assert (limit.published, limit.ours, limit.construction) == ((6.4e-12,), 5.76e-12, "1.642")


@pytest.mark.parametrize(
    ("name", "note", "construction"),
    [
        ("LZ WS2022, delta-chi2 1.642", "CLs", "1.642"),
        ("mu_e", "from 7e-12, delta-chi2 2.706; the rest", "2.706"),
        ("cls", "as in print", "CLs"),
        ("DONUT", "Feldman and Cousins, 2 events; CLs by sums", "FC"),
        ("isodar-juno-1mev", "the recipe as written gives 1.29 x print; with Delta chi2 = 3.28, 2e-11", "1.642"),
        ("mu_e", "each alone", ""),
    ],
)
def test_a_row_names_its_construction(name, note, construction):
    (limit,) = field_limits([compare("d", name, "moment", 6.4e-12, 6e-12, note, entry="world.XENONnT.moment")])
    assert limit.construction == construction


def test_no_limit_is_named_twice():
    names = [name for limits in FIELD.values() for name, _ in limits]
    assert len(names) == len(set(names))
