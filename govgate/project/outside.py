"""Auditing a ledger from outside: a trust file, the ledger's objects, and no project."""

from pathlib import Path

from govgate.adapters.files import FileStore
from govgate.errors import GovgateError, ProjectError
from govgate.ledger import (
    Checkpoint,
    Log,
    Report,
    Trust,
    open_checkpoint,
    read_log,
    read_trust,
    replay,
    verify_log,
)
from govgate.ledger.checkpoint import checkpoint_key
from govgate.ledger.reader import TileReader, require_continuation
from govgate.project.settings import read_text


def verify_outside(ledger_folder: Path, trust_file: Path) -> Report:
    """Verify a ledger against an auditor's trust file.

    Args:
        ledger_folder: The ledger, or a copy of it.
        trust_file: As `govgate trust export` writes it; docs/spec/trust.md.

    Returns:
        What was found; it all holds.

    Raises:
        ProjectError: There is no such folder or file.
        AuthorityError: The trust file is none, or somebody signed who may not.
        GovgateError: The first thing that does not hold, as `Report.raise_if_bad` has it.
    """
    if not ledger_folder.is_dir():
        msg = f"{ledger_folder} is no folder; name the ledger, or a copy of it, with --folder"
        raise ProjectError(msg)
    base, store = read_trust(read_text(trust_file)), FileStore(ledger_folder)
    trust, trouble = _followed(base, store)
    report = verify_log(store, trust)
    report.raise_if_bad()
    if trouble:
        raise trouble
    _require_pins(trust, store, report)
    return report


def _followed(base: Trust, store: FileStore) -> tuple[Trust, GovgateError | None]:
    try:
        log = Log(store, str(read_log(store).get("origin")), base.log_vkeys)
        return replay(base, log.entries(), store), None
    except GovgateError as why:
        # The audit names what is wrong in more detail; if it does not, this is raised.
        return base, why


def _require_pins(trust: Trust, store: FileStore, report: Report) -> None:
    """Hold the log against what was pinned."""
    reader = None
    if report.size:
        key = checkpoint_key(report.size)
        newest = open_checkpoint(store.read(key) or b"", report.origin, trust.log_vkeys, key)
        reader = TileReader(store, newest.checkpoint.size, newest.checkpoint.root)
    for pin in trust.pinned:
        require_continuation(Checkpoint(report.origin, pin.size, pin.root), report.size, reader)
