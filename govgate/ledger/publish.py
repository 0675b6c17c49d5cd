"""Publishing: cut committed entries into tiles and sign the new size.

Source: docs/spec/tile.md and checkpoint.md, "Writing". Whoever holds the log
key may publish, and many may race: from the same commits all write the same
bytes. Only what is committed is ever signed, and never a smaller size.
"""

from collections.abc import Mapping, Sequence

from govgate.errors import AuthorityError, ConflictError, TamperedError
from govgate.ledger.chain import seek, walk
from govgate.ledger.checkpoint import (
    HINT,
    Checkpoint,
    Signed,
    checkpoint_key,
    newest_checkpoint,
    open_checkpoint,
    write_checkpoint,
)
from govgate.ledger.edge import Edge, load_edge
from govgate.ledger.note import read_vkey, sign_note
from govgate.ports import Signer, Store


def publish(store: Store, origin: str, vkeys: Sequence[str], signer: Signer) -> Signed:
    """Publish all committed entries. After any failure, run it again.

    Args:
        store: Where the log is.
        origin: Its name.
        vkeys: Its verifier keys; the signer's is among them.
        signer: The log key.

    Returns:
        The newest checkpoint.

    Raises:
        AuthorityError: The signer's key is not the log's.
        TamperedError: What is published is not what the commits say; nothing is signed.
    """
    _require_log_key(origin, vkeys, signer)
    # (1) Start at the newest checkpoint, once its tiles hash to its root.
    newest = newest_checkpoint(store, origin, vkeys)
    at = newest.checkpoint if newest else Checkpoint(origin, 0, Edge().root())
    edge = load_edge(store, at.size, at.root)
    # (2) Roll the commits forward, writing each tile as it becomes full.
    for commit in walk(store, seek(store, at.size)):
        _create_all(store, edge.append(commit.entries))
    if newest is None or edge.size > at.size:
        # (3) Write the partial tiles; only then sign and write the checkpoint.
        _create_all(store, edge.partials())
        newest = _sign(store, Checkpoint(origin, edge.size, edge.root()), vkeys, signer)
    # (4) The hint may be behind after an interruption or a race.
    return _advance_hint(store, newest, vkeys)


def _require_log_key(origin: str, vkeys: Sequence[str], signer: Signer) -> None:
    if (origin, signer.public) not in {tuple(read_vkey(v)) for v in vkeys}:
        msg = f"this key does not sign for the log {origin}; publish with the log key"
        raise AuthorityError(msg)


def _create_all(store: Store, objects: Mapping[str, bytes]) -> None:
    for key, data in objects.items():
        _create(store, key, data)


def _create(store: Store, key: str, data: bytes) -> None:
    """Write what follows from the commits.

    Raises:
        TamperedError: Other bytes are there, which no publisher wrote.
    """
    try:
        store.create(key, data)
    except ConflictError as why:
        msg = (
            f"{key} holds other bytes than the commits give; nothing more is signed: run "
            "`govgate ledger verify` and restore it from a copy of the ledger"
        )
        raise TamperedError(msg) from why


def _sign(store: Store, checkpoint: Checkpoint, vkeys: Sequence[str], signer: Signer) -> Signed:
    """Sign a checkpoint and write it, unless a racing publisher already has."""
    key = checkpoint_key(checkpoint.size)
    note = sign_note(write_checkpoint(checkpoint), checkpoint.origin, signer)
    there = store.read(key)
    if there is not None:
        # Another log key may have signed the same root during a change of keys.
        signed = open_checkpoint(there, checkpoint.origin, vkeys, key)
        note = signed.note if signed.checkpoint == checkpoint else note
    _create(store, key, note)
    return Signed(checkpoint, note)


def _advance_hint(store: Store, newest: Signed, vkeys: Sequence[str]) -> Signed:
    """Make the hint the newest checkpoint; look again, for a slower publisher may undo it."""
    origin = newest.checkpoint.origin
    while store.read(HINT) != (newest := newest_checkpoint(store, origin, vkeys) or newest).note:
        store.replace(HINT, newest.note)
    return newest
