"""Whether enough witnesses have cosigned a log, and all they cosigned is what it shows.

Source: C2SP tlog-cosignature and tlog-policy; docs/spec/cosignature.md, "Verifying".
"""

from collections.abc import Iterable, Sequence

from govgate.errors import AuthorityError, GovgateError, LedgerError, TamperedError
from govgate.ledger.checkpoint import (
    HINT,
    Checkpoint,
    Signed,
    checkpoint_key,
    newest_checkpoint,
    read_checkpoint,
)
from govgate.ledger.cosign import Cosignature, WitnessKey, open_cosignatures, read_witness_vkey
from govgate.ledger.note import MAX_SIGNATURES, take_apart
from govgate.ledger.witness import COSIGNATURES, cosignature_key, stored_cosignature
from govgate.ports import Store


def stored_cosignatures(
    store: Store, checkpoint: Checkpoint, keys: Sequence[WitnessKey]
) -> list[Cosignature]:
    """Verify what the trusted witnesses wrote beside the log about one checkpoint.

    Raises:
        TamperedError: One is not what it should be.
    """
    found = (
        stored_cosignature(store, cosignature_key(checkpoint.size, k), checkpoint, [k])
        for k in keys
    )
    return [one for one in found if one is not None]


def quorum_met(
    checkpoint: Checkpoint,
    cosignatures: Iterable[str],
    witness_vkeys: Sequence[str],
    quorum: int,
    now_s: int | None = None,
) -> bool:
    """Tell whether enough different witnesses cosigned one checkpoint.

    Args:
        checkpoint: What they should have seen.
        cosignatures: Signature lines; any that does not hold counts for nothing.
        witness_vkeys: Verifier keys of the trusted witnesses. One name counts once, however
            many keys it has.
        quorum: How many must have cosigned; 0 is always met.
        now_s: The present, in seconds since 1970; None accepts any time.

    Raises:
        AuthorityError: The quorum cannot be met, or two names share a key.
    """
    keys = read_witnesses(witness_vkeys, quorum)
    held: set[str] = set()
    for line in cosignatures:
        try:
            held |= {c.key.name for c in open_cosignatures([line], checkpoint, keys, now_s)}
        except TamperedError:
            continue
    return len(held) >= quorum


def read_witnesses(vkeys: Sequence[str], quorum: int) -> list[WitnessKey]:
    """Read the witnesses that are trusted.

    Raises:
        AuthorityError: A key is malformed or stands there twice, or they are fewer than the quorum.
    """
    keys = [read_witness_vkey(vkey) for vkey in vkeys]
    # An Ed25519 cosignature does not name its witness, so one key must not be two witnesses.
    if len({key.public for key in keys}) < len(keys):
        msg = "two witnesses share a key; give each its own, or name it once"
        raise AuthorityError(msg)
    names = {key.name for key in keys}
    if not 0 <= quorum <= len(names):
        msg = f"{quorum} of {len(names)} witnesses can never cosign; correct the quorum"
        raise AuthorityError(msg)
    return keys


def check_witnesses(
    store: Store,
    signed: Signed | None,
    vkeys: Sequence[str],
    quorum: int,
    now_s: int | None = None,
) -> list[GovgateError]:
    """Check every cosignature of the trusted witnesses, and that enough are on the newest.

    Args:
        store: Where the log, or a copy of it, is.
        signed: Its newest checkpoint, verified; its note may carry cosignatures too.
        vkeys: Verifier keys of the trusted witnesses.
        quorum: How many of them must have cosigned the newest checkpoint.
        now_s: The present, in seconds since 1970; None accepts any time.

    Returns:
        All that is wrong, with older checkpoints too: a witness that cosigned another root
        than the log shows is the proof of a fork.
    """
    try:
        keys = read_witnesses(vkeys, quorum)
    except AuthorityError as why:
        return [why]
    problems: list[GovgateError] = []
    held = {c.key.name for c in _in_note(store, signed, keys, now_s, problems)}
    places = {key.key_id.hex() for key in keys}
    for at in store.keys(COSIGNATURES) if keys else ():
        if at.rpartition("/")[2] not in places:
            continue
        try:
            checkpoint = _shown(store, at, signed)
            opened = stored_cosignature(store, at, checkpoint, keys, now_s)
        except GovgateError as why:
            problems.append(why)
            continue
        if opened and signed and checkpoint == signed.checkpoint:
            held.add(opened.key.name)
    if len(held) < quorum:
        size = signed.checkpoint.size if signed else 0
        who = ", ".join(sorted(held)) or "nobody"
        msg = f"of {quorum} witnesses that must cosign size {size}, {who} did; ask the others to"
        problems.append(AuthorityError(msg))
    return problems


