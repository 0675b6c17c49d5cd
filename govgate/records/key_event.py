"""That a key came to be trusted, was replaced by another, or is trusted no longer."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from govgate.records.base import Record, Word

KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of an Ed25519 key's SubjectPublicKeyInfo."""

PublicKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""32 bytes of an Ed25519 key, base64."""


class KeyAction(StrEnum):
    """What became of a key."""

    ADD = "add"
    ROTATE = "rotate"
    REVOKE = "revoke"
    ROTATE_LOG = "rotate-log"
    """Of the key that signs checkpoints; for auditors, who are told of the keys from outside."""


class KeyEvent(Record):
    """One change of whose signatures count, from this entry of the ledger on."""

    action: KeyAction
    keyid: KeyId
    """The key that begins to count; of a revocation, the one that ceases to."""

    public: PublicKey | None = None
    name: Word | None = None
    """Service that holds the key; of a log key, the log's origin."""

    kinds: tuple[Word, ...] = ()
    """Kinds of statement it may sign, sorted."""

    replaces: KeyId | None = None
    """Of a rotation, the key that ceases to count after this entry."""

    reason: Word
    compromised_since_index: int | None = Field(default=None, ge=0)
    """Of a revocation, the first entry somebody else may have signed; for those who review them."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        revoked = self.action is KeyAction.REVOKE
        kept = self.action in {KeyAction.ADD, KeyAction.ROTATE}
        if {self.public is None, self.name is None} != {revoked} or bool(self.kinds) != kept:
            msg = "a new key has public, name and, unless it is a log's, kinds, a revoked one has "
            msg += "none of them; correct it"
            raise ValueError(msg)
        rotated = self.action in {KeyAction.ROTATE, KeyAction.ROTATE_LOG}
        if (self.replaces is not None) != rotated:
            msg = "a rotation, and nothing else, names the key it replaces; correct it"
            raise ValueError(msg)
        if self.compromised_since_index is not None and not revoked:
            msg = "only a revocation says since when a key is compromised; correct it"
            raise ValueError(msg)
        if list(self.kinds) != sorted(set(self.kinds)):
            msg = "kinds are sorted and each stands once; correct them"
            raise ValueError(msg)
        return self
