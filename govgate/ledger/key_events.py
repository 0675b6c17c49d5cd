"""Whose signatures count where, as the log itself changed it.

Source: docs/spec/keys.md, "Key events", whose rules are numbered as here.
"""

from collections.abc import Iterable
from dataclasses import replace

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import AuthorityError, GovgateError, TamperedError
from govgate.ledger import b64
from govgate.ledger.disowned import read_ours
from govgate.ledger.dsse import keyid, open_envelope
from govgate.ledger.entry import Entry
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.sighting import sighting
from govgate.ledger.trust import ActorKind, Trust, TrustedSigner
from govgate.ports import Store
from govgate.records import KeyAction, KeyEvent

KEY_EVENT = "key-event/v1"
"""Kind of statement that goes with a `KeyEvent`."""

_may_be_one = sighting(KEY_EVENT)


def replay(
    trust: Trust, entries: Iterable[tuple[int, bytes]], store: Store, after: int = 0
) -> Trust:
    """Follow the key events of a log.

    Entries that are no key events are neither opened nor believed here; nor is what is nobody's.

    Args:
        trust: Whom the auditor believes.
        entries: Index and envelope, in order.
        store: Where long records are kept.
        after: Entries before this index are passed over.

    Returns:
        The same signers and those that were added, each with the indexes where it counts.

    Raises:
        AuthorityError: A key event is not signed by those who may change that key.
        TamperedError: One is malformed.
    """
    for index, envelope in entries:
        if index < after or not _may_be_one(envelope):
            continue
        try:
            trust = _follow(trust, envelope, store, index)
        except GovgateError as why:
            msg = f"entry {index}: {why}"
            raise type(why)(msg) from why
    return trust


def _follow(trust: Trust, envelope: bytes, store: Store, index: int) -> Trust:
    # (1) A key of the actor that counts here, trusted for key events, signed.
    entry = read_ours(envelope, trust, store, index)
    if entry is None or entry.kind != KEY_EVENT:
        return trust  # nobody's, or a long text that quotes the kind
    return apply_key_event(trust, entry)


def apply_key_event(trust: Trust, entry: Entry) -> Trust:
    """Let one key event change whose signatures count.

    Args:
        trust: Whom to believe before it.
        entry: A verified entry of a log, of kind key-event/v1.

    Raises:
        AuthorityError: It is not signed by those who may change that key.
        TamperedError: Its record is no key event.
    """
    if entry.index is None:
        msg = "a key event counts only at its place in a log; read it from the ledger"
        raise AuthorityError(msg)
    event = _event(entry)
    if event.action is KeyAction.REVOKE:
        return _revoke(trust, entry, entry.index, event)
    if event.action is KeyAction.ROTATE_LOG:
        return _hand_over(trust, entry, event)
    return _begin(trust, entry, entry.index, event)


def _event(entry: Entry) -> KeyEvent:
    try:
        event = KeyEvent.model_validate_json(canonical(entry.record))
    except ValidationError as why:
        said = why.errors()[0]["msg"]
        msg = f"this is not a key event ({said}); distrust its signer"
        raise TamperedError(msg) from why
    if entry.subject.content != f"sha256:{event.keyid}":
        msg = "a key event is about another key than its statement; distrust its signer"
        raise TamperedError(msg)
    return event


def _revoke(trust: Trust, entry: Entry, index: int, event: KeyEvent) -> Trust:
    # (2) A person with the role key-admin, with another key than the one revoked.
    _require_admin(trust, entry, index, event)
    signer = trust.signers.get(event.keyid)
    if signer is None:
        # Nobody believes that key, and what it signs is from now on known to be nobody's.
        return replace(trust, disowned=trust.disowned | {event.keyid})
    end = index if signer.revoked_at_index is None else min(index, signer.revoked_at_index)
    return _with(trust, event.keyid, replace(signer, revoked_at_index=end))


def _new_key(entry: Entry, event: KeyEvent) -> bytes:
    # (3) The new key signs too: nobody can enter another's key.
    try:
        public = b64.decode(event.public or "")
    except ValueError:
        public = b""
    if keyid(public) != event.keyid:
        msg = f"the key id {event.keyid[:12]} is not that of its public key; distrust its signer"
        raise TamperedError(msg)
    open_envelope(entry.envelope, {event.keyid: public})
    return public


def _hand_over(trust: Trust, entry: Entry, event: KeyEvent) -> Trust:
    # (8) Both keys of the log sign. Whose checkpoints count is said outside of it: no change here.
    _new_key(entry, event)
    logs = {keyid(k.public): k for k in read_log_keys(trust.log_vkeys)}
    old = logs.get(event.replaces or "")
    if old is None or old.name != event.name or event.replaces == event.keyid:
        msg = (
            f"the log key {(event.replaces or '')[:12]} that is replaced is none of {event.name}; "
        )
        raise AuthorityError(msg + "keep every key that the log ever had in the trust file")
    open_envelope(entry.envelope, {event.replaces or "": old.public})
    return trust


def _begin(trust: Trust, entry: Entry, index: int, event: KeyEvent) -> Trust:
    public = _new_key(entry, event)
    new = TrustedSigner(
        public,
        event.name or "",
        ActorKind.SERVICE,
        frozenset(event.kinds),
        valid_from_index=index,
        # (6) What was disowned has ceased.
        revoked_at_index=index if event.keyid in trust.disowned else None,
    )
    if event.action is KeyAction.ROTATE:
        trust = _retire(trust, entry, index, event)
    else:
        _require_admin(trust, entry, index, event)
    known = trust.signers.get(event.keyid)
    if known is None:
        return _with(trust, event.keyid, new)
    # (6) A key the auditor believes already stays as the auditor has it.
    if (known.name, known.kind) != (new.name, new.kind) or not new.kinds <= known.kinds:
        msg = f"the key {event.keyid[:12]} is that of {known.name} already; make a new one"
        raise AuthorityError(msg)
    return trust


def _retire(trust: Trust, entry: Entry, index: int, event: KeyEvent) -> Trust:
    # (4) The old key signs: it counts here, is of the same service, and allows no less.
    old = trust.signers.get(event.replaces or "")
    signed = event.replaces in entry.keyids and event.replaces != event.keyid
    if old is None or not signed or not old.counts_at(index) or KEY_EVENT not in old.kinds:
        msg = f"the rotation to {event.keyid[:12]} is not signed by the key it replaces; "
        raise AuthorityError(msg + "sign it with the old key and the new")
    ours = old.kind is entry.actor.kind is ActorKind.SERVICE
    if not (ours and old.name == event.name == entry.actor.id and set(event.kinds) <= old.kinds):
        msg = f"a rotation of {old.name}'s key cannot give {event.name} more than it had; "
        raise AuthorityError(msg + "have a key-admin add the key")
    return _with(trust, event.replaces or "", replace(old, revoked_at_index=index + 1))


def _require_admin(trust: Trust, entry: Entry, index: int, event: KeyEvent) -> None:
    # (5) One key of that person, other than the key in question.
    others = [trust.signers[k] for k in entry.keyids if k != event.keyid]
    admin = entry.actor.kind is ActorKind.HUMAN and any(
        s.name == entry.actor.id and KEY_EVENT in s.kinds and s.counts_at(index) for s in others
    )
    if not admin:
        msg = f"{entry.actor.kind} {entry.actor.id} may not {event.action} the key "
        msg += f"{event.keyid[:12]} so; have it signed by another key, of a person with role "
        raise AuthorityError(msg + "key-admin")


def _with(trust: Trust, name: str, signer: TrustedSigner) -> Trust:
    return replace(trust, signers={**trust.signers, name: signer})