def _in_note(
    store: Store,
    signed: Signed | None,
    keys: Sequence[WitnessKey],
    now_s: int | None,
    problems: list[GovgateError],
) -> list[Cosignature]:
    """Verify the cosignatures under the hint, where it is a copy of this checkpoint."""
    note = store.read(HINT) if signed else None
    if signed is None or note is None:
        return []
    try:
        text, _ = take_apart(note, HINT)
        if read_checkpoint(text, HINT) != signed.checkpoint:
            return []
        return open_cosignatures(_lines(note), signed.checkpoint, keys, now_s)
    except TamperedError as why:
        problems.append(TamperedError(f"{HINT}: {why}"))
        return []


def _lines(note: bytes) -> list[str]:
    """Signature lines of a note."""
    return note.decode().rpartition("\n\n")[2].splitlines(keepends=True)


def _shown(store: Store, at: str, signed: Signed | None) -> Checkpoint:
    """Read what the log shows for the size that a cosignature is filed under.

    Raises:
        TamperedError: It shows nothing; what it shows is verified by `verify_log`.
    """
    size = at.removeprefix(COSIGNATURES).partition("/")[0]
    at_checkpoint = checkpoint_key(int(size)) if size.isdecimal() else at
    if signed and at_checkpoint == checkpoint_key(signed.checkpoint.size):
        return signed.checkpoint
    note = store.read(at_checkpoint) if size.isdecimal() else None
    if note is None:
        msg = f"{at} cosigns a checkpoint that is missing; restore {at_checkpoint} from a copy"
        raise TamperedError(msg)
    return read_checkpoint(take_apart(note, at_checkpoint)[0], at_checkpoint)


def cosigned_note(signed: Signed, cosignatures: Iterable[Cosignature]) -> bytes:
    """Write a checkpoint's note with cosignatures under it, for C2SP clients.

    Args:
        signed: The checkpoint; cosignatures of other keys that it carries are kept.
        cosignatures: Verified ones, to stand in the place of those of the same keys.

    Raises:
        LedgerError: There are over 16 signatures.
    """
    added = list(cosignatures)
    ours = {(c.key.name, c.key.key_id) for c in added}
    kept = [
        line
        for line, (name, raw) in zip(
            _lines(signed.note), take_apart(signed.note, HINT)[1], strict=True
        )
        if (name, raw[:4]) not in ours
    ]
    lines = kept + [c.line for c in added]
    if len(lines) > MAX_SIGNATURES:
        msg = f"{len(lines)} signatures are over the {MAX_SIGNATURES} of a note; name fewer"
        raise LedgerError(msg)
    text = signed.note.decode().rpartition("\n\n")[0]
    return (text + "\n\n" + "".join(lines)).encode()


def show_cosignatures(
    store: Store, log_vkeys: Sequence[str], witness_vkeys: Sequence[str]
) -> list[Cosignature]:
    """Put what the witnesses wrote under the newest checkpoint in the hint.

    Whoever publishes does this; a publisher that is ahead meanwhile is not set back.

    Returns:
        What is under the newest checkpoint of these witnesses.

    Raises:
        LedgerError: Nothing is published, or a cosignature does not hold.
    """
    keys, origin = read_witnesses(witness_vkeys, 0), log_vkeys[0].partition("+")[0]
    while True:
        newest = newest_checkpoint(store, origin, log_vkeys)
        if newest is None:
            msg = f"the log {origin} has no checkpoint; publish first"
            raise LedgerError(msg)
        found = stored_cosignatures(store, newest.checkpoint, keys)
        note = cosigned_note(newest, found)
        if store.read(HINT) == note:
            return found
        store.replace(HINT, note)
