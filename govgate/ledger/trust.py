"""Whom an auditor believes, and for what.

Source: docs/spec/keys.md. It comes from the auditor, never from the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from govgate.errors import AuthorityError
from govgate.ledger.dsse import keyid
from govgate.ledger.note import read_vkey
from govgate.records import Record, Word


class ActorKind(StrEnum):
    """What kind of somebody acted."""

    SERVICE = "service"
    HUMAN = "human"


MAY_SIGN: Mapping[ActorKind, frozenset[str]] = {
    ActorKind.SERVICE: frozenset(
        {"evidence/v1", "decision/v1", "promotion/v1", "policy/v1", "spool-flush/v1"}
    ),
    ActorKind.HUMAN: frozenset({"sign-off/v1", "waiver/v1"}),
}
"""Kinds of statement each may be trusted with: no pipeline can approve, no person can measure."""


class Actor(Record):
    """Who did what an entry records."""

    kind: ActorKind
    id: Word
    """Name in the trust file; a person's id in people.yaml."""


@dataclass(frozen=True)
class TrustedSigner:
    """One key, whose it is, and what it may sign."""

    public: bytes
    """Ed25519, 32 bytes."""

    name: str
    """The `actor.id` of the entries it signs."""

    kind: ActorKind
    kinds: frozenset[str]
    """Kinds of statement, such as "decision/v1"."""

    def __post_init__(self) -> None:
        """Refuse a person who measures and a service that approves.

        Raises:
            AuthorityError: `kinds` is empty or more than this kind of actor may sign.
        """
        if not self.kinds or not self.kinds <= MAY_SIGN[ActorKind(self.kind)]:
            allowed = ", ".join(sorted(MAY_SIGN[ActorKind(self.kind)]))
            msg = f"{self.name} is a {self.kind} and may sign {allowed}; correct the trust file"
            raise AuthorityError(msg)


@dataclass(frozen=True)
class Trust:
    """The keys that are believed."""

    log_vkeys: tuple[str, ...]
    """Verifier keys of the log, as in `note.vkey`; at least one."""

    signers: Mapping[str, TrustedSigner]
    """Key id to signer."""

    def __post_init__(self) -> None:
        """Refuse keys that are not what they are called.

        Raises:
            AuthorityError: A verifier key is malformed, or a key id names another key.
        """
        for vkey in self.log_vkeys:
            read_vkey(vkey)
        wrong = [s.name for name, s in self.signers.items() if keyid(s.public) != name]
        if wrong or not self.log_vkeys:
            about = f"the key id of {wrong[0]} is of another key" if wrong else "no log key"
            msg = f"the trust file cannot be used: {about}; correct it"
            raise AuthorityError(msg)

    @property
    def keys(self) -> dict[str, bytes]:
        """Key id to public key, for `dsse.open_envelope`."""
        return {name: signer.public for name, signer in self.signers.items()}

    def authorise(self, kind: str, actor: Actor, keyids: Sequence[str]) -> None:
        """Check that the actor itself signed, with a key trusted for this kind.

        Args:
            kind: Kind of statement.
            actor: Who the statement says acted.
            keyids: Trusted keys whose signatures verified.

        Raises:
            AuthorityError: None of the keys is this actor's and may sign this kind.
        """
        signers = [self.signers[name] for name in keyids]
        if not any(
            s.name == actor.id and s.kind == actor.kind and kind in s.kinds for s in signers
        ):
            names = ", ".join(f"{s.kind} {s.name}" for s in signers)
            msg = (
                f"a {kind} of {actor.kind} {actor.id} is signed by {names}, who may not sign that; "
                "have it signed by the actor's own key, trusted for this kind"
            )
            raise AuthorityError(msg)
