"""Samples in bins of hits with the fitted response: tangents, who moves by what, and pile-up by convolution."""

import numpy as np
import pytest

from numm_stats.detectors.borexino import borexino_response
from numm_stats.detectors.borexino_fit import FREE_PARAMETERS, fitted_edges_hits, response_variations
from numm_stats.templates.hit_samples import HitSamples, hits_histogram, summed
from numm_stats.templates.hits import nuclide_hits, synthetic_pile_up_hits

EDGES = fitted_edges_hits(20, (85.0, 400.0))
RESPONSE = borexino_response("within_230_ns")
VARIATIONS = response_variations(RESPONSE)
SAMPLES = HitSamples(EDGES, RESPONSE, VARIATIONS)
ELECTRONS = ["light_yield", "resolution_constant", "resolution_slope"]
MEAN = 321.0 / 3.456e6


def decay(name, events=1000.0):
    return lambda edges, response: events * nuclide_hits(name, edges, response)


def moved(template, name):
    """Half of up minus down."""
    up, down = template.variations[name]
    return 0.5 * (up.values() - down.values())


@pytest.mark.parametrize(
    ("nuclide", "names"),
    [("Kr85", ELECTRONS), ("Po210", ["Po210_position", "Po210_width"]), ("C11", [*ELECTRONS, "C11_start"])],
)
def test_who_moves_by_what(nuclide, names):
    (template,) = SAMPLES.templates(decay(nuclide), nuclide)
    assert list(template.variations) == names
    assert template.counts == pytest.approx(1000.0 * nuclide_hits(nuclide, EDGES, RESPONSE), rel=1e-12)
    assert template.nominal.axes[0].unit == "hits"


@pytest.mark.parametrize("parameter", sorted(FREE_PARAMETERS))
def test_a_sample_moves_along_its_tangent(parameter):
    """Up and down are mirror images, and a hundredth of the step moves it a hundredth as far."""
    nuclide = FREE_PARAMETERS[parameter].moves.replace("electrons", "Bi210")
    (template,) = SAMPLES.templates(decay(nuclide), nuclide)
    up, down = template.variations[parameter]
    assert up.values() + down.values() == pytest.approx(2.0 * template.counts, rel=1e-9, abs=1e-9)
    step = FREE_PARAMETERS[parameter].step / 100.0
    (small,) = response_variations(RESPONSE, [parameter], {parameter: step}).values()
    derivative = 50.0 * (decay(nuclide)(EDGES, small[0]) - decay(nuclide)(EDGES, small[1]))
    # the step goes several standard deviations of the fit: what is not linear over it is of third order
    assert moved(template, parameter) == pytest.approx(derivative, abs=0.03 * np.abs(derivative).max())


def test_rows_are_samples_and_their_sum_is_one():
    def two(edges, response):
        return np.array([decay("Kr85")(edges, response), decay("Bi210", 500.0)(edges, response)])

    first, second = SAMPLES.templates(two)
    total = summed([first, second])
    (alone,) = SAMPLES.templates(lambda edges, response: two(edges, response).sum(axis=0))
    assert total.counts == pytest.approx(alone.counts, rel=1e-12)
    for name in ELECTRONS:
        assert moved(total, name) == pytest.approx(moved(alone, name), rel=1e-9, abs=1e-9)
    assert summed([first]).counts.tolist() == first.counts.tolist()


def test_a_fixed_response_moves_nothing():
    (template,) = HitSamples(EDGES, RESPONSE).templates(decay("Kr85"))
    assert template.variations == {}


def test_both_models_of_pile_up_are_the_same_pairs_of_carbon_14():
    """Convolution adds to each decay what the window holds; the synthetic model has pairs as a sample of their own."""
    events = 3.456e6
    convolved = HitSamples(EDGES, RESPONSE, VARIATIONS, MEAN)
    (both,) = convolved.templates(decay("C14", events), "C14")
    (singles,) = SAMPLES.templates(decay("C14", events), "C14")
    (pairs,) = SAMPLES.templates(lambda edges, response: 321.0 * synthetic_pile_up_hits(edges, response))
    seen = singles.counts + pairs.counts > 1e-3
    assert seen.sum() > 4
    # pairs are taken from the singles, one in 10^4 is a triple, and nodes are half a hit apart where counts fall
    assert both.counts[seen] == pytest.approx((singles.counts + pairs.counts)[seen], rel=5e-3)
    beyond = EDGES[:-1] > 100.0
    assert both.counts[beyond].sum() > 2.0 * singles.counts[beyond].sum()
    for name in ELECTRONS:
        wanted = moved(singles, name) + moved(pairs, name)
        assert moved(both, name)[seen] == pytest.approx(wanted[seen], rel=5e-3, abs=1e-3 * np.abs(wanted).max())
        # the tail too, where only pairs are: both decays of a pair move
        assert moved(both, name)[2:5] == pytest.approx(wanted[2:5], rel=0.02)


def test_what_others_collect_by_chance_is_one_event_in_ten_thousand():
    (piled_up,) = HitSamples(EDGES, RESPONSE, VARIATIONS, MEAN).templates(decay("Bi210"))
    (plain,) = SAMPLES.templates(decay("Bi210"))
    assert piled_up.counts == pytest.approx(plain.counts, rel=3e-4)
    assert (piled_up.counts != plain.counts).any()


def test_a_histogram_says_what_its_axis_is():
    histogram = hits_histogram(np.ones(20), EDGES)
    assert histogram.axes[0].label == "Hit PMTs [hits]"
    assert histogram.axes[0].edges.tolist() == EDGES.tolist()
