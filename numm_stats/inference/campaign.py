"""Toy campaigns on disk: they stop, resume, split over machines, and join.

A campaign is a folder with a manifest, which says what its toys are, and shards, plain arrays of four blocks of
toys each. A shard is written in one step, so that a campaign may be killed at any moment and run again: what is there
is kept, what is missing is made. Because a toy's random numbers are keyed by what it is and not by who makes it, the
joined campaign equals one that ran in one go, bit by bit, for the same versions of the libraries.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.atomic import replace_file
from numm_stats.errors import InputError
from numm_stats.inference.batch.ensemble import BLOCK, Hypothesis
from numm_stats.inference.profile import Profile
from numm_stats.inference.toy_limits import ToyPoint, suggested_grid
from numm_stats.inference.toys import BlockResult, ToyTask, conditional_hypothesis, run_block, toy_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["Campaign", "CampaignStatus", "create", "merge", "open_campaign", "points_of", "run", "status"]

BLOCKS_PER_SHARD: Final = 4
MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
IDENTITY: Final = ("format", "digest", "measurement", "poi", "statistic", "seed")


@dataclass(frozen=True)
class Campaign:
    """A folder of toys.

    Attributes:
        folder: where manifest and shards are.
        manifest: what the toys are, as it stands in the file.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def shards(self) -> list[tuple[int, int]]:
        """All shards that belong to it: number of the hypothesis, number of the shard."""
        per_hypothesis = -(-int(self.manifest["toys"]) // (BLOCKS_PER_SHARD * BLOCK))
        count = len(self.manifest["hypotheses"])
        return [(hypothesis, shard) for shard in range(per_hypothesis) for hypothesis in range(count)]

    def path(self, hypothesis: int, shard: int) -> Path:
        """Return the file of a shard."""
        return self.folder / f"hypothesis-{hypothesis:02d}-shard-{shard:06d}.npz"

    def missing(self) -> list[tuple[int, int]]:
        """Return the shards that are not there."""
        return [key for key in self.shards if not self.path(*key).exists()]

    def task(self, model: StatisticalModel, hypothesis: int) -> ToyTask:
        """Return what one hypothesis' toys are."""
        entry, tested = self.manifest["hypotheses"][hypothesis], tuple(self.manifest["tested"])
        chosen = tested if hypothesis == 0 else (tested[hypothesis - 1],)
        theta = np.array([float.fromhex(value) for value in entry["theta"]])
        return toy_task(
            model,
            Hypothesis(float(entry["mu"]), theta),
            chosen,
            statistic=self.manifest["statistic"],
            seed=int(self.manifest["seed"]),
            engine=self.manifest["engine"],
        )


@dataclass(frozen=True)
class CampaignStatus:
    """How far a campaign is: shards done and in all, toys, fits that fell back to iminuit, toys that failed."""

    folder: str
    done: int
    shards: int
    toys: int
    fallbacks: int
    failures: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        return dict(self.__dict__)


def create(
    folder: Path, model: StatisticalModel, *, digest: str, toys: int, seed: int, engine: str, versions: dict[str, str]
) -> Campaign:
    """Return a campaign for a limit of the model: background-only toys, and toys at values of mu around the limit.

    A folder that has one is continued: it must be the same campaign, and may be asked for more toys.

    Args:
        folder: made if it does not exist.
        model: a statistical model with its data.
        digest: of the workspace, to recognise it.
        toys: for each hypothesis.
        seed: of the random numbers.
        engine: "auto", "numba", "numpy" or "iminuit".
        versions: of the libraries, for the record.

    Raises:
        InputError: if the folder holds another campaign, or cannot be written.
    """
    if toys < 1:
        raise InputError(f"toys = {toys}: must be at least 1")
    model = model.above_zero()
    tested = suggested_grid(model)
    hypotheses = [conditional_hypothesis(model, mu) for mu in (0.0, *tested)]
    manifest = {
        "format": FORMAT,
        "digest": digest,
        "measurement": model.name,
        "poi": model.poi,
        "statistic": "q_mu_tilde",
        "seed": seed,
        "toys": toys,
        "engine": toy_task(model, hypotheses[0], tuple(tested), seed=seed, engine=engine).engine,
        "tested": tested,
        "hypotheses": [{"mu": h.mu, "theta": [float(v).hex() for v in h.theta]} for h in hypotheses],
        "versions": versions,
    }
    if (folder / MANIFEST).exists():
        manifest = _continued(open_campaign(folder), manifest)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be made: {error.strerror}") from None
    _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    return Campaign(folder, manifest)


def open_campaign(folder: Path) -> Campaign:
    """Return the campaign in a folder.

    Raises:
        InputError: if there is none, or its manifest cannot be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{folder}: no toy campaign, {MANIFEST} is missing") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / MANIFEST} cannot be read: {error}") from None
    lacking = [key for key in (*IDENTITY, "tested", "hypotheses", "toys", "engine") if key not in manifest]
    if lacking or manifest["format"] != FORMAT or not isinstance(manifest["toys"], int):
        raise InputError(f"{folder / MANIFEST} is no manifest of format {FORMAT}: {', '.join(lacking) or 'format'}")
    return Campaign(folder, manifest)


def run(
    campaign: Campaign,
    model: StatisticalModel,
    *,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    part: tuple[int, int] = (1, 1),
) -> None:
    """Make the shards that are missing; with part (i, n) every n-th of them, for n machines side by side."""
    index, parts = part
    if not 1 <= index <= parts:
        raise InputError(f"part {index}/{parts}: must be I/N with I from 1 to N, for example 1/2")
    todo = [key for key in campaign.missing() if campaign.shards.index(key) % parts == index - 1]
    model = model.above_zero()
    tasks = {hypothesis: campaign.task(model, hypothesis) for hypothesis, _ in todo}
    if executor is None:
        for hypothesis, shard in todo:
            _store(campaign, hypothesis, shard, run_shard(tasks[hypothesis], shard), report)
        return
    futures = {key: executor.submit(run_shard, tasks[key[0]], key[1]) for key in todo}
    for (hypothesis, shard), future in futures.items():
        _store(campaign, hypothesis, shard, future.result(), report)


def run_shard(task: ToyTask, shard: int) -> list[BlockResult]:
    """Return the blocks of one shard."""
    return [run_block(task, block) for block in range(shard * BLOCKS_PER_SHARD, (shard + 1) * BLOCKS_PER_SHARD)]


def status(campaign: Campaign) -> CampaignStatus:
    """Return how far a campaign is."""
    done = [key for key in campaign.shards if campaign.path(*key).exists()]
    fits = np.array([load_shard(campaign, *key)["fits"] for key in done]).reshape(-1, 2).sum(axis=0)
    return CampaignStatus(
        folder=str(campaign.folder),
        done=len(done),
        shards=len(campaign.shards),
        toys=len(done) * BLOCKS_PER_SHARD * BLOCK,
        fallbacks=int(fits[0]),
        failures=int(fits[1]),
    )


def merge(target: Campaign, sources: list[Campaign]) -> list[str]:
    """Copy the shards of other campaigns into one; return warnings about library versions.

    Raises:
        InputError: if a campaign is not the same one, or a shard is damaged, by name.
    """
    warnings: list[str] = []
    for source in sources:
        for name in IDENTITY:
            if source.manifest[name] != target.manifest[name]:
                raise InputError(f"{source.folder} does not belong to {target.folder}: its {name} is another")
        if source.manifest.get("versions") != target.manifest.get("versions"):
            warnings.append(f"{source.folder} was made with other versions of the libraries: bits may differ")
        for key in target.shards:
            path = source.path(*key)
            if path.exists() and not target.path(*key).exists():
                load_shard(source, *key)
                _write(target.path(*key), path.read_bytes())
    return warnings


def points_of(campaign: Campaign, model: StatisticalModel) -> list[ToyPoint]:
    """Return a complete campaign's toys as the points that a limit is read from.

    Raises:
        InputError: if shards are missing.
    """
    missing = campaign.missing()
    if missing:
        raise InputError(
            f"{campaign.folder}: {len(missing)} of {len(campaign.shards)} shards are missing; "
            "`numm-stats toys run` makes them"
        )
    data = Profile(model.above_zero())
    background = _values(campaign, 0)
    tested = campaign.manifest["tested"]
    return [
        ToyPoint.of_values(mu, data.q_mu_tilde(mu), _values(campaign, k + 1)[0], background[k])
        for k, mu in enumerate(tested)
    ]


def load_shard(campaign: Campaign, hypothesis: int, shard: int) -> dict[str, Any]:
    """Return the arrays of a shard; an InputError that names a file which is damaged or another campaign's."""
    path = campaign.path(hypothesis, shard)
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in ("identity", "mu_hat", "values", "fits")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is damaged: {error}; remove it and run the campaign again") from None
    if str(arrays["identity"]) != _identity(campaign, hypothesis, shard):
        raise InputError(f"{path} is of another campaign, or of another place in this one: remove it")
    return arrays


def _values(campaign: Campaign, hypothesis: int) -> Any:
    keys = [key for key in sorted(campaign.shards) if key[0] == hypothesis]
    values = np.concatenate([load_shard(campaign, *key)["values"] for key in keys], axis=1)
    return values[:, : int(campaign.manifest["toys"])]


def _continued(old: Campaign, new: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest to go on with: its hypotheses, which another machine would find to the last bit but one."""
    for key in IDENTITY:
        if old.manifest[key] != new[key]:
            raise InputError(f"{old.folder} holds another campaign: its {key} is another; choose an empty folder")
    return {**old.manifest, "toys": max(int(old.manifest["toys"]), int(new["toys"]))}


def _identity(campaign: Campaign, hypothesis: int, shard: int) -> str:
    """What a shard is of: campaign, tested values to six digits, hypothesis and number."""
    manifest = campaign.manifest
    of_campaign = {key: manifest[key] for key in IDENTITY}
    tested = [f"{mu:.6g}" for mu in manifest["tested"]]
    text = json.dumps([of_campaign, tested, hypothesis, shard], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _store(
    campaign: Campaign, hypothesis: int, shard: int, blocks: list[BlockResult], report: Callable[[int], None] | None
) -> None:
    content = io.BytesIO()
    np.savez(
        content,
        identity=np.array(_identity(campaign, hypothesis, shard)),
        mu_hat=np.concatenate([block.mu_hat for block in blocks]),
        values=np.concatenate([block.values for block in blocks], axis=1),
        fits=np.array([sum(block.fallbacks for block in blocks), sum(block.failures for block in blocks)]),
    )
    _write(campaign.path(hypothesis, shard), content.getvalue())
    if report is not None:
        report(len(blocks) * BLOCK)


def _write(path: Path, content: bytes) -> None:
    """In one step: whoever reads, after a kill too, sees the whole file or none."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
