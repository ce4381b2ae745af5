"""Pseudo-experiments of common events: marginals, correlation, the same bits, and every configuration's own data."""

import numpy as np
import pytest
from scipy.stats import chi2

from numm_stats.analyses.reading import parse_analysis
from numm_stats.errors import InputError
from numm_stats.inference.fitting import fit
from numm_stats.inference.likelihood import Dataset
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates, statistical_model
from numm_stats.verbs.pseudo_data import pseudo_experiments

SHORT = (
    "binning.hits={ start = 120, stop = 400, bins = 20 }",
    "signal.reference=3e-11",
    'detector.free_response=["light_yield"]',
    "source.metallicity=gs98",
)
ESTIMATORS = ("within_230_ns", "within_400_ns")
TOYS = 300


@pytest.fixture(scope="module")
def analysis():
    return load("borexino-phase2", SHORT)


@pytest.fixture(scope="module")
def experiments(analysis):
    return pseudo_experiments(analysis)


@pytest.fixture(scope="module")
def toys(experiments):
    return [experiments.datasets(3, number) for number in range(TOYS)]


def spectra(toys, experiments, name):
    channel = next(c for c in experiments.models[name].model.channels if c.name == experiments.spectra[name][0])
    return np.array([toy[name].main[channel.bins] for toy in toys])


def names(estimator):
    return [f"{estimator}-{model}" for model in ("convolution", "synthetic")]


def test_what_is_drawn(experiments):
    assert list(experiments.models) == [*names("within_230_ns"), *names("within_400_ns")]
    assert experiments.longest == "within_400_ns"
    assert list(experiments.migrations) == ["within_230_ns"]
    assert experiments.true_configuration == "within_230_ns-synthetic"
    assert experiments.meaning.reference == 3e-11
    assert experiments.beside["gallium"].shape == (1,)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_each_estimator_expects_its_own_spectrum(experiments, toys, estimator):
    """chi2 of all toys in all bins to the templates of that estimator alone, built another way."""
    counts = spectra(toys, experiments, names(estimator)[1])
    chosen = (*SHORT, f"detector.estimator={estimator}", "detector.pile_up.model=synthetic")
    wanted = build_templates(load("borexino-phase2", chosen)).background_counts
    total = ((counts - wanted) ** 2 / wanted).sum()
    assert 1e-3 < chi2.sf(total, counts.size) < 1.0 - 1e-3
    of_mean = ((counts.mean(axis=0) - wanted) ** 2 / wanted * TOYS).sum()
    assert chi2.sf(of_mean, counts.shape[1]) > 1e-3


def test_estimators_see_the_same_events(experiments, toys):
    """Bins of common events go together, up to those that leave: independent draws would give 0 +- 0.06."""
    one, other = (spectra(toys, experiments, names(estimator)[1]) for estimator in ESTIMATORS)
    high = [counts[:, 12:].sum(axis=1) for counts in (one, other)]
    low = [counts[:, :3].sum(axis=1) for counts in (one, other)]
    assert np.corrcoef(*high)[0, 1] > 0.95
    assert np.corrcoef(*low)[0, 1] > 0.6  # alphas lose 3 % of their hits, and move into these bins
    assert abs(np.corrcoef(high[0], low[1])[0, 1]) < 0.25


def test_models_of_one_estimator_see_the_same_data(toys):
    for toy in toys[:20]:
        for estimator in ESTIMATORS:
            first, second = (toy[name] for name in names(estimator))
            assert first.main.tolist() == second.main.tolist()


