"""That a model may be served no more, and that it may again."""

from enum import StrEnum

from govgate.records.base import Digest, Record, Utc, Word
from govgate.records.subject import Registered


class RevocationAction(StrEnum):
    """What becomes of the model."""

    REVOKE = "revoke"
    RELEASE = "release"


class Revocation(Record):
    """A model put into quarantine, or let out of it; who did so is the entry's actor."""

    action: RevocationAction
    subject_content: Digest
    """Digest of the bytes: under whatever name they are registered, they are meant."""

    target: Registered | None = None
    """The version meant, whatever bytes it holds by now; None where only the bytes are."""

    reason: Word
    ordered_at: Utc
