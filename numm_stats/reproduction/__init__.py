"""Published numbers beside ours."""

from numm_stats.reproduction.documents import DOCUMENTS, Reproduced, reproduce, reproduce_each
from numm_stats.reproduction.rows import Row

__all__ = ["DOCUMENTS", "Reproduced", "Row", "reproduce", "reproduce_each"]
