"""What was found at a place: files that are alike, settings, and what could not be found out."""

from typing import Annotated, Literal

from pydantic import Field

from govgate.records.base import Record, Word

_Count = Annotated[int, Field(ge=0)]
Place = Annotated[Word, Field(max_length=180)]
"""A path or "s3://bucket/prefix", short enough to be named in a finding."""


class SeenFiles(Record):
    """Files of one place that are alike."""

    form: Word
    at_rest: Word
    keys: tuple[Word, ...] = ()
    open_to: Literal["bucket", "owner", "group", "everyone"]
    files: int = Field(ge=1)
    example: Word
    columns_in_clear: tuple[Word, ...] = ()
    statistics_in_clear: tuple[Word, ...] = ()
    """Columns that are encrypted, but for their least and largest values."""
    unknown: str = ""
    """Why what keeps them is unknown, and the next step."""


class SeenPlace(Record):
    """What was found at one place."""

    place: Place
    looked_into: _Count
    there: _Count
    counted_all: bool
    files: tuple[SeenFiles, ...]
    unknown: tuple[Word, ...] = ()


class SeenSettings(Record):
    """Settings of a bucket, or how an address is reached: name to "yes", "no" or what it is."""

    about: Place
    settings: dict[Word, Word]
    unknown: dict[Word, Word] = Field(default_factory=dict)
    """Name to why it is unknown, and the next step."""
