"""Whom the log's owner ever believed, so that nobody's entries can be forgotten quietly.

Source: docs/spec/keys.md, "Introductions".

    signers/<key id>     a note signed by the log's own key:

    <spec>signer/v1
    <origin>
    <base64 of the public key>
"""

from collections.abc import Iterable, Sequence

from govgate.canon import SPEC
from govgate.errors import AuthorityError, ConflictError, TamperedError
from govgate.ledger import b64
from govgate.ledger.dsse import keyid
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.note import open_note, sign_note
from govgate.ledger.trust import Trust
from govgate.ports import Signer, Store

SIGNERS = "signers/"

_TITLE = f"{SPEC}signer/v1"
"""First line; that of a checkpoint is the origin, so neither passes for the other."""


def introduce(store: Store, trust: Trust, signers: Sequence[Signer]) -> None:
    """Let the log's key say of every signer, once, that it was believed.

    Args:
        store: Where the log is.
        trust: Who is believed.
        signers: The log keys in force.

    Raises:
        TamperedError: Something else is where an introduction belongs.
    """
    there = {key.removeprefix(SIGNERS) for key in store.keys(SIGNERS)}
    origin = read_log_keys(trust.log_vkeys)[0].name
    for name in sorted(trust.signers.keys() - there):
        note = sign_note(_text(origin, trust.signers[name].public), origin, *signers)
        try:
            store.create(SIGNERS + name, note)
        except ConflictError:
            there.add(name)  # another publisher was faster; what is there is looked at below
    _require_notes(store, trust, there & trust.signers.keys())


def _require_notes(store: Store, trust: Trust, names: Iterable[str]) -> None:
    for name in sorted(names):
        if introduced(store, trust, name) is None:
            msg = f"{SIGNERS}{name} is no introduction by the log's key; remove it and find out who"
            raise TamperedError(msg + " wrote it")


def introduced(store: Store, trust: Trust, name: str) -> bytes | None:
    """Give the public key of that key id, where the log's key said that it was believed.

    Args:
        store: Where the log is.
        trust: Whose log it is.
        name: Key id of an entry, 64 hex characters.

    Returns:
        32 bytes, or None where nobody who may said so.
    """
    keys = read_log_keys(trust.log_vkeys)
    note = store.read(SIGNERS + name)
    if note is None:
        return None
    try:
        text = open_note(note, [k.vkey for k in keys], SIGNERS + name)
        public = b64.decode(text.split("\n")[-2])
    except (TamperedError, AuthorityError, ValueError):
        return None
    return public if text == _text(keys[0].name, public) and keyid(public) == name else None


def _text(origin: str, public: bytes) -> str:
    return f"{_TITLE}\n{origin}\n{b64.encode(public)}\n"
