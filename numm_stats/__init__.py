"""numm_stats: how large can the neutrino magnetic moment, or a light vector coupling, be, given this spectrum?

The verbs of `numm_stats.pipeline` and what they take, by short names; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from numm_stats.version import __version__

if TYPE_CHECKING:
    from numm_stats.analysis import Analysis
    from numm_stats.averages import average
    from numm_stats.combining import combine
    from numm_stats.covering import coverage
    from numm_stats.errors import ComputationError, InputError, NummStatsError
    from numm_stats.limiting import limit, limits
    from numm_stats.loading import catalogue, load
    from numm_stats.mapping import coupling_map, patchset
    from numm_stats.pipeline import (
        build_templates,
        build_workspace,
        fit,
        scan,
    )
    from numm_stats.questions import contour, goodness, impacts, significance
    from numm_stats.ranging import interval, intervals
    from numm_stats.recovering import recovery
    from numm_stats.throwing import campaign_limit, run_campaign, toy_limits

__all__ = [
    "Analysis",
    "ComputationError",
    "InputError",
    "NummStatsError",
    "__version__",
    "average",
    "build_templates",
    "build_workspace",
    "campaign_limit",
    "catalogue",
    "combine",
    "contour",
    "coupling_map",
    "coverage",
    "fit",
    "goodness",
    "impacts",
    "interval",
    "intervals",
    "limit",
    "limits",
    "load",
    "patchset",
    "recovery",
    "run_campaign",
    "scan",
    "significance",
    "toy_limits",
]

_HOMES = {
    "Analysis": "analysis",
    "average": "averages",
    "ComputationError": "errors",
    "InputError": "errors",
    "NummStatsError": "errors",
    "campaign_limit": "throwing",
    "catalogue": "loading",
    "combine": "combining",
    "contour": "questions",
    "coupling_map": "mapping",
    "coverage": "covering",
    "recovery": "recovering",
    "goodness": "questions",
    "impacts": "questions",
    "interval": "ranging",
    "intervals": "ranging",
    "limit": "limiting",
    "limits": "limiting",
    "load": "loading",
    "patchset": "mapping",
    "run_campaign": "throwing",
    "toy_limits": "throwing",
    "significance": "questions",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'numm_stats' has no attribute '{name}'")
    return getattr(import_module(f"numm_stats.{_HOMES.get(name, 'pipeline')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
