"""govgate ledger verify: check the whole audit trail, offline."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("ledger", help="check the audit trail")
    words = parser.add_subparsers(metavar="WORD", required=True)
    what = "check every entry, tile, signature and checkpoint, offline"
    add_verb(words, "verify", what).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Verify the log against the trusted keys and the last head seen.

    Returns:
        0 it holds; anything else leaves through `LedgerError`.
    """
    from govgate.cli.show import console, print_json, working

    project = opened(chosen)
    with working("verifying the ledger"):
        report = project.verify_ledger()
    if chosen.json:
        from dataclasses import asdict

        print_json(asdict(report))
        return 0
    out = console()
    out.print(f"origin   {report.origin}")
    out.print(f"entries  {report.size} published, {report.committed - report.size} not yet")
    out.print(f"root     {report.root}")
    out.print(f"tiles    {report.tiles} recomputed")
    for kind, count in sorted(report.kinds.items()):
        out.print(f"         {count} x {kind}")
    out.print("every entry, tile, signature and checkpoint holds")
    return 0
