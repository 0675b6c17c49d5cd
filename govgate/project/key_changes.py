"""Changes of keys that people ask for: a gate key replaced, a key revoked."""

from pathlib import Path

from pydantic import ValidationError

from govgate.adapters.keys import FileSigner
from govgate.errors import AuthorityError
from govgate.ledger import KEY_EVENT, MAY_SIGN, Actor, ActorKind, b64, keyid
from govgate.project.book import GATE
from govgate.project.front import Project
from govgate.project.keys import open_signer
from govgate.records import KeyAction, KeyEvent


def rotate_gate_key(project: Project, new: str, reason: str) -> int:
    """Replace the gate key in force by a new one; both sign.

    Args:
        project: Whose key.
        new: The new private key: a path from the project's folder, or a URI with its
            public half beside the old one.
        reason: For the auditor.

    Returns:
        The index of the entry.

    Raises:
        AuthorityError: A key cannot be used, or the old one is no longer in force.
    """
    old = project.book.gate_signer()
    signer = open_signer(project.folder, new, f"{new}.pub")
    event = KeyEvent(
        action=KeyAction.ROTATE,
        keyid=keyid(signer.public),
        public=b64.encode(signer.public),
        name=GATE.id,
        kinds=tuple(sorted(MAY_SIGN[ActorKind.SERVICE])),
        replaces=keyid(old.public),
        reason=reason,
    )
    index = project.book.write_key_event(event, GATE, old, signer)
    project.book.publish()
    return index


def rotate_log_key(project: Project, new: str, reason: str) -> int:
    """Record that a new log key will replace the one in force; both sign.

    Nothing signs otherwise for that: the new key signs checkpoints once govgate.yaml names it.

    Args:
        project: Whose ledger.
        new: The new private key, as in `rotate_gate_key`.
        reason: For the auditor.

    Returns:
        The index of the entry; of the first one where it was recorded before.

    Raises:
        AuthorityError: A key cannot be used, or a rotation is under way.
    """
    book, origin = project.book, project.settings.ledger.origin
    old, *others = book.log_signers()
    signer = open_signer(project.folder, new, f"{new}.pub")
    if others or keyid(signer.public) == keyid(old.public):
        msg = f"{new} cannot replace the log key while {', '.join(project.settings.keys.log)} "
        raise AuthorityError(msg + "sign; make a new key, and first retire one of two in force")
    event = KeyEvent(
        action=KeyAction.ROTATE_LOG,
        keyid=keyid(signer.public),
        public=b64.encode(signer.public),
        name=origin,
        replaces=keyid(old.public),
        reason=reason,
    )
    index = _recorded(project, event)
    if index is None:
        index = book.write_key_event(event, GATE, book.gate_signer(), old, signer)
    book.publish()
    return index


def _recorded(project: Project, event: KeyEvent) -> int | None:
    """Find the same change by an earlier call, which may have been cut short after it."""
    project.book.flush()
    same = {"action": event.action, "keyid": event.keyid, "replaces": event.replaces}
    for entry in project.book.entries(event.keyid):
        if entry.kind == KEY_EVENT and {n: entry.record.get(n) for n in same} == same:
            return entry.index
    return None


def revoke_key(  # noqa: PLR0913, PLR0917 -- who, what, why and since when
    project: Project,
    name: str,
    person: str,
    key: Path,
    reason: str,
    compromised_since: int | None = None,
) -> int:
    """Let a key count no more.

    Args:
        project: Whose ledger.
        name: The key's id, 64 hex characters.
        person: Who revokes it; holds the role key-admin.
        key: That person's private key, another than the one revoked.
        reason: For the auditor.
        compromised_since: First entry that somebody else may have signed.

    Returns:
        The index of the entry.

    Raises:
        AuthorityError: The person may not, nobody believes such a key and no entry names it, or
            it was believed once and its line is gone.
    """
    if name not in project.book.trust.signers:
        _require_stranger(project, name)
    try:
        event = KeyEvent(
            action=KeyAction.REVOKE,
            keyid=name,
            reason=reason,
            compromised_since_index=compromised_since,
        )
    except ValidationError as why:
        said = why.errors()[0]
        msg = f"the revocation cannot be written ({said['loc'][0]}: {said['msg']}); correct that"
        raise AuthorityError(msg) from why
    actor = Actor(kind=ActorKind.HUMAN, id=person)
    index = project.book.write_key_event(event, actor, FileSigner(key))
    project.book.publish()
    return index


def _require_stranger(project: Project, name: str) -> None:
    """Check that a key which nobody believes is worth disowning, and never was one of ours.

    Raises:
        AuthorityError: No entry names it, so the id is mistyped; or it was believed once.
    """
    if not project.book.names_key(name):
        msg = f"nobody believes a key {name!r}, and no entry names it; take the key id from "
        raise AuthorityError(msg + "`govgate keys list` or `govgate ledger verify`")
    if project.book.was_believed(name):
        msg = f"the key {name[:12]} was believed before; put its line back into people.yaml or "
        raise AuthorityError(msg + "govgate.yaml, then revoke it")
