"""Sums over files that go together: those that have other numbers of universes than most are set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numm_stats.selections.files import Fault
from numm_stats.selections.filled import Filled

if TYPE_CHECKING:
    from numm_stats.selections.files import FileSummary
    from numm_stats.selections.table import Selection

__all__ = ["Sums"]


class Sums:
    """Sums over files, one for each number of universes that there is.

    Args:
        selection: what is summed up.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._alike: list[tuple[Filled, list[FileSummary]]] = []

    def add(self, whole: Filled, file: FileSummary) -> None:
        """Add the sums over a file to those of the files that it is like."""
        for filled, files in self._alike:
            if filled.numbers == whole.numbers:
                filled.add(whole)
                files.append(file)
                return
        self._alike.append((whole, [file]))

    def unlike(self) -> list[Fault]:
        """Return the files that have other numbers of universes than most files, or than the first of as many."""
        if not self._counted():
            return []
        (most, (first, *_)), *others = self._counted()
        return [
            Fault(file.path, _difference(filled.numbers, most.numbers, first.path), file.pot)
            for filled, files in others
            for file in files
        ]

    def total(self) -> Filled:
        """Return the sums over all files that are like most."""
        total = Filled.empty(self.selection)
        without = [filled for filled, _ in self._alike if not filled.numbers]
        for filled in [filled for filled, _ in self._counted()[:1]] + without:
            total.add(filled)
        return total

    def _counted(self) -> list[tuple[Filled, list[FileSummary]]]:
        """Those with universes, which a file without a selected event has not, the most files first."""
        counted = [(filled, files) for filled, files in self._alike if filled.numbers]
        return sorted(counted, key=lambda one: -len(one[1]))


def _difference(found: dict[str, int], usual: dict[str, int], path: str) -> str:
    name = next(name for name, number in found.items() if usual[name] != number)
    return f"systematic '{name}' has {found[name]} universes, but {usual[name]} in {path}"
