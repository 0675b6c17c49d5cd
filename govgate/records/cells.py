"""How many people of one combination of groups met which end."""

from typing import Annotated

from pydantic import Field

from govgate.records.base import Record

_People = Annotated[int, Field(ge=0)]


class LabelledCell(Record):
    """People of one combination of groups, by what the model said and what was true."""

    groups: tuple[str, ...]
    """One value for each attribute counted; "unknown" where none was given."""

    tp: _People
    """Selected, and truly positive."""

    fp: _People
    """Selected, and not truly positive."""

    fn: _People
    """Passed over, though truly positive."""

    tn: _People
    """Passed over, and not truly positive."""


class UnlabelledCell(Record):
    """The same where nobody knows what was true."""

    groups: tuple[str, ...]
    """As in `LabelledCell`."""

    selected: _People
    passed_over: _People
