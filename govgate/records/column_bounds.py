"""What a policy tolerates of one column's drift, where it is not what it tolerates of all."""

from typing import Annotated

from pydantic import Field

from govgate.records.base import Record


class ColumnBounds(Record):
    """Limits of one named column; null takes the limit of all."""

    max_distance: Annotated[float | None, Field(ge=0)] = None
    max_psi: Annotated[float | None, Field(ge=0)] = None
    max_new_share: Annotated[float | None, Field(ge=0, le=1)] = None
    max_vanished_share: Annotated[float | None, Field(ge=0, le=1)] = None
    max_null_gap: Annotated[float | None, Field(ge=0, le=1)] = None
    max_hidden: Annotated[float | None, Field(ge=0, le=1)] = None
    min_p_value: Annotated[float | None, Field(ge=0, le=1)] = None
