"""How a kept file looks to people and to machines."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govgate.project import Kept


def said_of(kept: "Kept") -> dict[str, Any]:
    """Write a kept file for machines."""
    return {
        "index": kept.index,
        "digest": kept.attachment.handle,
        "subject": kept.subject.content,
        "kept_at": f"{kept.kept_at:%Y-%m-%dT%H:%M:%S}Z",
        "personal": kept.attachment.personal,
        "state": str(kept.state),
        "file": kept.file.model_dump(mode="json") if kept.file else None,
        "erasure": kept.erasure.model_dump(mode="json") if kept.erasure else None,
    }


def row_of(kept: "Kept") -> tuple[str, ...]:
    """Write a kept file as one row for people."""
    size = f"{kept.file.size_bytes:,}" if kept.file else ""
    said = kept.file.name if kept.file else ""
    if kept.erasure:
        by, reason = kept.erasure.erased_by, kept.erasure.reason
        said = f"{kept.erasure.erased_at:%Y-%m-%d %H:%M} by {by}: {reason}"
    kind = "personal" if kept.attachment.personal else "plain"
    return str(kept.index), kept.attachment.handle, kind, str(kept.state), size, said
