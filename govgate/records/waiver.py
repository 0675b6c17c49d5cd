"""Leave to pass a gate that failed, for a while, by someone who may."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import model_validator

from govgate.records.base import Digest, Record, Utc, Word

LONGEST = timedelta(days=366)
"""A waiver that outlasts a year is a policy; change the policy instead."""


class Waiver(Record):
    """An accepted exception: it hides no finding and always ends."""

    subject_content: Digest
    gate: Word
    reason: Word
    granted_by: Word
    granted_at: Utc
    expires_at: Utc

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.expires_at <= self.granted_at:
            msg = "a waiver ends after it is granted; set a later expires_at"
            raise ValueError(msg)
        if self.expires_at - self.granted_at > LONGEST:
            msg = f"a waiver lasts {LONGEST.days} days at most; set an earlier expires_at"
            raise ValueError(msg)
        return self

    def covers(self, subject_content: str, gate: str, at: datetime) -> bool:
        """Tell whether this waiver holds for that subject and gate at that moment."""
        return (
            self.subject_content == subject_content
            and self.gate == gate
            and self.granted_at <= at < self.expires_at
        )
