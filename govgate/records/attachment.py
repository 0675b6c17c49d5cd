"""That a file is kept with a model, and that one was erased."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from govgate.records.base import Digest, Record, Utc, Word


def _plain_name(name: str) -> str:
    # No folder, nothing a terminal acts on, and nothing that reads from right to left.
    if not name.isprintable() or name in {".", ".."} or "/" in name or "\\" in name:
        msg = f"{name!r} is not the plain name of a file; rename it"
        raise ValueError(msg)
    return name


FileName = Annotated[Word, AfterValidator(_plain_name)]
"""The last part of a path, such as "report.html"; it leads nowhere."""

MediaType = Annotated[
    str,
    StringConstraints(max_length=127, pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9!#$&^_.+-]+$"),
]
"""Such as "text/html". Source: RFC 6838, section 4.2."""


class KeptFile(Record):
    """What is said of a file; of one with personal data it is said outside the ledger only."""

    name: FileName
    media_type: MediaType
    size_bytes: int = Field(ge=0)
    sha256: Digest


class Attachment(Record):
    """A file that is kept with a model: a plain one, or an erasable one with personal data."""

    manifest: Digest
    """Lists the blocks that the file is kept in; see docs/spec/evidence-store.md."""

    file: KeptFile | None = None
    """Of a plain one, what it is."""

    commitment: Digest | None = None
    """Of an erasable one, all that the ledger says of it: a digest with salt."""

    @model_validator(mode="after")
    def _of_one_class(self) -> Self:
        if (self.file is None) == (self.commitment is None):
            msg = "a plain attachment has file, an erasable one has commitment; give one of them"
            raise ValueError(msg)
        return self

    @property
    def personal(self) -> bool:
        """True of an erasable one."""
        return self.commitment is not None

    @property
    def handle(self) -> str:
        """The digest that people name it by."""
        return self.commitment or (self.file.sha256 if self.file else "")


class Erasure(Record):
    """A file with personal data was erased: from here on, nobody may keep its key."""

    commitment: Digest
    erased_by: Word
    """Person's id in people.yaml."""

    reason: Word
    """For the auditor, and without personal data: it stays."""

    erased_at: Utc
