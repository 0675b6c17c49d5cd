"""The files that are kept with models: added, listed, fetched and erased.

Source: docs/spec/evidence-store.md, whose steps are numbered as here.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from govgate.adapters.kept_files import write_new_file
from govgate.canon import SPEC
from govgate.errors import AuthorityError, EvidenceError
from govgate.ledger import (
    ATTACHMENT,
    ERASURE,
    Secret,
    attachment_of,
    erasure_of,
    file_blocks,
    read_secret,
    unseal,
    write_secret,
)
from govgate.project.book import Book
from govgate.records import Attachment, Erasure, KeptFile, Subject

if TYPE_CHECKING:
    from govgate.ports import Secrets


class State(StrEnum):
    """What became of a kept file."""

    KEPT = "kept"
    ERASED = "erased"
    HALF_ERASED = "half erased"
    """The erasure is recorded, and the key is still there."""

    LOST = "lost"
    """The key is gone or damaged, and no erasure is recorded."""


@dataclass(frozen=True)
class Kept:
    """A file kept with a model."""

    index: int
    """Its entry in the ledger."""

    subject: Subject
    kept_at: datetime
    attachment: Attachment
    file: KeptFile | None
    """What is known of it; None where that was erased or lost."""

    state: State
    erasure: Erasure | None = None


class KeptFiles:
    """The files that one ledger is about."""

    def __init__(self, book: Book, keys: "Secrets") -> None:
        """Use a ledger, and the keys of its files with personal data."""
        self._book, self._keys = book, keys

    def all(self) -> list[Kept]:
        """Say what is kept, in the order of the ledger."""
        return list(self._all(self._erasures()))

    def _all(self, erasures: dict[str, Erasure]) -> Iterator[Kept]:
        for entry in self._book.entries(f"{SPEC}{ATTACHMENT}"):
            if entry.kind == ATTACHMENT:
                attachment = attachment_of(entry)
                erasure = erasures.get(attachment.handle)
                file, state = self._state(attachment, erasure)
                at, index = entry.time_created, entry.index or 0
                yield Kept(index, entry.subject, at, attachment, file, state, erasure)

    def _erasures(self) -> dict[str, Erasure]:
        """Commitment to its first erasure."""
        entries = self._book.entries(f"{SPEC}{ERASURE}")
        found = [erasure_of(entry) for entry in entries if entry.kind == ERASURE]
        return {erasure.commitment: erasure for erasure in reversed(found)}

    def _state(
        self, attachment: Attachment, erasure: Erasure | None
    ) -> tuple[KeptFile | None, State]:
        if attachment.commitment is None:
            return attachment.file, State.KEPT
        if erasure:
            gone = self._keys.read(_name(attachment.commitment)) is None
            return None, State.ERASED if gone else State.HALF_ERASED
        secret = self._secret(attachment.commitment)
        return (secret.file, State.KEPT) if secret else (None, State.LOST)

    def _secret(self, commitment: str) -> Secret | None:
        """Read the key of a file; None where there is none that fits."""
        data = self._keys.read(_name(commitment))
        with suppress(EvidenceError):
            return read_secret(data, commitment) if data is not None else None
        return None

    def lost(self, commitments: Iterable[str]) -> list[str]:
        """Pick those whose key is gone or damaged."""
        return [name for name in commitments if self._secret(name) is None]

    def stray_keys(self) -> list[str]:
        """Names of keys that belong to no entry: an add was interrupted, or another ledger's."""
        ours = {_name(k.attachment.handle) for k in self.all()}
        return [name for name in self._keys.names() if name not in ours]

    def known(self, sha256: str) -> Secret | None:
        """Give the key that a file is sealed with already, unless its erasure is recorded."""
        erased = self._erasures()
        for name in self._keys.names():
            secret = self._secret(f"sha256:{name}")
            if secret and secret.file.sha256 == sha256 and secret.commitment not in erased:
                return secret
        return None

    def put_secret(self, secret: Secret) -> None:
        """Keep a new key; durable when this returns."""
        self._keys.put(_name(secret.commitment), write_secret(secret))

    def find(self, digest: str) -> list[Kept]:
        """Find a file by the digest that `all` names it by, wherever it is attached.

        Raises:
            EvidenceError: There is none.
        """
        wanted = f"sha256:{digest.removeprefix('sha256:')}"
        found = [k for k in self.all() if k.attachment.handle == wanted]
        if not found:
            msg = f"the ledger holds no file {digest}; see `govgate evidence list MODEL`"
            raise EvidenceError(msg)
        return found

    def fetch(self, digest: str, output: Path) -> Kept:
        """Write a file; see `Project.fetch`."""
        kept = self.find(digest)[-1]
        write_new_file(output, self.blocks(kept))
        return kept

    def blocks(self, kept: Kept) -> Iterator[bytes]:
        """Give a file in blocks; it is whole and right only when they end without an error.

        Raises:
            EvidenceError: It was erased, or its key is lost.
        """
        sealed = file_blocks(kept.attachment, self._book.store)
        return sealed if kept.attachment.file else unseal(sealed, self.secret(kept))

    def secret(self, kept: Kept) -> Secret:
        """Give the key of a file with personal data.

        Raises:
            EvidenceError: It was erased, or its key is lost.
        """
        handle, erasure = kept.attachment.handle, kept.erasure
        if erasure:
            msg = f"{handle} was erased on {erasure.erased_at:%Y-%m-%d %H:%M} UTC by "
            msg += f"{erasure.erased_by} ({erasure.reason}); nobody can read it any more"
            raise EvidenceError(msg)
        secret = self._secret(handle)
        if secret is None:
            msg = f"the key of {handle} is lost, and no erasure is recorded; restore its file "
            raise EvidenceError(msg + f"{_name(handle)} from a copy of the erasable keys")
        return secret

    def erasable(self, commitment: str) -> list[Kept]:
        """Find a file that may be erased, wherever it is attached.

        Raises:
            EvidenceError: There is none, or it is a plain one.
        """
        found = self.find(commitment)
        if not found[-1].attachment.personal:
            msg = f"{commitment} is a plain file and stays; only what was added with --personal "
            raise EvidenceError(msg + "can be erased")
        return found

    def destroy(self, commitment: str) -> Kept:
        """Destroy the key of a file whose erasure is recorded.

        Raises:
            AuthorityError: No erasure is recorded.
        """
        if self.erasable(commitment)[-1].erasure is None:
            msg = f"no erasure of {commitment} is recorded; run `govgate evidence erase` for it"
            raise AuthorityError(msg)
        self._keys.destroy(_name(commitment))
        return self.erasable(commitment)[-1]


def _name(commitment: str) -> str:
    return commitment.removeprefix("sha256:")
