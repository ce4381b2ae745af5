"""A flat model as a sum of fixed templates, so that a batch of toys is evaluated by a few matrix products.

The counts of bin b are, with the product gamma of the layers that a *group* of samples has in common,

    nu_b = sum_groups gamma_gb sum_k C_k(theta) T_kb

where a *term* k is a sample's nominal counts or one of its shape variations, and C_k is the sample's factors times one,
alpha or a(alpha). A derivative is nu with C replaced by dC/dtheta, so that for weights w_b the curvature is

    sum_b w_b (d nu_b/d theta_p)(d nu_b/d theta_q) = sum_kl (dC_k/dtheta_p)(dC_l/dtheta_q) sum_b (T_k T_l)_b w_b

with products T_k T_l made once and for all. Only few dC_k/dtheta_p are not zero: these are the *entries*. A dense
parameter that multiplies single bins adds *spikes*: entries whose template is one in one bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numm_stats.inference.compiled import Constraints

__all__ = ["ChannelTerms", "Factors", "Group", "Layer", "Places", "TermModel"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Places = slice | Index


@dataclass(frozen=True)
class Factors:
    """All different factors, powers first; `slots` (rows, k) lists those of each row, an unused slot the one past."""

    powers_of: Index
    powers: Array | None  # (f, 1), or None where all are one
    variations_of: Index
    log_high: Array  # (v, 1)
    log_low: Array
    polynomial: Array | None  # (6, v, 1), or None for code1
    slots: Index


@dataclass(frozen=True)
class Layer:
    """Parameters of a group's bins, those of them that are local (counted from the first), and those that are not."""

    parameters: Places
    local_bins: Places
    locals: Places
    dense_bins: Index
    spikes: Index


@dataclass(frozen=True)
class Group:
    """Samples of one channel with the same layers: `templates` (terms, bins)."""

    number: int
    bins: slice
    terms: slice
    templates: Array
    layers: tuple[Layer, ...]
    is_spikes: bool


@dataclass(frozen=True)
class Pairs:
    """Products of all pairs of a channel's terms.

    `blocks` are (group, group, T_k T_l), whose products with the weights follow one another in `count` rows; `place`
    (terms, terms) says where each went; `spread` (parameters, entries) adds up the entries of each parameter.
    """

    blocks: tuple[tuple[Group, Group, Array], ...]
    place: Index
    count: int
    spread: Array


@dataclass(frozen=True)
class ChannelTerms:
    """One channel, and how its part of the curvature is put together.

    Attributes:
        bins: its place among all bins.
        groups: its samples.
        entries: its place among all entries; entries are sorted by parameter.
        entry_terms: the term of each entry, counted in the channel.
        parameters: (dense parameter, first entry, one past the last, their terms), all but the first counted here.
        pairs: what is needed to go by pairs of terms, or None where there are too many.
        columns: else (place among the parameters, group, entries, their templates).
    """

    bins: slice
    groups: tuple[Group, ...]
    entries: slice
    entry_terms: Index
    parameters: tuple[tuple[int, int, int, Places], ...]
    pairs: Pairs | None
    columns: tuple[tuple[int, Group, Index, Array], ...]

    @property
    def size(self) -> int:
        """Numbers that the curvature of one toy needs on the way."""
        if self.pairs is not None:
            return self.pairs.count + self.pairs.place.size
        bins: int = self.bins.stop - self.bins.start
        return len(self.parameters) * (2 * bins + len(self.parameters))


@dataclass(frozen=True)
class TermModel:
    """Everything a batch of fits needs; parameters in an order of their own, the `dense_count` dense ones first.

    `order` gives their places in the compiled model. Term k is the scale of row `row_of[k]` times the multiplier
    `multiplier_of[k]`; an entry is the product of the rows `entry_left` and `entry_right` of two tables, see
    `vectorised_model`.
    """

    bin_count: int
    order: Index
    dense_count: int
    low: Array  # (p, 1)
    high: Array
    factors: Factors
    shapes: Index
    shape_code: str
    row_of: Index
    multiplier_of: Index
    entry_left: Index
    entry_right: Index
    entry_parameters: Index
    entry_terms: Index
    by_parameter: Array  # (dense, entries), one where the entry is the parameter's
    by_term: Array  # (terms, entries)
    spike_count: int
    groups: tuple[Group, ...]
    channels: tuple[ChannelTerms, ...]
    local_bins: Places  # the bin of each local parameter
    local_slots: tuple[tuple[Places, Places], ...]  # (local parameters, their bins), each bin once in a slot
    constraints: Constraints  # with places among the own parameters; sigma (g, 1), tau (c, 1)
