"""Responses saved as efficiency and smearing histograms: folding, and what no response can be."""

import boost_histogram as bh
import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.selections.saved_response import SavedResponse, read_response

TRUE, SEEN = np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, 2.0, 4.0])
EFFICIENCY = np.array([0.5, 0.8, 0.4])
SMEARING = np.array([[0.9, 0.1], [0.3, 0.7], [0.0, 1.0]])  # rows true, as ROOT has x


def written(path, folder="", **changes):
    parts = {
        "h_eff": (EFFICIENCY, TRUE),
        "h_smear": (SMEARING, TRUE, SEEN),
        "h_bkg": (np.array([1.0, 2.0]), SEEN),
        "h_data": (np.array([3.0, 0.0]), SEEN),
    }
    with uproot.recreate(path) as out:
        for key, value in (parts | changes).items():
            if value is not None:
                out[folder + key] = value
    return path


def test_folding_is_the_sum_over_true_bins(tmp_path):
    response = read_response(written(tmp_path / "r.root", "nue/"), "nue")
    true = np.array([10.0, 20.0, 5.0])
    by_hand = [sum(true[i] * EFFICIENCY[i] * SMEARING[i, j] for i in range(3)) for j in range(2)]
    assert response.fold(true) == pytest.approx(by_hand)
    assert response.expected(true) == pytest.approx(np.add(by_hand, [1.0, 2.0]))
    assert response.data.tolist() == [3.0, 0.0]
    assert response.reconstructed_edges.tolist() == SEEN.tolist()


@given(true=st.lists(st.floats(0.0, 1e6), min_size=3, max_size=3))
def test_selected_events_are_kept_if_all_are_reconstructed(true):
    response = SavedResponse("r", TRUE, SEEN, EFFICIENCY, SMEARING.T, np.zeros(2))
    assert response.fold(np.array(true)).sum() == pytest.approx(float(EFFICIENCY @ true))


def test_events_may_leave_through_the_overflow(tmp_path):
    smearing = bh.Histogram(bh.axis.Variable(TRUE), bh.axis.Variable(SEEN))
    smearing.view(flow=True)[1:-1, 1:-1] = SMEARING
    smearing.view(flow=True)[3, 2:] = 0.75, 0.25
    response = read_response(written(tmp_path / "r.root", h_smear=smearing))
    assert response.fold(np.array([0.0, 0.0, 10.0])) == pytest.approx([0.0, 3.0])


def test_events_normalise_to_probabilities(tmp_path):
    events = SMEARING * np.array([[10.0], [200.0], [3.0]])
    path = written(tmp_path / "r.root", h_smear=(events, TRUE, SEEN))
    assert read_response(path, normalise=True).smearing == pytest.approx(SMEARING.T)
    with pytest.raises(InputError, match=r"'h_smear' sums to 10 in true bin 1; allowed: 1 .* Normalise it"):
        read_response(path)


def test_floats_sum_to_one_well_enough(tmp_path):
    smearing = np.random.default_rng(1).dirichlet(np.ones(200), size=3).astype(np.float32).astype(float)
    path = written(tmp_path / "r.root", h_smear=(smearing, TRUE, np.arange(201.0)), h_bkg=None, h_data=None)
    response = read_response(path)
    assert response.data is None
    assert response.background.sum() == 0.0
    assert response.fold(np.ones(3)).sum() == pytest.approx(EFFICIENCY.sum(), rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"h_eff": None}, "no 'h_eff' in the file"),
        ({"h_eff": (np.array([0.5, 1.8, 0.4]), TRUE)}, "efficiency 1.8 in true bin 2; allowed: 0 to 1"),
        ({"h_eff": (np.array([0.5, -0.1, 0.4]), TRUE)}, "efficiency has values below zero"),
        ({"h_eff": (EFFICIENCY, TRUE + 0.1)}, r"'h_eff' has other bins than the x \(true\) axis of h_smear"),
        ({"h_bkg": (EFFICIENCY, TRUE)}, r"'h_bkg' has other bins than the y \(reconstructed\) axis of h_smear"),
        ({"h_smear": (SMEARING.T, SEEN, TRUE)}, r"'h_eff' has other bins than the x \(true\) axis"),
        ({"h_smear": (EFFICIENCY, TRUE)}, "'h_smear' has 1 axes; allowed: h_eff with one, h_smear with two"),
        ({"h_smear": (SMEARING * 1.001, TRUE, SEEN)}, "'h_smear' sums to 1.001 in true bin 1"),
        ({"h_smear": (SMEARING * [[1], [0], [1]], TRUE, SEEN)}, "is empty in true bin 2, where h_eff is 0.8"),
        (
            {"h_smear": (np.add(SMEARING, [[0.2, -0.2], [0, 0], [0, 0]]), TRUE, SEEN)},
            "'h_smear' has contents below zero",
        ),
        ({"h_data": (np.array([np.nan, 1.0]), SEEN)}, "'h_data' has content nan in bin 1"),
    ],
)
def test_refused(tmp_path, changes, message):
    with pytest.raises(InputError, match=rf"r.root.*{message}"):
        read_response(written(tmp_path / "r.root", **changes))


def test_blind_bins_have_no_efficiency(tmp_path):
    smearing = SMEARING * [[1], [0], [1]]
    path = written(tmp_path / "r.root", h_smear=(smearing, TRUE, SEEN), h_eff=(EFFICIENCY * [1, 0, 1], TRUE))
    assert read_response(path).fold(np.array([0.0, 7.0, 0.0])).tolist() == [0.0, 0.0]


def test_shapes_of_values():
    with pytest.raises(InputError, match=r"smearing has the shape \(3, 2\); allowed: \(2, 3\)"):
        SavedResponse("r", TRUE, SEEN, EFFICIENCY, SMEARING, np.zeros(2))
    with pytest.raises(InputError, match=r"smearing of true bin 1 sums to 1.8; allowed: 1"):
        SavedResponse("r", TRUE, SEEN, EFFICIENCY, SMEARING.T * 1.8, np.zeros(2))
    response = SavedResponse("r", TRUE, SEEN, EFFICIENCY, SMEARING.T, np.zeros(2))
    with pytest.raises(InputError, match=r"a true spectrum of shape \(2,\) is to be folded; allowed: \(3,\)"):
        response.fold(np.ones(2))
