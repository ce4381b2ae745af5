"""The verbs that throw toys: limits from them, and campaigns of them on disk."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from numm_stats.errors import InputError
from numm_stats.verbs.pipeline import model_above_zero
from numm_stats.verbs.results import Limit, versions
from numm_stats.verbs.toy_edges import with_band_in_order, with_pieces_joined
from numm_stats.workspace.spec import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from numm_stats.inference.campaign import Campaign, CampaignStatus
    from numm_stats.verbs.pipeline import Target

__all__ = [
    "campaign_constructions",
    "campaign_limit",
    "campaign_status",
    "merge_campaigns",
    "run_campaign",
    "toy_limits",
    "workers",
]


@contextmanager
def workers(
    jobs: int = 1, dask: str | None = None, initializer: Callable[[], None] | None = None
) -> Iterator[Executor | None]:
    """Give an executor of so many processes, or None for one: this process does the work itself.

    Args:
        jobs: number of processes.
        dask: address of the scheduler of a running dask cluster, which then does the work.
        initializer: is called first in each process of this machine.

    Raises:
        InputError: if jobs is not positive, or no scheduler answers at the address.
        ComputationError: if workers of the cluster die again and again.
    """
    if jobs < 1:
        raise InputError(f"jobs = {jobs}: must be at least 1")
    if dask is not None:
        from numm_stats.cluster import dask_workers  # noqa: PLC0415

        with dask_workers(dask) as cluster:
            yield cluster
    elif jobs == 1:
        yield None
    else:
        with ProcessPoolExecutor(max_workers=jobs, initializer=initializer) as executor:
            yield executor


def toy_limits(
    target: Target,
    *,
    toys: int,
    constructions: tuple[str, ...] = ("cls",),
    confidence_level: float = 0.9,
    seed: int = 0,
    engine: str = "auto",
    adaptive: float | None = None,
    precision: float | None = None,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> tuple[Limit, ...]:
    """Return upper limits from toys: main counts and auxiliary measurements drawn, two fits for each.

    An edge of the expected band that is out of order is None, and a piece of a region that is narrower than the toys'
    uncertainty is joined with the one beside it; a warning says so.

    Args:
        target: analysis, workspace, name or path.
        toys: for each hypothesis, at most.
        constructions: of "cls", "clsb" and "pcl", which share their toys, and "feldman-cousins", whose limit has
            `intervals`.
        confidence_level: between 0 and 1.
        seed: of the random numbers; the same seed gives the same toys with any number of workers.
        engine: "auto", "numba", "numpy", or "iminuit", which sends every toy through Minuit.
        adaptive: throw more toys only where |CLs - alpha| is below so many standard errors around a crossing.
        precision: throw more toys only around a crossing, until its relative uncertainty is below this.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come, as far as known.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.
    """
    from numm_stats.inference.feldman_cousins import feldman_cousins  # noqa: PLC0415
    from numm_stats.inference.toy_ladder import ToyOptions  # noqa: PLC0415
    from numm_stats.inference.toy_limits import toy_upper_limits  # noqa: PLC0415

    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    options = ToyOptions(toys, seed, engine, executor, report, announce, adaptive, precision)
    sharing = tuple(which for which in constructions if which != "feldman-cousins")
    found = iter(toy_upper_limits(model, sharing, options, confidence_level=confidence_level) if sharing else ())
    in_order = (
        feldman_cousins(model, options, confidence_level=confidence_level)
        if which == "feldman-cousins"
        else next(found)
        for which in constructions
    )
    return tuple(Limit(name, meaning, with_band_in_order(with_pieces_joined(parameter))) for parameter in in_order)


def run_campaign(
    folder: Path,
    target: Target,
    *,
    toys: int,
    seed: int = 0,
    engine: str = "auto",
    purpose: str = "limits",
    confidence_level: float = 0.9,
    part: tuple[int, int] = (1, 1),
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> CampaignStatus:
    """Begin or continue a toy campaign in a folder, and return how far it is.

    Args:
        folder: made if it does not exist.
        target: analysis, workspace, name or path.
        toys: for each hypothesis.
        seed: of the random numbers.
        engine: "auto", "numba", "numpy" or "iminuit".
        purpose: "limits" or "feldman-cousins".
        confidence_level: of the limits that the tested values are chosen for.
        part: (i, n), every n-th shard from the i-th, for n machines side by side.
        executor: does the work; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.
    """
    from numm_stats.inference import campaign  # noqa: PLC0415

    model, _, _ = model_above_zero(target, poi=poi, measurement=measurement)
    found = campaign.create(
        folder,
        model,
        digest=_digest(target),
        toys=toys,
        seed=seed,
        engine=engine,
        versions=versions(),
        purpose=purpose,
        confidence_level=confidence_level,
    )
    campaign.run(found, model, executor=executor, report=report, announce=announce, part=part)
    return campaign.status(found)


def campaign_status(folder: Path) -> CampaignStatus:
    """Return how far a campaign is."""
    from numm_stats.inference import campaign  # noqa: PLC0415

    return campaign.status(campaign.open_campaign(folder))


def merge_campaigns(folder: Path, others: list[Path]) -> tuple[CampaignStatus, list[str]]:
    """Copy the shards of other folders into one; return how far it is, and warnings."""
    from numm_stats.inference import campaign  # noqa: PLC0415

    target = campaign.open_campaign(folder)
    joined, warnings = campaign.merge(target, [campaign.open_campaign(other) for other in others])
    return campaign.status(joined), warnings


def campaign_constructions(folder: Path) -> tuple[str, ...]:
    """Return the constructions that the toys of a campaign are good for."""
    from numm_stats.inference import campaign  # noqa: PLC0415
    from numm_stats.inference.toy_limits import CONSTRUCTIONS_WITH_TOYS  # noqa: PLC0415

    statistic = campaign.open_campaign(folder).manifest["statistic"]
    return CONSTRUCTIONS_WITH_TOYS if statistic == campaign.PURPOSES["limits"] else ("feldman-cousins",)


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

    For "cls", "clsb" and "pcl" it is the same that throwing as many now would, unless that had to look beyond the
    values that the campaign tested. "feldman-cousins" has values chosen beforehand, where throwing now seeks the edges.

    Raises:
        InputError: if the campaign is of another workspace, measurement or parameter of interest, or not complete.
    """
    from numm_stats.inference import campaign  # noqa: PLC0415
    from numm_stats.inference.campaign_points import fallbacks_of, points_of  # noqa: PLC0415
    from numm_stats.inference.feldman_cousins import region_from_points  # noqa: PLC0415
    from numm_stats.inference.toy_limits import limit_from_points  # noqa: PLC0415

    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    found: Campaign = campaign.open_campaign(folder)
    for key, value in (("digest", _digest(target)), ("measurement", model.name), ("poi", model.poi)):
        if found.manifest[key] != value:
            raise InputError(
                f"{folder} holds toys of another workspace: its {key} is {found.manifest[key]}, not {value}"
            )
    _check_purpose(found, construction)
    points = points_of(found, model)
    if construction == "feldman-cousins":
        limit = region_from_points(model, points, confidence_level=confidence_level)
    else:
        limit = limit_from_points(model, construction, points, confidence_level=confidence_level)
    told = with_band_in_order(with_pieces_joined(limit))
    return Limit(name, meaning, replace(told, fallbacks=fallbacks_of(found)))


def _check_purpose(found: Campaign, construction: str) -> None:
    from numm_stats.inference.campaign import PURPOSES  # noqa: PLC0415

    needed = "feldman-cousins" if construction == "feldman-cousins" else "limits"
    if found.manifest["statistic"] != PURPOSES[needed]:
        raise InputError(
            f"{found.folder} has toys of {found.manifest['statistic']}: construction '{construction}' needs "
            f"a campaign made with --for {needed}"
        )


def _digest(target: Target) -> str:
    from numm_stats.analyses.analysis import Analysis  # noqa: PLC0415
    from numm_stats.verbs.loading import load  # noqa: PLC0415
    from numm_stats.verbs.pipeline import build_spec_of  # noqa: PLC0415

    resolved = load(target) if isinstance(target, str | Path) else target
    return digest(build_spec_of(resolved, for_pyhf=False) if isinstance(resolved, Analysis) else dict(resolved))
