"""Templates as values: axes, mapping, one signal from many, and what is refused."""

from collections.abc import Mapping

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.templates.templates import Template, Templates, histogram

EDGES = np.array([0.2, 0.5, 1.0])


def sample(counts, **more):
    return Template(histogram(np.array(counts, dtype=float), EDGES), **more)


def pair(up, down):
    return histogram(np.array(up, dtype=float), EDGES), histogram(np.array(down, dtype=float), EDGES)


def interfering(**more):
    return Templates(
        EDGES,
        {
            "signal_g2": sample([-1.0, -2.0], power=2, variations={"scale": pair([-2, -2], [0, -2])}, **more),
            "signal_g4": sample([5.0, 3.0], power=4, variations={"scale": pair([6, 3], [4, 3])}, **more),
            "weak": sample([10.0, 20.0]),
            "flat": sample([1.0, 2.0]),
        },
    )


def test_axes_carry_name_label_and_unit():
    axis = histogram(np.array([3.0, 1.0]), EDGES).axes[0]
    assert (axis.name, axis.label, axis.unit) == ("recoil", "Recoil energy [MeV]", "MeV")
    assert axis.edges.tolist() == EDGES.tolist()
    assert axis.extent == 2  # no overflow


def test_templates_are_a_mapping_of_histograms():
    templates = interfering()
    assert isinstance(templates, Mapping)
    assert list(templates) == ["signal_g2", "signal_g4", "weak", "flat"]
    assert len(templates) == 4
    assert templates["weak"].values().tolist() == [10.0, 20.0]
    assert list(templates.signals) == ["signal_g2", "signal_g4"]
    assert list(templates.backgrounds) == ["weak", "flat"]
    assert templates.background_counts.tolist() == [11.0, 22.0]
    with pytest.raises(KeyError):
        _ = templates["strong"]


def test_with_one_signal_sums_terms_and_variations():
    one = interfering(normalisations={"norm": (1.01, 0.99)}).with_one_signal()
    assert list(one) == ["signal", "weak", "flat"]
    signal = one.samples["signal"]
    assert signal.counts.tolist() == [4.0, 1.0]
    assert [side.values().tolist() for side in signal.variations["scale"]] == [[4.0, 1.0], [4.0, 1.0]]
    assert signal.normalisations == {"norm": (1.01, 0.99)}
    assert signal.power == 4
    assert interfering()["signal_g2"].values().tolist() == [-1.0, -2.0]  # the terms are not touched


def test_with_one_signal_refuses_a_systematic_of_one_term():
    """It was a KeyError, or was dropped without a word, depending on which term had it."""
    for name in ("signal_g2", "signal_g4"):
        templates = interfering()
        samples = dict(templates.samples)
        samples[name] = sample([1.0, 1.0], power=templates.samples[name].power, normalisations={"alone": (1.1, 0.9)})
        with pytest.raises(InputError, match="names one term of the signal"):
            Templates(EDGES, samples).with_one_signal()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_count_that_is_not_finite_is_refused_with_sample_and_bin(value):
    with pytest.raises(InputError, match=r"'weak' has (nan|inf) counts in bin 1"):
        Templates(EDGES, {"weak": sample([1.0, value])})


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_an_empty_bin_is_refused_with_its_edges(value):
    with pytest.raises(InputError, match=r"bin 1 \(0\.5 to 1 MeV\) is empty"):
        Templates(EDGES, {"signal": sample([1.0, 1.0], power=2), "weak": sample([1.0, value])})


def test_an_empty_bin_is_fine_where_more_is_to_come_or_another_background_fills_it():
    assert len(Templates(EDGES, {"weak": sample([1.0, 0.0])}, complete=False)) == 1
    assert len(Templates(EDGES, {"weak": sample([1.0, 0.0]), "flat": sample([1.0, 1.0])})) == 2
