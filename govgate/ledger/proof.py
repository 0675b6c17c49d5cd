"""Proof that one entry is in the log, as a text that stands alone.

Source: C2SP tlog-proof (https://c2sp.org/tlog-proof); docs/spec/proof.md.

    c2sp.org/tlog-proof@v1
    index <n>
    <base64 hash>*
    <empty line>
    <signed checkpoint>
"""

from collections.abc import Iterable
from dataclasses import dataclass

from govgate.errors import TamperedError
from govgate.ledger import b64
from govgate.ledger.checkpoint import Checkpoint, open_checkpoint
from govgate.ledger.merkle import verify_inclusion
from govgate.ledger.tiles import HASH_BYTES

_HEADER = "c2sp.org/tlog-proof@v1"

MAX_HASHES = 64
"""A tree of 2**64 leaves is no higher."""


@dataclass(frozen=True)
class Proof:
    """Where an entry is, and how it leads to a signed root."""

    index: int
    hashes: tuple[bytes, ...]
    """Sibling hashes, lowest first, 32 bytes each."""

    checkpoint: bytes
    """The signed note, byte for byte."""


def write_proof(proof: Proof) -> str:
    """Write a proof as text."""
    lines = [_HEADER, f"index {proof.index}", *map(b64.encode, proof.hashes)]
    return "\n".join(lines) + "\n\n" + proof.checkpoint.decode()


def read_proof(text: str) -> Proof:
    """Read a proof; nothing in it is verified yet.

    Raises:
        TamperedError: It is not what `write_proof` writes.
    """
    head, _, checkpoint = text.partition("\n\n")
    try:
        _, index, *hashes = head.split("\n")
        proof = Proof(
            int(index.removeprefix("index ")),
            tuple(map(b64.decode, hashes)),
            checkpoint.encode(),
        )
        exact = write_proof(proof) == text and proof.index >= 0
    except ValueError:
        exact = False
    sizes = {len(h) for h in proof.hashes} if exact else {0}
    if not sizes <= {HASH_BYTES} or len(proof.hashes) > MAX_HASHES:
        msg = "this is not a tlog-proof of version 1; ask the ledger for the proof again"
        raise TamperedError(msg)
    return proof


def verify_proof(text: str, leaf: bytes, origin: str, vkeys: Iterable[str]) -> Checkpoint:
    """Check that a leaf is in the log of this origin.

    Args:
        text: The proof.
        leaf: Leaf hash of the entry's bytes, 32 bytes.
        origin: The log it must be in.
        vkeys: Verifier keys of the log that are trusted.

    Returns:
        The checkpoint that the entry was proven under.

    Raises:
        TamperedError: The proof is malformed or does not lead to a signed root.
        AuthorityError: No trusted key signed its checkpoint.
    """
    proof = read_proof(text)
    signed = open_checkpoint(proof.checkpoint, origin, vkeys, "the proof's checkpoint")
    checkpoint = signed.checkpoint
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint
