"""Keep judged bytes where nobody writes again, and know later that they are the same.

1. Copy each file into a folder of a new name, and hash it on the way.
2. Compare the tree digest with the one that was judged; throw away what differs.
3. Lock the folder.
4. Write `sealed.json` beside it: from then on the copy counts.

A crash before 4 leaves a folder that nothing points to; the next try takes
another name. Two servers at once make two copies, and either is right.

Source: docs/spec/sealed-models.md.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from govgate.canon import canonical
from govgate.errors import DeniedError, GovgateError, StoreError
from govgate.ports import Vault
from govgate.project.places import (
    MANIFEST,
    folders_of,
    marker,
    markers_below,
    sealed_base,
    sealed_content,
    sealed_folder_of,
)
from govgate.tree import File, FileDigest, Pieces, TreeDigest, digest_tree

_MANIFESTS = 8
"""Kept parsed, a few hundred bytes for each file: a model of many files is served one by one."""


@dataclass(frozen=True)
class Sealed:
    """Judged bytes in their write-once place."""

    folder: str
    """Where they are, below the vault's root."""

    content: str
    """Tree digest."""

    signing_root: str
    """Root digest of OpenSSF model signing, in hex."""


class Sealing:
    """What a registry server does with a vault."""

    def __init__(self, vault: Vault) -> None:
        """Use a vault."""
        self.vault = vault

    def freeze(self, folder: str) -> None:
        """Let nobody write or delete in a folder through the server, from now on."""
        self.vault.create(marker(folder), b"")

    def is_frozen(self, path: str) -> bool:
        """Tell whether a path is in a frozen folder; one look for each folder above it."""
        return any(self.vault.exists(marker(folder)) for folder in folders_of(path))

    def holds_frozen(self, folder: str) -> bool:
        """Tell whether a folder, or any below it, is frozen."""
        return self.vault.holds(markers_below(folder))

    def seal(self, files: Iterable[File], experiment: str, judged: str) -> Sealed:
        """Make sure that there is a sealed copy of judged bytes.

        Args:
            files: The bytes as they are now.
            experiment: Folder of the experiment that may read them.
            judged: Their tree digest, as it was decided on.

        Raises:
            DeniedError: The bytes are others by now; no copy is left.
            StoreError: They cannot be read, or the copy cannot be written.
        """
        base = sealed_base(experiment, judged)
        there = self._find(base)
        if there is not None:
            # Nothing to copy; but what was handed over must be these bytes.
            _require_same(digest_tree(files), judged)
            return there
        attempt = f"{base}/{secrets.token_hex(8)}"
        folder = f"{attempt}/artifacts"
        try:
            copied = digest_tree(files, lambda path, p: self.vault.write(f"{folder}/{path}", p))
            _require_same(copied, judged)
        except BaseException:
            with suppress(StoreError):
                self.vault.discard(attempt)
            raise
        self.freeze(base)
        self.vault.lock(folder)
        self.vault.create(f"{attempt}/{MANIFEST}", self._manifest(folder, copied))
        return Sealed(folder, judged, copied.signing_root)

    def check(self, folder: str, *, full: bool = False) -> Sealed:
        """Check that a sealed copy is what it was: by its stamps, or where they changed, by hash.

        Args:
            folder: Its folder, as `Sealed.folder` has it.
            full: Whether to hash in any case.

        Raises:
            DeniedError: It is not, or is gone.
            StoreError: It cannot be read.
        """
        content = sealed_content(folder)
        if not content:
            msg = f"{folder} is no sealed place; run `govgate promote`, which makes the server seal"
            raise DeniedError(msg, "DIGEST_MISMATCH", "")
        try:
            known = None if full else self._known(folder, content)
            found = known or digest_tree(self.vault.files(folder))
        except GovgateError as why:
            msg = f"the sealed copy {folder} cannot be read ({why}); restore it from a backup"
            raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
        if found.content != content:
            msg = f"the sealed copy {folder} was changed, it hashes to {found.content}; "
            msg += "find out who could write there, and restore it from a backup"
            raise DeniedError(msg, "DIGEST_MISMATCH", "")
        return Sealed(folder, content, found.signing_root)

    def require_judged(self, path: str, copy: Callable[[], Pieces] | None = None) -> None:
        """Refuse to serve a file of a sealed place that is not the judged one; others pass.

        Args:
            path: Of the file, below the vault's root.
            copy: Reads the bytes that were fetched to be served; None where they are served
                from their place, whose stamp is enough as long as it has not changed.

        Raises:
            DeniedError: It is another.
            StoreError: It cannot be read.
        """
        folder = sealed_folder_of(path)
        if not folder:
            return
        file = path.removeprefix(f"{folder}/")
        sealed = self._sealed(folder, sealed_content(folder))
        if sealed is not None and copy is None:
            if self.vault.stamp(path) == sealed.stamps.get(file):
                return
            copy = dict(self.vault.files(folder)).get(file)
        judged = {f.path: f.sha256 for f in sealed.tree.files} if sealed else {}
        if copy is None or _sha256(copy()) != judged.get(file):
            msg = f"{path} is not the file that was judged; run `govgate doctor` on the server, "
            raise DeniedError(msg + "and restore it from a backup", "DIGEST_MISMATCH", "")

    def _find(self, base: str) -> Sealed | None:
        for attempt in self.vault.folders(base):
            folder = f"{base}/{attempt}/artifacts"
            if self.vault.exists(f"{base}/{attempt}/{MANIFEST}"):
                with suppress(DeniedError):
                    return self.check(folder)
        return None

    def _manifest(self, folder: str, copied: TreeDigest) -> bytes:
        stamps = self.vault.stamps(folder)
        lines: list[Any] = [[f.path, f.sha256, f.size, stamps.get(f.path)] for f in copied.files]
        return canonical({"v": 1, "content": copied.content, "files": lines})

    def _known(self, folder: str, content: str) -> TreeDigest | None:
        """Read what was sealed, if not one byte can have changed since; else None."""
        sealed = self._sealed(folder, content)
        same = sealed is not None and sealed.stamps == self.vault.stamps(folder)
        return sealed.tree if sealed is not None and same else None

    def _sealed(self, folder: str, content: str) -> "_Manifest | None":
        """Read the manifest, which proves itself: its lines hash to the name of the folder."""
        written = self.vault.read(f"{folder.removesuffix('/artifacts')}/{MANIFEST}")
        return _parsed(written or b"", content)


@dataclass(frozen=True)
class _Manifest:
    """What `sealed.json` says."""

    tree: TreeDigest
    stamps: Mapping[str, str]


@lru_cache(maxsize=_MANIFESTS)
def _parsed(written: bytes, content: str) -> _Manifest | None:
    """Read a manifest; known by all of its bytes, so that one which changed is another."""
    try:
        lines = json.loads(written)["files"]
        tree = TreeDigest(tuple(FileDigest(path, sha, size) for path, sha, size, _ in lines))
        stamps = {path: stamp for path, _, _, stamp in lines}
        return _Manifest(tree, stamps) if tree.content == content else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _sha256(pieces: Pieces) -> str:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return hashed.hexdigest()


def _require_same(found: TreeDigest, judged: str) -> None:
    """Refuse bytes that are not the judged ones.

    Raises:
        DeniedError: They are others.
    """
    if found.content != judged:
        msg = f"the decision is about bytes {judged}, the registry holds {found.content}; "
        msg += "the model was changed after it was judged: register and assess it again"
        raise DeniedError(msg, "DIGEST_MISMATCH", "")
