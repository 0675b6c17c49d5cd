"""Proofs for outsiders: written to files, and checked from files."""

from dataclasses import dataclass
from pathlib import Path

from govgate.errors import StoreError
from govgate.ledger import Checkpoint, leaf_hash, verify_proof
from govgate.project.book import Book


@dataclass(frozen=True)
class Proven:
    """An entry, and the proof that it is in the ledger."""

    index: int
    leaf: str
    """Leaf hash, 64 lowercase hex characters."""

    proof: str
    """The `.tlog-proof` text."""

    envelope: bytes
    """The entry's exact bytes."""


def prove(book: Book, index: int) -> Proven:
    """Prove a published entry.

    Raises:
        LedgerError: It is not published.
    """
    proof = book.prove(index)
    envelope = book.reader().entry(index)
    return Proven(index, leaf_hash(envelope).hex(), proof, envelope)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        StoreError: It is there, or cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as why:
        msg = f"{path} cannot be written ({why.strerror}); name a new file in a folder of yours"
        raise StoreError(msg) from why


def check_proof(book: Book, proof: Path, entry: Path) -> Checkpoint:
    """Check a proof against the trusted log key; the ledger itself is not read.

    Returns:
        The checkpoint that the entry was proven under.

    Raises:
        StoreError: A file cannot be read.
        TamperedError: The proof is not one of this entry.
        AuthorityError: No trusted log key signed its checkpoint.
    """
    try:
        text, envelope = proof.read_bytes().decode(errors="replace"), entry.read_bytes()
    except OSError as why:
        msg = f"{why.filename} cannot be read ({why.strerror}); `govgate ledger prove` writes both"
        raise StoreError(msg) from why
    return verify_proof(text, leaf_hash(envelope), book.origin, book.log_vkeys)
