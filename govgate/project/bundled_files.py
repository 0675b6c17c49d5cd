"""The kept files that go into a bundle, each read only when it is written.

Source: docs/spec/bundle.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from govgate.canon import canonical
from govgate.ledger import ATTACHMENT, ERASURE, Entry, attachment_of, b64
from govgate.project.keeping import Kept, KeptFiles
from govgate.records import KeptFile


@dataclass(frozen=True)
class BundledFile:
    """A member of a bundle that may be too long for memory."""

    file: KeptFile
    blocks: Callable[[], Iterator[bytes]]
    """Reads and checks it; what it yields is right only when it ends without an error."""


def about_files(ours: Sequence[Entry], entries: Sequence[Entry]) -> list[Entry]:
    """Pick the erasures of the files that some entries attach.

    Args:
        ours: The entries about one model.
        entries: All of the ledger.
    """
    attached = {attachment_of(e).commitment for e in ours if e.kind == ATTACHMENT}
    return [e for e in entries if e.kind == ERASURE and e.subject.content in attached]


def bundled_files(
    kept: KeptFiles, content: str, *, with_personal: bool
) -> tuple[dict[str, BundledFile], dict[str, bytes]]:
    """Give the files that are kept with a model, by the names they have in a bundle.

    Args:
        kept: The files of the ledger.
        content: Digest of the model's bytes.
        with_personal: Whether those with personal data are among them, opened.

    Returns:
        Files to be streamed, and what is said of those with personal data.

    Raises:
        EvidenceError: The key of one with personal data is lost.
    """
    files: dict[str, BundledFile] = {}
    said: dict[str, bytes] = {}
    for each in kept.all():
        if each.subject.content != content:
            continue
        if each.attachment.file:
            files[f"files/{_hex(each)}"] = _streamed(kept, each, each.attachment.file)
        elif with_personal and each.erasure is None:
            secret = kept.secret(each)
            files[f"personal/{_hex(each)}"] = _streamed(kept, each, secret.file)
            opened = {"file": secret.file.model_dump(mode="json"), "salt": b64.encode(secret.salt)}
            said[f"personal/{_hex(each)}.json"] = canonical(opened)
    return files, said


def _streamed(kept: KeptFiles, each: Kept, file: KeptFile) -> BundledFile:
    return BundledFile(file, lambda: kept.blocks(each))


def _hex(kept: Kept) -> str:
    return kept.attachment.handle.removeprefix("sha256:")
