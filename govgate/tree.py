"""The tree digest: one name for all the bytes of a model folder.

Room: floor. Imports only errors.
Source: docs/spec/tree-digest.md.
"""

import hashlib
from collections.abc import Iterable

from govgate.errors import EvidenceError

HEADER = b"govgate-tree-v1\n"
IGNORED = frozenset({"registered_model_meta"})
"""Files at the top that MLflow adds when a model is downloaded; no part of the model."""

File = tuple[str, Iterable[bytes]]
"""Path below the model's folder, with forward slashes, and the file's bytes in pieces."""


def tree_digest(files: Iterable[File]) -> str:
    """Name a set of files by their paths and bytes.

    Args:
        files: Each once, in any order; at least one.

    Returns:
        "sha256:" and 64 lowercase hex characters.

    Raises:
        EvidenceError: There is no file, or a path cannot stand in a tree.
    """
    lines: dict[bytes, bytes] = {}
    for path, pieces in files:
        if path in IGNORED:
            continue
        if path in {"", ".", ".."} or "\n" in path or "\\" in path or path.encode() in lines:
            msg = f"the model holds a file named {path!r}; rename it and register the model again"
            raise EvidenceError(msg)
        hashed, size = hashlib.sha256(), 0
        for piece in pieces:
            hashed.update(piece)
            size += len(piece)
        lines[path.encode()] = f"{hashed.hexdigest()} {size} {path}\n".encode()
    if not lines:
        msg = "the model holds no file; log it again"
        raise EvidenceError(msg)
    whole = hashlib.sha256(HEADER)
    for path_bytes in sorted(lines):
        whole.update(lines[path_bytes])
    return "sha256:" + whole.hexdigest()
