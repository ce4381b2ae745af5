"""What an analysis or a workspace is made of, as facts to print; and an analysis as the TOML file it could be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.analyses.analysis import Analysis
from numm_stats.analyses.borexino_tables import BorexinoTable
from numm_stats.analyses.choices import configurations
from numm_stats.assembly.assembling import assemble_detector, assemble_source
from numm_stats.errors import InputError
from numm_stats.verbs.loading import catalogue, catalogue_text
from numm_stats.verbs.pipeline import build_spec_of, build_templates, reference_of, statistical_model
from numm_stats.workspace.spec import digest

if TYPE_CHECKING:
    from numm_stats.templates.templates import SideMeasurement, Template, Templates

__all__ = ["Description", "SampleDescription", "analysis_toml", "describe"]


@dataclass(frozen=True)
class SampleDescription:
    """One sample: its events in all bins, in the first and in the last, and what moves it."""

    name: str
    events: float
    first_bin: float
    last_bin: float
    systematics: str


@dataclass(frozen=True)
class Description:
    """An analysis or a workspace in words and numbers."""

    name: str
    facts: dict[str, Any]
    samples: tuple[SampleDescription, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text for JSON."""
        return asdict(self)


def describe(resolved: Analysis | dict[str, Any], target: str) -> Description:
    """Return the description of an analysis, or of a workspace's dictionary."""
    return _of_analysis(resolved) if isinstance(resolved, Analysis) else _of_workspace(resolved, target)


def analysis_toml(resolved: Analysis | dict[str, Any], target: str, *, changed: bool) -> str:
    """Return an analysis as TOML text: a catalogue entry with its comments, or what `--set` made of it."""
    if not isinstance(resolved, Analysis):
        raise InputError(f"{target} is a workspace: it holds counts, not the analysis that they came from")
    if target in catalogue() and not changed:
        return catalogue_text(target)
    import tomli_w  # noqa: PLC0415

    return tomli_w.dumps(resolved.to_document())


def _of_analysis(analysis: Analysis) -> Description:
    if analysis.choices:
        return _of_configurations(analysis)
    source, templates, spec = assemble_source(analysis), build_templates(analysis), build_spec_of(analysis)
    facts = {
        "source": source.name + (f" ({source.note})" if source.note else ""),
        "detector": _detector(analysis),
        "exposure": analysis.exposure.model_dump(exclude_none=True),
        "bins": _bins(templates),
        "signal": {**analysis.signal.model_dump(exclude_none=True), "reference": reference_of(analysis)},
        "data": _data(analysis),
        "parameter of interest": spec["measurements"][0]["config"]["poi"],
        **{f"beside: {name}": _beside(side, analysis) for name, side in templates.beside.items()},
        "sha256": digest(spec),
    }
    alike = (side.templates for side in templates.beside.values() if set(side.templates) == set(templates))
    channels = [templates, *alike]
    samples = tuple(_sample(name, [channel.samples[name] for channel in channels]) for name in templates.samples)
    return Description(analysis.name, facts, samples, (analysis.note,) if analysis.note else ())


def _of_configurations(analysis: Analysis) -> Description:
    """Describe an analysis with choices: the choices, and the first of its configurations."""
    first, *others = configurations(analysis).values()
    described = _of_analysis(first)
    choices = {key: ", ".join(str(value) for value in values) for key, values in analysis.choices.items()}
    facts = {"configurations": len(others) + 1, **choices, "described here": first.name, **described.facts}
    return Description(analysis.name, facts, described.samples, described.notes)


def _data(analysis: Analysis) -> str:
    """Where the counts come from; of an Asimov set what it is made of, where that is not the model."""
    truth = ", ".join(f"{key} = {value}" for key, value in analysis.data.truth.items())
    return analysis.data.kind + (f", made of {truth}" if truth else "")


def _bins(templates: Templates) -> str:
    edges = templates.edges
    return f"{len(edges) - 1} from {edges[0]:g} to {edges[-1]:g} {templates.unit}"


def _beside(side: SideMeasurement, analysis: Analysis) -> str:
    """What is expected of a measurement beside, and what was measured; of a channel with signal its bins too."""
    expected = f"{float(side.templates.background_counts.sum()):.6g} counts expected"
    if side.templates.signals:
        found = "" if analysis.data.kind == "asimov" else f", {sum(side.observed):.6g} measured"
        return f"{_bins(side.templates)}, {expected}{found}"
    measured = f"{sum(side.observed):.6g} measured"
    return (
        f"{expected}; {measured}, which the Asimov data do not use"
        if analysis.data.kind == "asimov"
        else (f"{expected}, {measured}")
    )


def _detector(analysis: Analysis) -> str:
    table = analysis.detector
    if isinstance(table, BorexinoTable):
        fitted = f"response fitted in {', '.join(table.free_response)}" if table.free_response else "response fixed"
        return f"Borexino, {table.tonnes:g} t, hits {table.estimator}, pile-up {table.pile_up.model}, {fitted}"
    detector = assemble_detector(analysis)
    resolution = detector.response.resolution
    smearing = "no smearing" if resolution.is_perfect else f"resolution {resolution.stochastic:.3g} / sqrt(E/MeV)"
    if table.angular_resolution_mrad:
        smearing += f", angles to {table.angular_resolution_mrad:g} mrad"
    mass = "" if detector.tonnes is None or analysis.exposure.events else f", {detector.tonnes:g} t"
    bound = "" if detector.atom is None else f", electrons bound in {detector.atom.name}"
    return f"{detector.name}{mass}, {smearing}{bound}"


def _sample(name: str, channels: list[Template]) -> SampleDescription:
    """One sample in all channels that share the signal."""
    counts, template = np.concatenate([part.counts for part in channels]), channels[0]
    moved = [f"{key} {100 * (high - 1):.3g} %" for key, (high, _) in template.normalisations.items()]
    moved += [f"{key} (free)" for key in template.scales]
    moved += [f"{template.by_bin} (each bin free)"] if template.by_bin is not None else []
    moved += [f"{key} (shape)" for key in template.variations]
    moved += ["statistics"] if template.statistical is not None else []
    return SampleDescription(name, float(counts.sum()), float(counts[0]), float(counts[-1]), ", ".join(moved) or "-")


def _of_workspace(spec: dict[str, Any], target: str) -> Description:
    model, meaning, name = statistical_model(spec)
    facts = {
        "file": target,
        "measurement": name,
        "parameter of interest": f"{model.poi} ({meaning.quantity})",
        "parameters": len(model.model.parameters),
        "channels": {channel.name: f"{channel.nominal.shape[1]} bins" for channel in model.model.channels},
        "observed": float(model.data.main.sum()),
        "sha256": digest(spec),
    }
    samples = []
    for channel in spec["channels"]:
        for sample in channel["samples"]:
            counts = np.asarray(sample["data"], dtype=float)
            moved = ", ".join(f"{m['name']} ({m['type']})" for m in sample["modifiers"]) or "-"
            label = f"{channel['name']} / {sample['name']}"
            samples.append(SampleDescription(label, float(counts.sum()), float(counts[0]), float(counts[-1]), moved))
    return Description(name, facts, tuple(samples), ())
