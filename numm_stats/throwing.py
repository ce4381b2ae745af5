"""The verbs that throw toys: limits from them, and campaigns of them on disk."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from numm_stats.errors import InputError
from numm_stats.pipeline import statistical_model
from numm_stats.results import Limit, versions
from numm_stats.workspace.spec import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from numm_stats.inference.campaign import Campaign, CampaignStatus
    from numm_stats.pipeline import Target

__all__ = ["campaign_limit", "campaign_status", "merge_campaigns", "run_campaign", "toy_limits", "workers"]


@contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """Give an executor of so many processes, or None for one: this process does the work itself."""
    if jobs < 1:
        raise InputError(f"jobs = {jobs}: must be at least 1")
    if jobs == 1:
        yield None
        return
    with ProcessPoolExecutor(max_workers=jobs) as executor:
        yield executor


def toy_limits(
    target: Target,
    *,
    toys: int,
    constructions: tuple[str, ...] = ("cls",),
    confidence_level: float = 0.9,
    seed: int = 0,
    engine: str = "auto",
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> tuple[Limit, ...]:
    """Return upper limits from toys: main counts and auxiliary measurements drawn, two fits for each.

    Args:
        target: analysis, workspace, name or path.
        toys: for each hypothesis.
        constructions: of "cls" and "clsb", from the same toys.
        confidence_level: between 0 and 1.
        seed: of the random numbers; the same seed gives the same toys with any number of workers.
        engine: "auto", "numba", "numpy", or "iminuit", which sends every toy through Minuit.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.
    """
    from numm_stats.inference.toy_limits import ToyOptions, toy_upper_limits  # noqa: PLC0415

    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    options = ToyOptions(toys, seed, engine, executor, report)
    found = toy_upper_limits(model, constructions, options, confidence_level=confidence_level)
    return tuple(Limit(name, meaning, parameter) for parameter in found)


def run_campaign(
    folder: Path,
    target: Target,
    *,
    toys: int,
    seed: int = 0,
    engine: str = "auto",
    part: tuple[int, int] = (1, 1),
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> CampaignStatus:
    """Begin or continue a toy campaign in a folder, and return how far it is."""
    from numm_stats.inference import campaign  # noqa: PLC0415

    model, _, _ = statistical_model(target, poi=poi, measurement=measurement)
    found = campaign.create(
        folder, model, digest=_digest(target), toys=toys, seed=seed, engine=engine, versions=versions()
    )
    campaign.run(found, model, executor=executor, report=report, part=part)
    return campaign.status(found)


def campaign_status(folder: Path) -> CampaignStatus:
    """Return how far a campaign is."""
    from numm_stats.inference import campaign  # noqa: PLC0415

    return campaign.status(campaign.open_campaign(folder))


def merge_campaigns(folder: Path, others: list[Path]) -> tuple[CampaignStatus, list[str]]:
    """Copy the shards of other folders into one; return how far it is, and warnings."""
    from numm_stats.inference import campaign  # noqa: PLC0415

    target = campaign.open_campaign(folder)
    warnings = campaign.merge(target, [campaign.open_campaign(other) for other in others])
    return campaign.status(target), warnings


def campaign_limit(
    folder: Path,
    target: Target,
    *,
    construction: str = "cls",
    confidence_level: float = 0.9,
    poi: str | None = None,
    measurement: str | None = None,
) -> Limit:
    """Return the limit that the toys of a campaign give.

    Raises:
        InputError: if the campaign is of another workspace, measurement or parameter of interest, or not complete.
    """
    from numm_stats.inference import campaign  # noqa: PLC0415
    from numm_stats.inference.toy_limits import limit_from_points  # noqa: PLC0415

    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    found: Campaign = campaign.open_campaign(folder)
    for key, value in (("digest", _digest(target)), ("measurement", model.name), ("poi", model.poi)):
        if found.manifest[key] != value:
            raise InputError(
                f"{folder} holds toys of another workspace: its {key} is {found.manifest[key]}, not {value}"
            )
    points = campaign.points_of(found, model)
    return Limit(name, meaning, limit_from_points(model, construction, points, confidence_level=confidence_level))


def _digest(target: Target) -> str:
    from numm_stats.analysis import Analysis  # noqa: PLC0415
    from numm_stats.loading import load  # noqa: PLC0415
    from numm_stats.pipeline import build_spec_of  # noqa: PLC0415

    resolved = load(target) if isinstance(target, str | Path) else target
    return digest(build_spec_of(resolved, for_pyhf=False) if isinstance(resolved, Analysis) else dict(resolved))