def test_gallium_and_auxiliary_measurements_are_common(experiments, toys):
    places = {}
    for name, model in experiments.models.items():
        compiled = model.model
        gallium = next(c for c in compiled.channels if c.name == "gallium").bins
        parameters, data = compiled.constraints.gaussian_parameters, compiled.constraints.gaussian_data
        where = dict(zip((compiled.parameters.names[p] for p in parameters), data, strict=True))
        places[name] = gallium, where
        assert {"light_yield", "C14_rate", "gallium_cross_section", "fiducial_volume"} < set(where)
    for toy in toys[:20]:
        counts = {float(toy[name].main[gallium][0]) for name, (gallium, _) in places.items()}
        yields = {float(toy[name].auxiliary[where["light_yield"]]) for name, (_, where) in places.items()}
        assert len(counts) == len(yields) == 1
    gallium, where = places["within_230_ns-synthetic"]
    drawn = np.array([toy["within_230_ns-synthetic"].main[gallium][0] for toy in toys])
    expected = experiments.beside["gallium"][0]
    assert drawn.mean() == pytest.approx(expected, abs=4.0 * np.sqrt(expected / TOYS))
    shifts = np.array([toy["within_230_ns-synthetic"].auxiliary[where["light_yield"]] for toy in toys])
    assert abs(shifts.mean()) < 4.0 / np.sqrt(TOYS)
    assert shifts.std() == pytest.approx(1.0, abs=4.0 / np.sqrt(2 * TOYS))


def test_the_same_seed_and_number_give_the_same_data(analysis, experiments, toys):
    again = pseudo_experiments(analysis).datasets(3, 7)
    for name, data in toys[7].items():
        assert again[name].main.tolist() == data.main.tolist()
        assert again[name].auxiliary.tolist() == data.auxiliary.tolist()
    others = [experiments.datasets(3, 8), experiments.datasets(4, 7)]
    assert all(
        (other["within_230_ns-synthetic"].main != toys[7]["within_230_ns-synthetic"].main).any() for other in others
    )


def test_a_fit_of_the_expectation_returns_the_truth(analysis):
    """The mean of the pseudo-data, in place of a toy, at an injected moment: all rates are what they were."""
    moment = 8e-11
    found = pseudo_experiments(analysis, moment)
    name = "within_400_ns-synthetic"
    model, (channel, estimator) = found.models[name], found.spectra[name]
    assert estimator == found.longest
    counts = np.zeros(model.model.bin_count)
    main = {channel: sum(found._binned(mean) for mean in found.expected.values()), **found.beside}
    for each in model.model.channels:
        counts[each.bins] = main[each.name]
    best = fit(model.with_data(Dataset(counts, np.array(model.model.nominal_auxiliary, dtype=float))))
    values = dict(zip(best.names, best.values, strict=True))
    assert found.meaning.physical(values[found.meaning.name]) == pytest.approx(moment, rel=2e-3)
    for rate in ("Po210_rate", "Kr85_rate", "Bi210_rate"):
        assert values[rate] == pytest.approx(1.0, abs=0.02)


def test_an_analysis_without_choices_has_one_spectrum():
    chosen = (*SHORT, "detector.estimator=within_400_ns", "detector.pile_up.model=synthetic", "gallium.apply=false")
    alone = load("borexino-phase2", chosen)
    found = pseudo_experiments(alone)
    (data,) = found.datasets(0, 0).values()
    assert found.migrations == {}
    assert data.main.shape == statistical_model(alone)[0].data.main.shape


@pytest.mark.parametrize("moment", [-1e-11, np.nan, np.inf])
def test_a_moment_that_is_none(analysis, moment):
    with pytest.raises(InputError, match="must be a finite number, zero or more"):
        pseudo_experiments(analysis, moment)


def test_what_has_no_common_events():
    with pytest.raises(InputError, match=r"need detector\.kind = 'borexino'"):
        pseudo_experiments(load("isodar-juno-0.2mev"))


def test_the_truth_must_be_one_of_the_configurations(analysis):
    document = {**analysis.to_document(), "data": {"truth": {"source.metallicity": "agss09met"}}}
    with pytest.raises(InputError, match="none of the configurations"):
        pseudo_experiments(parse_analysis(document, "test"))
