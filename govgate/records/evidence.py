"""What a gate is shown."""

from typing import Annotated, Any

from pydantic import Field

from govgate.records.base import Digest, Record, Utc, Word
from govgate.records.subject import Subject


class Evidence(Record):
    """One measured fact about one subject.

    Source: in-toto predicate; field names say what the time means.
    """

    subject: Subject
    kind: Word
    """Type of the body, such as "group-outcomes/v1"."""

    taken_at: Utc
    """When the measurement ended."""

    taken_by: Word
    """Collector, distribution and version, such as "group-outcomes (govgate 0.1.0)"."""

    population: dict[Word, Annotated[int, Field(ge=0)]] = Field(min_length=1)
    """What was looked at, such as {"rows": 16281, "groups": 2}; a zero fails every gate."""

    materials: dict[Word, Digest]
    """Name of each input to the digest of its bytes."""

    body: dict[str, Any]
    """JSON; its schema is the gate's body type of the same kind."""
