"""numm_stats: how large can the neutrino magnetic moment, or a light vector coupling, be, given this spectrum?

The verbs of `numm_stats.verbs.pipeline` and what they take, by short names; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from numm_stats.version import __version__

if TYPE_CHECKING:
    from numm_stats.analyses.analysis import Analysis
    from numm_stats.errors import ComputationError, InputError, NummStatsError
    from numm_stats.verbs.averages import average
    from numm_stats.verbs.combining import combine
    from numm_stats.verbs.covering import coverage
    from numm_stats.verbs.limiting import limit, limits
    from numm_stats.verbs.loading import catalogue, load
    from numm_stats.verbs.mapping import coupling_map, patchset
    from numm_stats.verbs.pipeline import (
        build_templates,
        build_workspace,
        fit,
        scan,
    )
    from numm_stats.verbs.questions import contour, goodness, impacts, significance
    from numm_stats.verbs.ranging import interval, intervals
    from numm_stats.verbs.recovering import recovery
    from numm_stats.verbs.throwing import campaign_limit, run_campaign, toy_limits

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
    "Analysis": "analyses.analysis",
    "average": "verbs.averages",
    "ComputationError": "errors",
    "InputError": "errors",
    "NummStatsError": "errors",
    "campaign_limit": "verbs.throwing",
    "catalogue": "verbs.loading",
    "combine": "verbs.combining",
    "contour": "verbs.questions",
    "coupling_map": "verbs.mapping",
    "coverage": "verbs.covering",
    "recovery": "verbs.recovering",
    "goodness": "verbs.questions",
    "impacts": "verbs.questions",
    "interval": "verbs.ranging",
    "intervals": "verbs.ranging",
    "limit": "verbs.limiting",
    "limits": "verbs.limiting",
    "load": "verbs.loading",
    "patchset": "verbs.mapping",
    "run_campaign": "verbs.throwing",
    "toy_limits": "verbs.throwing",
    "significance": "verbs.questions",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'numm_stats' has no attribute '{name}'")
    return getattr(import_module(f"numm_stats.{_HOMES.get(name, 'verbs.pipeline')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
