"""A profile as JSON: what evidence holds, and what a file holds.

What is read is believed only as far as it agrees with itself: every count adds up to the rows,
every extreme lies in the outermost bin, every sum lies within what the bins allow; and it is
written the one way a profile is written.

Source: docs/spec/table-profile.md, "The record".
"""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, ValidationError

from govgate.canon import canonical
from govgate.errors import EvidenceError
from govgate.profile.categories import Categories
from govgate.profile.cells import Cells
from govgate.profile.checking import check_profile
from govgate.profile.column import ColumnProfile
from govgate.profile.distinct import REGISTERS
from govgate.profile.grid import BINS, LAST
from govgate.profile.numbers import Numbers
from govgate.profile.packing import pack, unpack
from govgate.profile.plan import LONGEST, Plan
from govgate.profile.table import Partition, TableProfile
from govgate.profile.types import Family
from govgate.records import Digest, Record, Word

LARGEST_BYTES = 64 << 20
"""A file that is larger is refused unread; 2,000 columns on the grid take some 20 MB."""

_MOST_PARTITIONS = 100_000
_Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
_Sum = Annotated[str, Field(pattern=r"^(0|-?[1-9][0-9]{0,59})$")]
"""Larger than what JSON's numbers hold."""


class StoredPartition(Record):
    """See `Partition`."""

    name: Word
    sha256: Digest | None
    rows: _Count


class StoredNumbers(Record):
    """See `Numbers`."""

    lowest: float | None
    highest: float | None
    bins: str
    """Packed: the first bin + 12,545, then for each further one how many were skipped."""

    counts: str
    """Packed: each less 1."""

    atoms: tuple[_Count, ...]
    fractions: _Count
    steps: _Sum
    squares: _Sum


class StoredCategories(Record):
    """See `Categories`."""

    counts: dict[Annotated[str, Field(max_length=LONGEST)], _Count]
    other: _Count
    registers: str | None
    """Packed."""


class StoredColumn(Record):
    """See `ColumnProfile`."""

    families: tuple[Family, ...]
    """Ascending."""

    nulls: _Count
    nans: _Count
    positive_infinities: _Count
    negative_infinities: _Count
    numbers: StoredNumbers | None
    categories: StoredCategories | None


class StoredCells(Record):
    """See `Cells`."""

    values: tuple[tuple[int | float | str | None, ...], ...]
    codes: tuple[str, ...]
    """Packed, one text a column."""

    counts: str
    """Packed: each less 1."""


class StoredProfile(Record):
    """See `TableProfile`."""

    plan: Plan
    partitions: tuple[StoredPartition, ...] = Field(max_length=_MOST_PARTITIONS)
    columns: dict[Word, StoredColumn]
    cells: tuple[StoredCells, ...]

    @classmethod
    def of(cls, profile: TableProfile) -> Self:
        """Write a profile down."""
        return cls(
            plan=profile.plan,
            partitions=tuple(
                StoredPartition(name=part.name, sha256=part.digest or None, rows=part.rows)
                for part in profile.partitions
            ),
            columns={name: _stored(column) for name, column in profile.columns.items()},
            cells=tuple(_stored_cells(cells) for cells in profile.cells),
        )

    def profile(self) -> TableProfile:
        """Read the profile back.

        Raises:
            EvidenceError: It contradicts itself.
        """
        columns = {name: _read(column) for name, column in self.columns.items()}
        if len(self.cells) != (len(self.plan.cells) if self.partitions else 0):
            msg = "this profile has not one count for each crossing of its plan; make it again"
            raise EvidenceError(msg)
        crossed = zip(self.plan.cells, self.cells, strict=False)
        profile = TableProfile(
            self.plan,
            tuple(Partition(p.name, p.sha256 or "", p.rows) for p in self.partitions),
            columns,
            tuple(_read_cells(names, each, self.plan.most_cells) for names, each in crossed),
        )
        check_profile(profile)
        again = StoredProfile.of(profile)
        if any(getattr(again, part) != getattr(self, part) for part in StoredProfile.model_fields):
            msg = "this profile is not written as profiles are; make it again"
            raise EvidenceError(msg)
        return profile


