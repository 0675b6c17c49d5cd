"""From a body's joint tables to what was seen in each group."""

from collections.abc import Sequence
from dataclasses import dataclass

from govgate.measures.decisions import classified, decided
from govgate.measures.outcomes import Counts, added_by_group
from govgate.measures.scored import numbered, scored
from govgate.measures.tables import ByKey, Table, table_of

Cells = Sequence[tuple[Sequence[str], Counts]]
"""Each cell's group values, and its counts."""


@dataclass(frozen=True)
class Counted:
    """Joint tables of the same people, and how to read them."""

    cells: Cells
    """Of decisions, classes or numbers; none where scores are only ranked."""

    scores: Cells
    """None where there are no scores."""

    classes: Sequence[str]
    alike: Sequence[bool]
    spans: int
    """The most cells that one person stands in."""

    def table(self, at: Sequence[int], top: int | None) -> Table:
        """Add up along some attributes, and see what there is to see.

        Args:
            at: Places of the attributes to keep.
            top: How many people with the highest scores are selected; None: nobody is.
        """
        sizes, found = scored(added_by_group(self.scores, at), self.spans, self.alike, top)
        for group, counts in added_by_group(self.cells, at).items():
            sizes[group], by_key = self._seen(counts)
            found[group] = {**found.get(group, {}), **by_key}
        return table_of(sizes, found)

    def _seen(self, counts: Counts) -> tuple[int, ByKey]:
        if "said" in counts:
            return classified(counts, self.spans, self.classes)
        if "rows" in counts:
            return numbered(counts, self.spans) if counts["rows"] else (0, {})
        return decided(counts, self.spans)
