"""Entries about files in the evidence store, and whether the files are still what they say.

Source: docs/spec/evidence-store.md; docs/spec/verify.md, step 8.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import GovgateError, TamperedError
from govgate.ledger.blocks import read_blocks, read_manifest
from govgate.ledger.entry import Entry
from govgate.ledger.kept import evidence_key, read_kept
from govgate.ports import Store
from govgate.records import Attachment, Erasure, Record

ATTACHMENT = "attachment/v1"
"""Kind of statement that goes with an `Attachment`."""

ERASURE = "erasure/v1"
"""Kind of statement that goes with an `Erasure`."""

R = TypeVar("R", bound=Record)


def attachment_of(entry: Entry) -> Attachment:
    """Read the record of an attachment.

    Raises:
        TamperedError: It is none.
    """
    return _record(entry, Attachment)


def erasure_of(entry: Entry) -> Erasure:
    """Read the record of an erasure.

    Raises:
        TamperedError: It is none, is about another file than its statement, or names
            somebody else than the person who signed it.
    """
    erasure = _record(entry, Erasure)
    if entry.subject.content != erasure.commitment or entry.actor.id != erasure.erased_by:
        msg = "an erasure says otherwise than its statement what was erased, or by whom; "
        raise TamperedError(msg + "distrust its signer")
    return erasure


def _record(entry: Entry, kind: type[R]) -> R:
    try:
        return kind.model_validate_json(canonical(entry.record))
    except ValidationError as why:
        said = why.errors()[0]["msg"]
        msg = f"this is no record of {entry.kind} ({said}); distrust its signer"
        raise TamperedError(msg) from why


@dataclass
class Attached:
    """The files that entries are about."""

    files: dict[Attachment, int] = field(default_factory=dict)
    """Each attachment once, and the index of an entry that made it."""

    erased: set[str] = field(default_factory=set)
    """Commitments."""

    def take(self, entry: Entry, index: int) -> None:
        """Note what a verified entry says of files.

        Raises:
            TamperedError: It says nothing that can be read.
        """
        if entry.kind == ATTACHMENT:
            self.files.setdefault(attachment_of(entry), index)
        elif entry.kind == ERASURE:
            self.erased.add(erasure_of(entry).commitment)

    def add(self, other: "Attached") -> None:
        """Take what was found elsewhere in the log."""
        self.files |= other.files
        self.erased |= other.erased

    def unerased(self) -> tuple[str, ...]:
        """Commitments of the files with personal data that nobody erased."""
        named = {f.commitment for f in self.files if f.commitment is not None}
        return tuple(sorted(named - self.erased))

    def check(self, store: Store) -> Iterator[GovgateError]:
        """Read every file, one block in memory at a time, and yield what is wrong."""
        for attachment, index in self.files.items():
            try:
                if attachment.commitment in self.erased:
                    _check_rest(attachment, store)
                else:
                    for _ in file_blocks(attachment, store):
                        pass
            except GovgateError as why:
                msg = f"the attachment of entry {index}: {why}"
                yield type(why)(msg)


def file_blocks(attachment: Attachment, store: Store) -> Iterator[bytes]:
    """Yield an attachment's blocks as they are kept: a plain file, or a sealed one.

    Raises:
        TamperedError: A block is missing or changed, or at the end: it is another file.
    """
    whole, size = hashlib.sha256(), 0
    for block in read_blocks(attachment.manifest, store):
        whole.update(block)
        size += len(block)
        yield block
    file = attachment.file
    if file and (size, f"sha256:{whole.hexdigest()}") != (file.size_bytes, file.sha256):
        msg = f"the blocks of {attachment.manifest} are not {file.name}; distrust its signer"
        raise TamperedError(msg)


def _check_rest(attachment: Attachment, store: Store) -> None:
    """Check what is left of an erased file: nobody can read it, so its blocks may be gone."""
    if store.read(evidence_key(attachment.manifest)) is None:
        return
    for digest in read_manifest(attachment.manifest, store).blocks:
        if store.read(evidence_key(digest)) is not None:
            read_kept(digest, store)
