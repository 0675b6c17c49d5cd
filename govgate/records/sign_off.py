"""What a person signs, and the yes or no that they sign."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from govgate.records.base import Digest, Record, Utc, Word
from govgate.records.subject import Request


class Package(Record):
    """All that a signer answers for; any change is another package and needs new signatures.

    It holds no time of its own, so judging the same again gives the same package.
    """

    request: Request
    policy: Digest
    considered: tuple[Digest, ...]
    """Digests of the evidence judged, sorted, sign-offs not among it."""

    judgement: Digest
    """Digest of the verdicts of every gate but sign-off, waivers relied on among them."""


class Meaning(StrEnum):
    """What a signature means. Source: 21 CFR 11.50(a)(3)."""

    APPROVAL = "approval"
    REJECTION = "rejection"


class SignOff(Record):
    """One person's yes or no to one package, as it stands in the signed statement."""

    package: Digest
    signed_by: Word
    """Person's id in people.yaml."""

    role: Word
    """The role the person signs in, such as "risk"."""

    meaning: Meaning
    sentence: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    """The sentence that was shown to the person and signed."""

    signed_at: Utc
