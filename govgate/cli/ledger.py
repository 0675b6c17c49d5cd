"""govgate ledger: the words about the audit trail, and `verify`, which checks it offline."""

import argparse
import importlib
from typing import Any

from govgate.cli.asking import add_verb, opened

_WORDS = ("ledger_create", "ledger_flush",)
"""Modules of this room, one for each further word; each has `add_to(words)` and `run(chosen)`."""


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("ledger", help="check the audit trail")
    words = parser.add_subparsers(metavar="WORD", required=True)
    what = "check every entry, tile, signature and checkpoint, offline"
    add_verb(words, "verify", what).set_defaults(run=run)
    for module in _WORDS:
        importlib.import_module(f"govgate.cli.{module}").add_to(words)


def run(chosen: argparse.Namespace) -> int:
    """Verify the log against the trusted keys and the last head seen.

    Returns:
        0 it holds; anything else leaves through `LedgerError`.
    """
    from govgate.cli.show import console, counting, print_json

    project = opened(chosen)
    with counting("verifying the ledger") as progress:
        report = project.verify_ledger(progress)
    said = {
        "origin": report.origin,
        "size": report.size,
        "unpublished": report.unpublished,
        "root": report.root,
        "tiles": report.tiles,
        "kinds": dict(report.kinds),
        "quarantined": list(report.quarantined),
        "duplicates": list(report.duplicates),
    }
    if chosen.json:
        print_json(said)
        return 0
    out = console()
    for name in ("origin", "size", "unpublished", "root", "tiles"):
        out.print(f"{name:<12}{said[name]}")
    for kind, count in sorted(report.kinds.items()):
        out.print(f"{'':<12}{count} x {kind}")
    for key in report.quarantined:
        out.print(f"{'junk':<12}{key} is no commit; it counts as one entry and judges nothing")
    out.print(
        "every entry, tile, signature and checkpoint holds"
        if report.size
        else ("nothing is published yet; `govgate assess` records the first decision")
    )
    return 0
