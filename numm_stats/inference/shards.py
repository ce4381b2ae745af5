"""Shards of toys: plain arrays of four blocks each, one file, written in one step and recognised by what they are."""

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
from numm_stats.inference.batch.ensemble import BLOCK

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.inference.toys import BlockResult

__all__ = ["BLOCKS_PER_SHARD", "IDENTITY", "Campaign", "load_shard", "store_shard", "write"]

BLOCKS_PER_SHARD: Final = 4
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
    def toys(self) -> int:
        """Toys for each hypothesis."""
        return int(self.manifest["toys"])

    @property
    def shards(self) -> list[tuple[int, int]]:
        """All shards that belong to it: number of the hypothesis, number of the shard."""
        per_hypothesis = -(-self.toys // (BLOCKS_PER_SHARD * BLOCK))
        count = len(self.manifest["hypotheses"])
        return [(hypothesis, shard) for shard in range(per_hypothesis) for hypothesis in range(count)]

    def path(self, hypothesis: int, shard: int) -> Path:
        """Return the file of a shard."""
        return self.folder / f"hypothesis-{hypothesis:02d}-shard-{shard:06d}.npz"

    def present(self) -> list[tuple[int, int]]:
        """Return the shards that are there."""
        return [key for key in self.shards if self.path(*key).exists()]

    def missing(self) -> list[tuple[int, int]]:
        """Return the shards that are not there."""
        return [key for key in self.shards if not self.path(*key).exists()]

    def identity(self, hypothesis: int, shard: int) -> str:
        """Return what a shard is of, as a digest: campaign, hypothesis with its tested values to six digits, number."""
        of_campaign = {key: self.manifest[key] for key in IDENTITY}
        tested = [f"{mu:.6g}" for mu in self.manifest["hypotheses"][hypothesis]["tested"]]
        text = json.dumps([of_campaign, tested, hypothesis, shard], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def store_shard(campaign: Campaign, hypothesis: int, shard: int, blocks: list[BlockResult]) -> int:
    """Write one shard in one step; return its number of toys."""
    content = io.BytesIO()
    mu_hat = np.concatenate([block.mu_hat for block in blocks])
    np.savez(
        content,
        identity=np.array(campaign.identity(hypothesis, shard)),
        mu_hat=mu_hat,
        values=np.concatenate([block.values for block in blocks], axis=1),
        fits=np.array([sum(block.fallbacks for block in blocks), sum(block.failures for block in blocks)]),
    )
    write(campaign.path(hypothesis, shard), content.getvalue())
    return len(mu_hat)


def load_shard(campaign: Campaign, hypothesis: int, shard: int) -> dict[str, Any]:
    """Return the arrays of a shard; an InputError that names a file which is damaged or another campaign's."""
    path = campaign.path(hypothesis, shard)
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in ("identity", "mu_hat", "values", "fits")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is damaged: {error}; remove it and run the campaign again") from None
    if str(arrays["identity"]) != campaign.identity(hypothesis, shard):
        raise InputError(f"{path} is of another campaign, or of another place in this one: remove it")
    return arrays


def write(path: Path, content: bytes) -> None:
    """In one step: whoever reads, after a kill too, sees the whole file or none."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
