"""Toy campaigns on disk: they stop, resume, split over machines, and join.

A campaign is a folder with a manifest, which says what its toys are, and shards, plain arrays of four blocks of
toys each. A shard is written in one step, so that a campaign may be killed at any moment and run again: what is there
is kept, what is missing is made. Because a toy's random numbers are keyed by what it is and not by who makes it, the
joined campaign equals one that ran in one go, bit by bit, for the same versions of the libraries.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.inference.batch.ensemble import BLOCK, Hypothesis
from numm_stats.inference.feldman_cousins import first_values
from numm_stats.inference.manifest import FORMAT, MANIFEST, open_campaign, store
from numm_stats.inference.shards import BLOCKS_PER_SHARD, IDENTITY, Campaign, load_shard, store_shard, write
from numm_stats.inference.toy_ladder import failure_warnings
from numm_stats.inference.toy_limits import suggested_grid
from numm_stats.inference.toys import BlockResult, ToyTask, conditional_hypothesis, run_block, toy_task
from numm_stats.inference.working import packed, unpacked
from numm_stats.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from numm_stats.inference.statmodel import StatisticalModel

__all__ = [
    "PURPOSES",
    "Campaign",
    "CampaignStatus",
    "create",
    "merge",
    "open_campaign",
    "run",
    "status",
]

CELLS: Final = 48  # of a Feldman-Cousins campaign, whose tested values are chosen beforehand
PURPOSES: Final = {"limits": "q_mu_tilde", "feldman-cousins": "t_mu_tilde"}


@dataclass(frozen=True)
class CampaignStatus:
    """How far a campaign is.

    Attributes:
        folder: where it is.
        done: shards that are there.
        shards: shards in all.
        toys: that are there.
        fallbacks: fits that went to iminuit.
        failures: toys of which a fit failed there, too.
        warnings: said where more than one toy in a thousand failed.
    """

    folder: str
    done: int
    shards: int
    toys: int
    fallbacks: int
    failures: int
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        return {**self.__dict__, "warnings": list(self.warnings)}


def create(
    folder: Path,
    model: StatisticalModel,
    *,
    digest: str,
    toys: int,
    seed: int,
    engine: str,
    versions: dict[str, str],
    purpose: str = "limits",
    confidence_level: float = 0.9,
) -> Campaign:
    """Return a campaign for a limit of the model, at values of mu around where the asymptotic formulae put it.

    A folder that has one is continued: it must be the same campaign, and may be asked for more toys.

    Args:
        folder: made if it does not exist.
        model: a statistical model with its data.
        digest: of the workspace, to recognise it.
        toys: for each hypothesis.
        seed: of the random numbers.
        engine: "auto", "numba", "numpy" or "iminuit".
        versions: of the libraries, for the record.
        purpose: "limits" (cls, clsb, pcl: background-only toys, too) or "feldman-cousins".
        confidence_level: of the limits that the tested values are chosen for.

    Raises:
        InputError: if the folder holds another campaign, or cannot be written.
    """
    if toys < 1:
        raise InputError(f"toys = {toys}: must be at least 1")
    if purpose not in PURPOSES:
        raise InputError(
            f"a campaign for '{purpose}' is unknown{nearest(purpose, PURPOSES)}: it is for {' or '.join(PURPOSES)}"
        )
    model = model.above_zero()
    hypotheses = list(_hypotheses(model, purpose, confidence_level))
    checked = toy_task(model, *hypotheses[0], statistic=PURPOSES[purpose], seed=seed, engine=engine)
    found = [
        {"mu": h.mu, "tested": list(tested), "theta": [float(v).hex() for v in h.theta]} for h, tested in hypotheses
    ]
    manifest = {
        "format": FORMAT,
        "digest": digest,
        "measurement": model.name,
        "poi": model.poi,
        "statistic": checked.statistic,
        "seed": seed,
        "confidence_level": confidence_level,
        "toys": toys,
        "engine": checked.engine,
        "hypotheses": found,
        "versions": versions,
    }
    return store(folder, manifest, engine=engine)


def _hypotheses(
    model: StatisticalModel, purpose: str, confidence_level: float
) -> Iterator[tuple[Hypothesis, tuple[float, ...]]]:
    """Yield what toys are drawn from, and at which values each is tested."""
    if purpose == "feldman-cousins":
        grid = first_values(model, confidence_level, cells=CELLS)
    else:
        grid = suggested_grid(model, confidence_level)
        yield conditional_hypothesis(model, 0.0), tuple(grid)
    for mu in grid:
        yield conditional_hypothesis(model, mu), (mu,)


def run(
    campaign: Campaign,
    model: StatisticalModel,
    *,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    part: tuple[int, int] = (1, 1),
) -> None:
    """Make the shards that are missing; with part (i, n) every n-th of them, for n machines side by side."""
    index, parts = part
    if not 1 <= index <= parts:
        raise InputError(f"part {index}/{parts}: must be I/N with I from 1 to N, for example 1/2")
    places = {key: place for place, key in enumerate(campaign.shards)}
    todo = [key for key in campaign.missing() if places[key] % parts == index - 1]
    if announce is not None:
        announce(len(todo) * BLOCKS_PER_SHARD * BLOCK)
    model = model.above_zero()
    tasks = {hypothesis: _task(campaign, model, hypothesis) for hypothesis, _ in todo}
    results: Iterator[list[BlockResult]]
    if executor is None:
        results = (run_shard(tasks[hypothesis], shard) for hypothesis, shard in todo)
    else:
        results = in_order(run_packed_shard, _packed_work(model, tasks, todo), executor)
    for key, blocks in zip(todo, results, strict=True):
        stored = store_shard(campaign, *key, blocks)
        if report is not None:
            report(stored)


def run_shard(task: ToyTask, shard: int) -> list[BlockResult]:
    """Return the blocks of one shard."""
    return [run_block(task, block) for block in range(shard * BLOCKS_PER_SHARD, (shard + 1) * BLOCKS_PER_SHARD)]


def run_packed_shard(model: bytes, rest: dict[str, Any], shard: int) -> list[BlockResult]:
    """Return the blocks of one shard of a packed model: what workers are told to do."""
    return run_shard(ToyTask(model=unpacked(model), **rest), shard)


def _packed_work(
    model: StatisticalModel, tasks: dict[int, ToyTask], todo: list[tuple[int, int]]
) -> Iterator[tuple[bytes, dict[str, Any], int]]:
    names = [field.name for field in fields(ToyTask) if field.name != "model"]
    rest = {hypothesis: {name: getattr(task, name) for name in names} for hypothesis, task in tasks.items()}
    model_in_bytes = packed(model)
    return ((model_in_bytes, rest[hypothesis], shard) for hypothesis, shard in todo)


def _task(campaign: Campaign, model: StatisticalModel, hypothesis: int) -> ToyTask:
    """Return what one hypothesis' toys are."""
    manifest = campaign.manifest
    entry = manifest["hypotheses"][hypothesis]
    theta = np.array([float.fromhex(value) for value in entry["theta"]])
    return toy_task(
        model,
        Hypothesis(float(entry["mu"]), theta),
        tuple(entry["tested"]),
        statistic=manifest["statistic"],
        seed=int(manifest["seed"]),
        engine=manifest["engine"],
    )


