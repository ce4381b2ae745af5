"""Decays into 8Be: how often which beta endpoint."""

from __future__ import annotations

from typing import Final

__all__ = ["ENDPOINT_PROBABILITIES"]

# Of 8Li, a beta endpoint in 0-1, 1-2, ..., 15-16 MeV: the endpoint table of reactor simulations (RAT)
ENDPOINT_PROBABILITIES: Final = (
    1e-5, 1e-4, 4.2e-4, 0.00115, 0.00254, 0.00496, 0.00893, 0.01526,
    0.02537, 0.04222, 0.07342, 0.14469, 0.3432, 0.30346, 0.03345, 0.00082,
)  # fmt: skip
