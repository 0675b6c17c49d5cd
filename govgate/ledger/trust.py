"""Whom an auditor believes, and for what.

Source: docs/spec/keys.md. It comes from the auditor, never from the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from govgate.errors import AuthorityError
from govgate.ledger.dsse import keyid
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.quorum import read_witnesses
from govgate.records import Record, Word


class ActorKind(StrEnum):
    """What kind of somebody acted."""

    SERVICE = "service"
    HUMAN = "human"


MAY_SIGN: Mapping[ActorKind, frozenset[str]] = {
    ActorKind.SERVICE: frozenset(
        {
            "evidence/v1",
            "decision/v1",
            "promotion/v1",
            "policy/v1",
            "revocation/v1",
            "spool-flush/v1",
            "key-event/v1",
            "attachment/v1",
        }
    ),
    ActorKind.HUMAN: frozenset(
        {
            "sign-off/v1",
            "waiver/v1",
            "adoption/v1",
            "revocation/v1",
            "key-event/v1",
            "erasure/v1",
        }
    ),
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

    valid_from_index: int = 0
    """First index at which its signatures count."""

    revoked_at_index: int | None = None
    """First index at which they no longer do; None while they do."""

    def __post_init__(self) -> None:
        """Refuse a person who measures and a service that approves.

        Raises:
            AuthorityError: `kinds` is empty or more than this kind of actor may sign.
        """
        if not self.kinds or not self.kinds <= MAY_SIGN[ActorKind(self.kind)]:
            allowed = ", ".join(sorted(MAY_SIGN[ActorKind(self.kind)]))
            msg = f"{self.name} is a {self.kind} and may sign {allowed}; correct the trust file"
            raise AuthorityError(msg)

    def counts_at(self, index: int | None) -> bool:
        """Tell whether a signature counts at an index; None is after every entry there is."""
        if index is None:
            return self.revoked_at_index is None
        end = index + 1 if self.revoked_at_index is None else self.revoked_at_index
        return self.valid_from_index <= index < end


@dataclass(frozen=True)
class Pin:
    """A size and a root that the auditor has seen signed."""

    size: int
    root: bytes
    """32 bytes."""


@dataclass(frozen=True)
class Trust:
    """The keys that are believed."""

    log_vkeys: tuple[str, ...]
    """Keys of the log, each as in `log_keys`; at least one."""

    signers: Mapping[str, TrustedSigner]
    """Key id to signer."""

    witness_vkeys: tuple[str, ...] = ()
    """Verifier keys of the witnesses, as C2SP tlog-policy writes them."""

    witness_quorum: int = 0
    """How many of them must have cosigned the newest checkpoint."""

    pinned: tuple[Pin, ...] = ()
    """What the log must still begin with."""

    tsa_roots: tuple[str, ...] = ()
    """Root certificates of time stamping authorities, PEM."""

    disowned: frozenset[str] = frozenset()
    """Key ids that are nobody's, as a key-admin has put into the log."""

    def __post_init__(self) -> None:
        """Refuse keys that are not what they are called.

        Raises:
            AuthorityError: A verifier key is malformed, a key id names another key, or the
                quorum is more than there are witnesses.
        """
        read_log_keys(self.log_vkeys)
        read_witnesses(self.witness_vkeys, self.witness_quorum)
        wrong = [s.name for name, s in self.signers.items() if keyid(s.public) != name]
        if wrong or not self.log_vkeys:
            about = f"the key id of {wrong[0]} is of another key" if wrong else "no log key"
            msg = f"the trust file cannot be used: {about}; correct it"
            raise AuthorityError(msg)

    @property
    def keys(self) -> dict[str, bytes]:
        """Key id to public key, for `dsse.open_envelope`."""
        return {name: signer.public for name, signer in self.signers.items()}

    @property
    def ended(self) -> bool:
        """True when some key no longer counts, so that the index of an entry matters."""
        return any(s.revoked_at_index is not None for s in self.signers.values())

    def authorise(
        self, kind: str, actor: Actor, keyids: Sequence[str], index: int | None = None
    ) -> None:
        """Check that the actor itself signed, with a key trusted for this kind at this place.

        Args:
            kind: Kind of statement.
            actor: Who the statement says acted.
            keyids: Trusted keys whose signatures verified.
            index: Place in the log; None is after every entry there is.

        Raises:
            AuthorityError: None of the keys is this actor's, may sign this kind, and counts here.
        """
        signers = [self.signers[name] for name in keyids]
        allowed = [
            s for s in signers if s.name == actor.id and s.kind == actor.kind and kind in s.kinds
        ]
        if not allowed:
            names = ", ".join(f"{s.kind} {s.name}" for s in signers)
            msg = (
                f"a {kind} of {actor.kind} {actor.id} is signed by {names}, who may not sign that; "
                "have it signed by the actor's own key, trusted for this kind"
            )
            raise AuthorityError(msg)
        if not any(s.counts_at(index) for s in allowed):
            _refuse_place(kind, allowed[0], index)


def _refuse_place(kind: str, signer: TrustedSigner, index: int | None) -> NoReturn:
    where = "now" if index is None else f"at entry {index}"
    end = signer.revoked_at_index
    span = f"from entry {signer.valid_from_index}" + ("" if end is None else f" to before {end}")
    msg = f"a {kind} is signed {where} by a key of {signer.name} that counts {span}; "
    raise AuthorityError(msg + "sign with the key that is in force")
