"""The toys of a campaign as what limits and intervals are read from, shard by shard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numm_stats.errors import InputError
from numm_stats.inference.campaign import PURPOSES
from numm_stats.inference.profile import Profile
from numm_stats.inference.shards import Campaign, load_shard
from numm_stats.inference.tally import Tally
from numm_stats.inference.toy_points import ToyPoint

if TYPE_CHECKING:
    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["fallbacks_of", "points_of"]


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
    for_limits = campaign.manifest["statistic"] == PURPOSES["limits"]
    points = []
    for entry in campaign.manifest["hypotheses"][1 if for_limits else 0 :]:
        mu = float(entry["mu"])
        watched = data.q_mu_tilde(mu) if for_limits else data.minus_two_log_ratio(mu)
        points.append(ToyPoint(mu, watched, Tally(watched), Tally(watched)))
    if for_limits:
        _read(campaign, 0, [point.background for point in points])
    for k, point in enumerate(points):
        _read(campaign, k + for_limits, [point.signal])
    return points


def fallbacks_of(campaign: Campaign) -> int:
    """Return how many fits went to iminuit."""
    return sum(int(load_shard(campaign, *key)["fits"][0]) for key in campaign.shards)


def _read(campaign: Campaign, hypothesis: int, tallies: list[Tally]) -> None:
    """Add the toys of one hypothesis, shard by shard, to one tally for each tested value."""
    left = campaign.toys
    for key in sorted(key for key in campaign.shards if key[0] == hypothesis):
        values = load_shard(campaign, *key)["values"][:, :left]
        left -= values.shape[1]
        for tally, of_value in zip(tallies, values, strict=True):
            tally.add(of_value)
