"""A table that is to be given away, measured as a whole."""

from typing import Annotated

from pydantic import Field

from govgate.records.anonymity import (
    ClassSizes,
    IdentifierSeen,
    QuasiIdentifier,
    ReleasePopulation,
    SensitiveColumn,
)
from govgate.records.base import Record, Word

_Count = Annotated[int, Field(ge=0)]
_Some = Annotated[int, Field(ge=1)]


class Release(Record):
    """A table that is to be given away, measured."""

    rows: _Some
    classes: _Some
    k: _Some
    """Rows of the smallest class."""

    sizes: tuple[ClassSizes, ...] = Field(min_length=1)
    """The smallest first."""

    quasi_identifiers: dict[Word, QuasiIdentifier] = Field(min_length=1)
    sensitive: dict[Word, SensitiveColumn]
    pseudonyms: tuple[Word, ...]
    harmless: tuple[Word, ...]
    inspected: _Count
    """Columns that were looked through for personal identifiers."""

    identifiers: dict[Word, tuple[IdentifierSeen, ...]]
    """Column to what was found in it; a column without is left out."""

    population: ReleasePopulation | None

    @property
    def columns(self) -> int:
        """How many the release has."""
        named = len(self.quasi_identifiers) + len(self.sensitive)
        return named + len(self.pseudonyms) + len(self.harmless)

    @property
    def matched(self) -> float:
        """Rows that somebody who matches them all is expected to match rightly."""
        counted = self.population.matched if self.population else None
        return float(self.classes) if counted is None else counted

    @property
    def counted(self) -> bool:
        """Tell whether the population was counted, class by class."""
        return self.population is not None and self.population.k is not None

    @property
    def people_alike(self) -> int:
        """People who look like a row, the fewest; the release's own where nobody counted others."""
        return (self.population.k if self.population else None) or self.k

    @property
    def alone(self) -> float:
        """Rows that stand alone in the population; in the release where nothing else is known."""
        if self.population is not None:
            return self.population.uniques
        return float(sum(size.rows for size in self.sizes if size.size_to == 1))

    @property
    def alone_at_most(self) -> float:
        """Upper end of `alone`."""
        return self.alone if self.population is None else self.population.uniques_high