def to_bytes(profile: TableProfile) -> bytes:
    """Write a profile as a file: canonical JSON and a line feed."""
    return canonical(StoredProfile.of(profile).model_dump(mode="json")) + b"\n"


def from_bytes(data: bytes) -> TableProfile:
    """Read a file that `to_bytes` has written.

    Raises:
        EvidenceError: It is too large, of another shape, or contradicts itself.
    """
    if len(data) > LARGEST_BYTES:
        msg = f"this profile has {len(data):,} bytes, more than {LARGEST_BYTES:,}; profile fewer "
        raise EvidenceError(msg + "columns")
    try:
        profile = StoredProfile.model_validate_json(data).profile()
    except ValidationError as why:
        first = why.errors(include_input=False, include_url=False)[0]
        msg = f"this is no table profile ({'.'.join(map(str, first['loc']))}: {first['msg']}); "
        raise EvidenceError(msg + "make one with `govgate profile`") from why
    if to_bytes(profile) != data:
        msg = "this profile is not written as profiles are; make it again"
        raise EvidenceError(msg)
    return profile


def _stored(column: ColumnProfile) -> StoredColumn:
    numbers, categories = column.numbers, column.categories
    return StoredColumn(
        families=tuple(sorted(column.families)),
        nulls=column.nulls,
        nans=column.nans,
        positive_infinities=column.positive_infinities,
        negative_infinities=column.negative_infinities,
        numbers=_stored_numbers(numbers) if numbers else None,
        categories=_stored_categories(categories) if categories else None,
    )


def _stored_numbers(numbers: Numbers) -> StoredNumbers:
    skipped = np.diff(numbers.bins, prepend=-LAST - 1) - 1
    return StoredNumbers(
        lowest=numbers.lowest,
        highest=numbers.highest,
        bins=pack(skipped),
        counts=pack(numbers.counts - 1),
        atoms=numbers.atoms,
        fractions=numbers.fractions,
        steps=str(numbers.steps),
        squares=str(numbers.squares),
    )


def _stored_categories(categories: Categories) -> StoredCategories:
    registers = categories.registers
    return StoredCategories(
        counts=dict(categories.counts),
        other=categories.other,
        registers=None if registers is None else pack(registers.astype(np.int64)),
    )


def _stored_cells(cells: Cells) -> StoredCells:
    return StoredCells(
        values=cells.values,
        codes=tuple(pack(codes) for codes in cells.codes.T),
        counts=pack(cells.counts - 1),
    )


def _read(column: StoredColumn) -> ColumnProfile:
    return ColumnProfile(
        families=frozenset(column.families),
        nulls=column.nulls,
        nans=column.nans,
        positive_infinities=column.positive_infinities,
        negative_infinities=column.negative_infinities,
        numbers=_read_numbers(column.numbers) if column.numbers else None,
        categories=_read_categories(column.categories) if column.categories else None,
    )


def _read_numbers(numbers: StoredNumbers) -> Numbers:
    return Numbers(
        lowest=numbers.lowest,
        highest=numbers.highest,
        bins=np.cumsum(unpack(numbers.bins, BINS) + 1) - LAST - 1,
        counts=unpack(numbers.counts, BINS) + 1,
        atoms=numbers.atoms,
        fractions=numbers.fractions,
        steps=int(numbers.steps),
        squares=int(numbers.squares),
    )


def _read_categories(categories: StoredCategories) -> Categories:
    registers = None
    if categories.registers is not None:
        # a number too large for a register stays too large, to be found
        registers = np.minimum(unpack(categories.registers, REGISTERS), 255).astype(np.uint8)
    counts = dict(sorted(categories.counts.items()))
    return Categories(counts, categories.other, registers)


def _read_cells(names: tuple[str, ...], cells: StoredCells, most: int) -> Cells:
    counts = unpack(cells.counts, most) + 1
    codes = [unpack(column, most) for column in cells.codes]
    if any(len(column) != len(counts) for column in codes) or len(codes) != len(names):
        msg = "cells of this profile do not have one value for each column; make it again"
        raise EvidenceError(msg)
    return Cells(names, cells.values, np.stack(codes, axis=1), counts)
