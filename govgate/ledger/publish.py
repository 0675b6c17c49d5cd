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
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.note import sign_note
from govgate.ports import Signer, Store


def publish(store: Store, origin: str, vkeys: Sequence[str], signers: Sequence[Signer]) -> Signed:
    """Publish all committed entries. After any failure, run it again.

    Args:
        store: Where the log is.
        origin: Its name.
        vkeys: Its keys, each as in `log_keys`; the signers' are among them.
        signers: The log keys in force: one, or two while one replaces the other.

    Returns:
        The newest checkpoint.

    Raises:
        AuthorityError: A signer's key is not the log's, or was retired.
        TamperedError: What is published is not what the commits say; nothing is signed.
    """
    _require_log_keys(origin, vkeys, signers)
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
        newest = _sign(store, Checkpoint(origin, edge.size, edge.root()), vkeys, signers)
    # (4) The hint may be behind after an interruption or a race.
    return _advance_hint(store, newest, vkeys)


def _require_log_keys(origin: str, vkeys: Sequence[str], signers: Sequence[Signer]) -> None:
    keys = {(k.name, k.public): k for k in read_log_keys(vkeys)}
    found = [keys.get((origin, s.public)) for s in signers]
    if not found or None in found:
        msg = f"this key does not sign for the log {origin}; publish with the log key"
        raise AuthorityError(msg)
    for key in found:
        if key and key.last_size is not None:
            msg = f"the log key {key.vkey} was retired at {key.last_size} entries; publish with "
            raise AuthorityError(msg + "the one in force")


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


def _sign(
    store: Store, checkpoint: Checkpoint, vkeys: Sequence[str], signers: Sequence[Signer]
) -> Signed:
    """Sign a checkpoint and write it, unless a racing publisher already has."""
    key = checkpoint_key(checkpoint.size)
    note = sign_note(write_checkpoint(checkpoint), checkpoint.origin, *signers)
    try:
        store.create(key, note)
    except ConflictError:
        # While keys change, another publisher may have signed this root with other keys of ours.
        signed = open_checkpoint(store.read(key) or b"", checkpoint.origin, vkeys, key)
        if signed.checkpoint == checkpoint:
            return signed
        _create(store, key, note)
    return Signed(checkpoint, note)


def _advance_hint(store: Store, newest: Signed, vkeys: Sequence[str]) -> Signed:
    """Make the hint the newest checkpoint; look again, for a slower publisher may undo it."""
    origin = newest.checkpoint.origin
    while store.read(HINT) != (newest := newest_checkpoint(store, origin, vkeys) or newest).note:
        store.replace(HINT, newest.note)
    return newest
