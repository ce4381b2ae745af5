"""Published numbers beside ours."""

from numm_stats.reproduction.documents import DOCUMENTS, reproduce
from numm_stats.reproduction.rows import Row

__all__ = ["DOCUMENTS", "Row", "reproduce"]
