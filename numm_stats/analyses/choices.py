"""Discrete systematics of an analysis: its configurations, and the one that its Asimov data are made of."""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from numm_stats.analyses.reading import parse_analysis, replaced
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numm_stats.analyses.analysis import Analysis

__all__ = ["configurations", "is_truth", "refuse_choices", "truth_of"]

MAXIMUM_CONFIGURATIONS = 1000
ESTIMATOR = "detector.estimator"
EXPOSURES = ("exposure", "off")


def configurations(analysis: Analysis) -> dict[str, Analysis]:
    """Return the analysis at every combination of its choices, by what was chosen: `within_230_ns-synthetic-gs98`.

    Each bears the analysis' name with that behind it, and has no choices left. An analysis without choices is its own
    only configuration, by its name.

    Raises:
        InputError: if a key or a value of the choices makes no sense for the analysis.
    """
    if not analysis.choices:
        return {analysis.name: analysis}
    _check_keys(analysis.choices, "choices", ("choices", "name", "note"))
    if analysis.data.kind != "asimov" and len(analysis.choices.get(ESTIMATOR, [])) > 1:
        raise InputError(
            f"data.kind = '{analysis.data.kind}': real counts are of one energy estimator, and choices has several; "
            f"make a file for each with its own [data], then numm-stats average first.toml second.toml"
        )
    count = prod(len(values) for values in analysis.choices.values())
    if count > MAXIMUM_CONFIGURATIONS:
        raise InputError(f"choices: {count} configurations; at most {MAXIMUM_CONFIGURATIONS}")
    found: dict[str, Analysis] = {}
    for values in product(*analysis.choices.values()):
        called = "-".join(_word(value) for value in values)
        if called in found:
            raise InputError(f"choices: two configurations would be called {called}: each key needs different values")
        chosen = {**dict(zip(analysis.choices, values, strict=True)), "name": f"{analysis.name}-{called}"}
        found[called] = _replaced(analysis, chosen, "choices")
    return found


def _check_keys(keys: Iterable[str], where: str, no_part: Sequence[str]) -> None:
    for key in keys:
        if key.partition(".")[0] in no_part:
            raise InputError(f"{where}: '{key}' is no key of the model")


def _word(value: Any) -> str:
    """What is chosen as a part of a name: of a file its own name, of a list its entries."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", str(value).rpartition("/")[2]).strip("_") or "none"


def truth_of(analysis: Analysis) -> Analysis | None:
    """Return the model that the Asimov data of a configuration are made of, or None where that is its own."""
    if not analysis.data.truth:
        return None
    _check_keys(analysis.data.truth, "data.truth", ("choices", "data", "name", "note"))
    for key in analysis.data.truth:
        if key.partition(".")[0] in EXPOSURES:
            raise InputError(f"data.truth: '{key}' says how long was measured, which is known: change it in the model")
    data = {"kind": "asimov", "injected": analysis.data.injected}
    return _replaced(analysis, {**analysis.data.truth, "data": data}, "data.truth")


def is_truth(configuration: Analysis) -> bool:
    """Whether a configuration is the model that its own Asimov data are made of."""
    truth = truth_of(configuration)
    return truth is None or truth.model_copy(update={"data": configuration.data}) == configuration


def refuse_choices(analysis: Analysis) -> None:
    """Refuse an analysis that has more than one model, where one is needed."""
    if not analysis.choices:
        return
    first = " ".join(f"--set {key}={values[0]}" for key, values in analysis.choices.items())
    raise InputError(
        f"{analysis.name} has {len(configurations(analysis))} configurations: limit, average and coverage take them "
        f"together; for anything else choose one, such as {first}"
    )


def _replaced(analysis: Analysis, values: Mapping[str, Any], where: str) -> Analysis:
    document = {key: value for key, value in analysis.to_document().items() if key != "choices"}
    for key, value in values.items():
        document = replaced(document, key, value, f"{where} '{key}' = {value}")
    return parse_analysis(document, f"{analysis.name}, {where}")
