"""What is unsafe about where the ledger is kept, in one line each.

Source: docs/how-to/audit-the-ledger.md, "Harden its place".
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from govgate.adapters.keys import FileSigner, read_public
from govgate.adapters.s3 import hardening, open_client
from govgate.errors import GovgateError, ProjectError, StoreError
from govgate.ledger import Report, split_retired
from govgate.project.front import Project
from govgate.project.health import Health
from govgate.project.settings import read_text

_WRITE = stat.S_IWGRP | stat.S_IWOTH


def examine_ledger(project: Project) -> Iterator[Health]:
    """Look at the ledger, its place, its keys and what is remembered of it.

    Args:
        project: Whose ledger.

    Yields:
        One line each.
    """
    yield from _entries(project)
    yield from _keys(project)
    yield _looked_back(project)
    s3 = project.settings.ledger.s3
    if s3 is None:
        yield _folder(project.folder / project.settings.ledger.folder)
    else:
        client = open_client(s3.region, s3.endpoint)
        for line in hardening.examine_bucket(client, s3.bucket, s3.expected_owner):
            yield Health(*line)


def bucket_policy(project: Project, publisher: str) -> dict[str, Any]:
    """Write the policy that the ledger's bucket should carry.

    Args:
        project: Whose ledger.
        publisher: ARN of the role that may publish.

    Raises:
        ProjectError: The ledger is in no bucket.
    """
    s3 = project.settings.ledger.s3
    if s3 is None:
        msg = "the ledger is in a folder, which takes no bucket policy; set ledger.s3 to use one"
        raise ProjectError(msg)
    prefix = f"{s3.prefix}/" if s3.prefix else ""
    return hardening.bucket_policy(s3.bucket, prefix, publisher)


def _entries(project: Project) -> Iterator[Health]:
    try:
        report = project.verify_ledger(full=False)
    except GovgateError as why:
        yield Health("entries", healthy=False, said=str(why.args[0]))
        return
    yield Health("entries", healthy=True, said=f"{report.size} published entries hold")
    yield from _versions(report, project.policy.retention_days)
    late = f"{report.unpublished} are committed and in no checkpoint; publish them"
    yield _judged("unpublished", not report.unpublished, "none", late)
    junk = f"{', '.join(report.quarantined)}: no commit; find out who wrote it"
    yield _judged("quarantined", not report.quarantined, "none", junk)
    ended = ", ".join(map(str, report.disowned))
    theirs = f"keys that had ended, or are disowned, signed entries {ended}; find out who has them"
    yield _judged("disowned", not report.disowned, "none", theirs)
    wrong = ", ".join(str(hint.index) for hint in report.backdated)
    clock = f"entries dated before the one in front: {wrong}; set the clock of their writer"
    yield _judged("clocks", not report.backdated, "run forward", clock)
    names = f"{', '.join(report.duplicates)}: an id of more than one entry; look at their writer"
    yield _judged("entry ids", not report.duplicates, "each its own", names)


def _versions(report: Report, retention_days: int) -> Iterator[Health]:
    if report.versions is None:
        return
    found = report.versions
    yield Health("versions", healthy=True, said=f"{found.versions} kept, and none is hidden")
    short = f"{found.short} objects are locked for less than the {retention_days} days that the "
    short += "policy in force asks; extend their locks with `aws s3api put-object-retention`"
    yield _judged("retention", not found.short, "as long as the policy asks", short)


def _keys(project: Project) -> Iterator[Health]:
    keys = project.settings.keys
    for about, path in (("gate key", keys.gate), *(("log key", path) for path in keys.log)):
        # Who only reads has neither, and is the safer for it.
        if (project.folder / path).exists():
            yield _readable(about, project.folder / path)
    trust = project.settings.trust
    logs = [read_public(read_text(project.folder / split_retired(p)[0])) for p in trust.log]
    gates = [read_public(read_text(project.folder / path)) for path in trust.gate]
    people = [raw for person in project.people.people for raw in person.public_keys.values()]
    step = "the log key signs entries too; make a key of its own for the log"
    yield _judged(
        "log key alone", not set(logs) & {*gates, *people}, "signs checkpoints only", step
    )


def _readable(about: str, path: Path) -> Health:
    try:
        FileSigner(path)
    except GovgateError as why:
        return Health(about, healthy=False, said=str(why.args[0]))
    return Health(about, healthy=True, said="readable by its owner only")


def _looked_back(project: Project) -> Health:
    step = "nothing remembers how long the ledger was; run `govgate ledger verify`"
    try:
        seen = project.book.pinned() is not None
    except StoreError as why:
        return Health("last head seen", healthy=False, said=str(why.args[0]))
    return _judged("last head seen", seen, "is kept outside the ledger", step)


def _folder(folder: Path) -> Health:
    open_ones = [p for p in (folder, *sorted(folder.rglob("*"))) if _open_to_others(p)]
    first = open_ones[0] if open_ones else folder
    step = (
        f"{first} and {len(open_ones) - 1} more can be written by others; run chmod -R go-w on it"
    )
    return _judged("ledger folder", not open_ones, "written by its owner only", step)


def _open_to_others(path: Path) -> bool:
    return bool(path.lstat().st_mode & _WRITE) and not path.is_symlink()


def _judged(about: str, well: bool, said: str, otherwise: str) -> Health:  # noqa: FBT001 -- a claim
    return Health(about, healthy=well, said=said if well else otherwise)
