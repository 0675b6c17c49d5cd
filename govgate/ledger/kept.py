"""Objects of the evidence store: bytes under their own digest.

Source: docs/spec/evidence-store.md.
"""

from govgate.canon import sha256
from govgate.errors import TamperedError
from govgate.ports import Store


def evidence_key(digest: str) -> str:
    """Key under which content of that digest is stored, such as "evidence/sha256/ab/ab…"."""
    algorithm, _, value = digest.partition(":")
    return f"evidence/{algorithm}/{value[:2]}/{value}"


def keep(data: bytes, store: Store) -> str:
    """Keep bytes under their digest; durable when this returns.

    Returns:
        The digest.

    Raises:
        StoreError: The store did not answer, or is full.
    """
    digest = sha256(data)
    store.create(evidence_key(digest), data)
    return digest


def read_kept(digest: str, store: Store) -> bytes:
    """Read the bytes of a digest.

    Raises:
        TamperedError: They are missing, or do not hash to it.
    """
    data = store.read(evidence_key(digest))
    if data is None or sha256(data) != digest:
        what = "is missing" if data is None else "does not hash to its name"
        msg = f"{evidence_key(digest)} {what}; restore it from a copy of the ledger"
        raise TamperedError(msg)
    return data
