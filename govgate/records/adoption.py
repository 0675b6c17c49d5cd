"""That a version older than the guard may stay where it is, for a while."""

from typing import Self

from pydantic import model_validator

from govgate.records.base import Record, Utc, Word
from govgate.records.subject import Subject, Target


class Adoption(Record):
    """One person answers for what was promoted before anybody judged; it always ends."""

    subject: Subject
    target: Target
    """The version, and the aliases it carried when it was adopted."""

    reason: Word
    adopted_by: Word
    """Person's id in people.yaml."""

    adopted_at: Utc
    expires_at: Utc

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.expires_at <= self.adopted_at:
            msg = "an adoption ends after it starts; set a later expires_at"
            raise ValueError(msg)
        return self
