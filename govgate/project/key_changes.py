"""Changes of keys that people ask for: a gate key replaced, a key revoked."""

from pathlib import Path

from pydantic import ValidationError

from govgate.adapters.keys import FileSigner
from govgate.errors import AuthorityError
from govgate.ledger import MAY_SIGN, Actor, ActorKind, b64, keyid
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
        AuthorityError: The person may not, or nobody believes such a key.
    """
    if name not in project.book.trust.signers:
        msg = f"nobody believes a key {name!r}; take the key id from `govgate keys list`"
        raise AuthorityError(msg)
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
