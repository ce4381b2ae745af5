"""Pseudo-experiments of an analysis with choices: the same events in every energy estimator, for all configurations.

Independent toys for each estimator would overstate how far their limits differ. Events are drawn once, in the estimator
with the longest window, and after that what the shorter windows see of them; the rate on gallium and the auxiliary
measurements are drawn once for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.analyses.borexino_tables import BorexinoTable
from numm_stats.analyses.choices import configurations, is_truth, truth_of
from numm_stats.assembly.assembling import assemble_couplings, assemble_signal
from numm_stats.assembly.borexino_samples import borexino_templates
from numm_stats.detectors.borexino import ESTIMATORS
from numm_stats.errors import InputError
from numm_stats.inference.likelihood import Dataset
from numm_stats.templates.coupled_hits import migration, thinned
from numm_stats.verbs.pipeline import reference_of, statistical_model

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.templates.templates import Templates
    from numm_stats.workspace.poi import PointOfInterest

    Array = NDArray[np.float64]

__all__ = ["PseudoExperiments", "pseudo_experiments"]

MARGIN_HITS = 25.0  # beyond the fitted range: ten standard deviations of the late hits
ALPHAS = "Po210"  # they shine longer than electrons: another share of their hits is late
ELECTRONS = "electrons"


@dataclass(frozen=True)
class PseudoExperiments:
    """Pseudo-experiments of one truth.

    Attributes:
        models: of each configuration, by its name.
        spectra: name of the spectrum's channel and estimator of each configuration.
        meaning: of the parameter of interest.
        edges: of the fitted bins (n + 1,) [hits].
        cells: edges of the cells in which events are drawn (m + 1,) [hits].
        expected: counts in cells of the longest window (m,), of electrons and of alphas.
        migrations: of each shorter window, the longest of them first: where events are seen of which the next longer
            window saw so many hits, (m, m), of electrons and of alphas.
        longest: estimator with the longest window.
        beside: expected counts of the channels that all configurations share.
        true_configuration: the first whose model is that of the truth.
    """

    models: Mapping[str, StatisticalModel]
    spectra: Mapping[str, tuple[str, str]]
    meaning: PointOfInterest
    edges: Array
    cells: Array
    longest: str
    expected: Mapping[str, Array]
    migrations: Mapping[str, Mapping[str, Array]]
    beside: Mapping[str, Array]
    true_configuration: str

    def datasets(self, seed: int, number: int) -> dict[str, Dataset]:
        """Return the data of each configuration, the same for a seed and a number whatever else is drawn."""
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, number], dtype=np.uint64)))
        seen = self._spectra(generator)
        beside = {name: generator.poisson(mean).astype(float) for name, mean in self.beside.items()}
        names = sorted({name for model in self.models.values() for name in model.model.parameters.names})
        normal = dict(zip(names, generator.standard_normal(len(names)), strict=True))
        return {
            name: _dataset(self.models[name], {channel: seen[estimator], **beside}, normal)
            for name, (channel, estimator) in self.spectra.items()
        }

    def _spectra(self, generator: np.random.Generator) -> dict[str, Array]:
        """Counts in the fitted bins of each estimator."""
        total: dict[str, Array] = {}
        for kind, mean in self.expected.items():
            counts = generator.poisson(mean).astype(float)
            total[self.longest] = total.get(self.longest, 0.0) + self._binned(counts)
            for estimator, matrices in self.migrations.items():
                counts = thinned(counts, matrices[kind], generator)
                total[estimator] = total.get(estimator, 0.0) + self._binned(counts)
        return total

    def _binned(self, counts: Array) -> Array:
        below = np.concatenate([[0.0], np.cumsum(counts)])
        return np.diff(below[np.searchsorted(self.cells, self.edges)])


def pseudo_experiments(analysis: Analysis, moment: float = 0.0) -> PseudoExperiments:
    """Return pseudo-experiments of what an analysis states as the truth of its Asimov data.

    Args:
        analysis: whose choices name estimators of Borexino; alone, or with others.
        moment: true value of the moment or coupling.

    Raises:
        InputError: if the analysis counts no hits, the moment is negative or not finite, or the truth is none of the
            configurations.
    """
    if not 0.0 <= moment < np.inf:
        raise InputError(f"true value {moment}: must be a finite number, zero or more")
    found = configurations(analysis)
    true_configuration = _true_configuration(found)
    truths = {_estimator(each): truth_of(each) or each for each in reversed(found.values())}
    longest, *shorter = sorted(truths, key=lambda name: -ESTIMATORS[name].electron_fraction)
    edges = _truth(truths[longest], moment).edges
    cells = np.arange(max(edges[0] - MARGIN_HITS, 0.0), edges[-1] + MARGIN_HITS + 1.0)
    templates = {name: _truth(truth, moment, cells) for name, truth in truths.items()}
    alphas = {table.sample for table in analysis.background if table.nuclide == ALPHAS}
    counts = {name: _electrons_and_alphas(made, moment, alphas) for name, made in templates.items()}
    models = {name: statistical_model(each) for name, each in found.items()}
    return PseudoExperiments(
        models={name: model for name, (model, _, _) in models.items()},
        spectra={name: (each.name, _estimator(each)) for name, each in found.items()},
        meaning=next(meaning for _, meaning, _ in models.values()),
        edges=edges,
        cells=cells,
        longest=longest,
        expected=counts[longest],
        migrations={
            short: _migrations(counts, cells, longer, short) for longer, short in pairwise([longest, *shorter])
        },
        beside={name: side.templates.background_counts for name, side in templates[longest].beside.items()},
        true_configuration=true_configuration,
    )


def _true_configuration(found: Mapping[str, Analysis]) -> str:
    name = next((name for name, each in found.items() if is_truth(each)), None)
    if name is None:
        raise InputError("data.truth is none of the configurations: one of the choices must be the truth")
    return name


def _estimator(analysis: Analysis) -> str:
    return _borexino(analysis).estimator


def _borexino(analysis: Analysis) -> BorexinoTable:
    if not isinstance(analysis.detector, BorexinoTable):
        raise InputError(f"{analysis.name}: pseudo-experiments with common events need detector.kind = 'borexino'")
    return analysis.detector


def _migrations(counts: Mapping[str, Mapping[str, Array]], cells: Array, longer: str, shorter: str) -> dict[str, Array]:
    kinds = counts[shorter].items()
    return {kind: migration(counts[longer][kind], seen, cells, _share(kind, longer, shorter)) for kind, seen in kinds}


def _share(kind: str, longer: str, shorter: str) -> float:
    """Hits of the shorter window over those of the longer one."""
    of = "polonium_hits" if kind == ALPHAS else "electron_fraction"
    return float(getattr(ESTIMATORS[shorter], of) / getattr(ESTIMATORS[longer], of))


def _truth(analysis: Analysis, moment: float, cells: Array | None = None) -> Templates:
    """Samples of the truth in the fitted bins, or in cells, the signal at the moment, the response as it is."""
    detector = _borexino(analysis).model_copy(update={"free_response": []})
    fixed = analysis.model_copy(update={"detector": detector})
    signal = assemble_signal(fixed, moment or reference_of(analysis))
    return borexino_templates(fixed, signal, assemble_couplings(fixed), cells)


def _electrons_and_alphas(templates: Templates, moment: float, alphas: Collection[str]) -> dict[str, Array]:
    kinds = {ELECTRONS: np.zeros(len(templates.edges) - 1), ALPHAS: np.zeros(len(templates.edges) - 1)}
    for name, template in templates.samples.items():
        if moment or not template.power:
            kinds[ALPHAS if name in alphas else ELECTRONS] += np.maximum(template.counts, 0.0)
    return kinds


def _dataset(model: StatisticalModel, main: Mapping[str, Array], normal: Mapping[str, float]) -> Dataset:
    """Return counts by channel, and auxiliary measurements around the truth: nominal, with errors common to all."""
    compiled = model.model
    counts, auxiliary = np.zeros(compiled.bin_count), np.array(compiled.nominal_auxiliary, dtype=float)
    for channel in compiled.channels:
        counts[channel.bins] = main[channel.name]
    constraints = compiled.constraints
    for parameter, place, sigma in zip(
        constraints.gaussian_parameters, constraints.gaussian_data, constraints.sigma, strict=True
    ):
        auxiliary[place] += sigma * normal[compiled.parameters.names[parameter]]
    return Dataset(counts, auxiliary)