def status(campaign: Campaign) -> CampaignStatus:
    """Return how far a campaign is."""
    done = campaign.present()
    toys, fallbacks, failures = len(done) * BLOCKS_PER_SHARD * BLOCK, 0, 0
    for key in done:
        fits = load_shard(campaign, *key)["fits"]
        fallbacks, failures = fallbacks + int(fits[0]), failures + int(fits[1])
    warnings = failure_warnings(failures, toys)
    return CampaignStatus(
        str(campaign.folder), len(done), len(campaign.shards), toys, fallbacks, failures, warnings=warnings
    )


def merge(target: Campaign, sources: list[Campaign]) -> tuple[Campaign, list[str]]:
    """Copy the shards of other campaigns into one; return it, with warnings about engines and library versions.

    All of them are checked before the first is copied. Where one has more toys, the joined campaign has, too.

    Raises:
        InputError: if a campaign is not the same one, or a shard is damaged, by name.
    """
    warnings = [text for source in sources for text in _differences(source, target)]
    for source in sources:
        _check_belongs(source, target)
        for shard in source.present():
            load_shard(source, *shard)
    largest = max([target, *sources], key=lambda campaign: campaign.toys)
    joined = Campaign(target.folder, {**target.manifest, "toys": largest.toys})
    write(target.folder / MANIFEST, json.dumps(joined.manifest, indent=1).encode())
    for source in sources:
        for shard in source.present():
            if not joined.path(*shard).exists():
                write(joined.path(*shard), source.path(*shard).read_bytes())
    return joined, warnings


def _differences(source: Campaign, target: Campaign) -> list[str]:
    kinds = (("versions", "other versions of the libraries"), ("engine", "another engine"))
    different = [what for key, what in kinds if source.manifest.get(key) != target.manifest.get(key)]
    return [f"{source.folder} was made with {what}: bits may differ" for what in different]


def _check_belongs(source: Campaign, target: Campaign) -> None:
    for name in IDENTITY:
        if source.manifest[name] != target.manifest[name]:
            raise InputError(f"{source.folder} does not belong to {target.folder}: its {name} is another")
    count = len(source.manifest["hypotheses"])
    if count != len(target.manifest["hypotheses"]) or any(
        source.identity(k, 0) != target.identity(k, 0) for k in range(count)
    ):
        raise InputError(
            f"{source.folder} does not belong to {target.folder}: its tested values are others "
            f"(--cl {source.manifest['confidence_level']} and {target.manifest['confidence_level']})"
        )
