"""Keeping a file with a model.

Source: docs/spec/evidence-store.md, "Adding a file", whose steps are numbered as here.
"""

import mimetypes
import secrets
from pathlib import Path

from pydantic import ValidationError

from govgate.adapters.kept_files import blocks_of
from govgate.errors import EvidenceError
from govgate.ledger import (
    ATTACHMENT,
    BLOCK_BYTES,
    SECRET_BYTES,
    Secret,
    Survey,
    keep_blocks,
    seal,
    survey,
    unchanged,
)
from govgate.project.book import GATE, Book, Writing
from govgate.project.keeping import Kept, KeptFiles
from govgate.records import Attachment, KeptFile, Subject


def attach_file(  # noqa: PLR0913 -- what, to what, and how, each by name
    book: Book,
    kept: KeptFiles,
    path: Path,
    subject: Subject,
    *,
    personal: bool,
    media_type: str | None,
) -> Kept:
    """Keep a file; see `Project.attach`.

    Args:
        book: The ledger.
        kept: The files it is about.
        path: The file.
        subject: The model's bytes.
        personal: Whether to seal it, so that it can be erased.
        media_type: None takes it from the name.
    """
    # (1) The file is read once, to know what it is; nothing is kept.
    seen = survey(blocks_of(path, BLOCK_BYTES))
    file = _described(path, seen, media_type)
    _require_one_class(kept, file, personal=personal)
    # (2) Its blocks are kept, then the manifest; of one with personal data, the key before them.
    blocks = unchanged(blocks_of(path, BLOCK_BYTES), seen)
    if personal:
        secret = kept.known(file.sha256) or _fresh(kept, file)
        manifest = keep_blocks(seal(blocks, secret), book.store)
        attachment = Attachment(manifest=manifest, commitment=secret.commitment)
    else:
        attachment = Attachment(manifest=keep_blocks(blocks, book.store), file=file)
    # (3) It is recorded, unless it is already; the outbox may hold that very record from before.
    if not _recorded(kept, attachment, subject):
        book.write([Writing(ATTACHMENT, subject, attachment)], book.gate_signer(), GATE)
    book.publish()
    return _recorded(kept, attachment, subject)[0]


def _require_one_class(kept: KeptFiles, file: KeptFile, *, personal: bool) -> None:
    """Refuse to keep the same bytes both as a file that stays and as one that can be erased.

    Raises:
        EvidenceError: They are kept as the other already.
    """
    if not personal and kept.known(file.sha256):
        msg = f"{file.name} is kept as a file with personal data already; add it with --personal"
        raise EvidenceError(msg)
    if personal and any(k.attachment.handle == file.sha256 for k in kept.all()):
        msg = f"{file.name} is kept as a plain file already, which stays; to seal it again would "
        raise EvidenceError(msg + "erase nothing, so leave it, and add later versions --personal")


def _recorded(kept: KeptFiles, attachment: Attachment, subject: Subject) -> list[Kept]:
    found = (k for k in kept.all() if k.attachment == attachment)
    return [k for k in found if k.subject.content == subject.content]


def _fresh(kept: KeptFiles, file: KeptFile) -> Secret:
    """Make a key that nothing was ever sealed with, and keep it."""
    secret = Secret(secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES), file)
    kept.put_secret(secret)
    return secret


def _described(path: Path, seen: Survey, media_type: str | None) -> KeptFile:
    guessed = media_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        return KeptFile(
            name=path.name, media_type=guessed, size_bytes=seen.size_bytes, sha256=seen.sha256
        )
    except ValidationError as why:
        said = why.errors()[0]
        msg = f"{path.name!r} cannot be kept so ({said['loc'][0]}: {said['msg']}); correct that"
        raise EvidenceError(msg) from why
