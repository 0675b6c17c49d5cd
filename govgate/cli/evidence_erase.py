"""govgate evidence erase: end a file with personal data, on the record."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate evidence`."""
    what = "erase a file with personal data; a person with role data-protection may"
    parser = add_verb(words, "erase", what)
    parser.add_argument("digest", metavar="DIGEST", help="as `govgate evidence list` shows it")
    parser.add_argument("--as", dest="person", required=True, metavar="PERSON")
    parser.add_argument("--key", type=Path, required=True, help="your Ed25519 private key file")
    why = "why, for the auditor; it stays, so no personal data in it"
    parser.add_argument("--reason", required=True, help=why)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Record the erasure, then destroy the file's key.

    Returns:
        0 nobody can read it any more; called again after a crash, it finishes.
    """
    from govgate.cli.attached import said_of
    from govgate.cli.show import console, print_json

    project = opened(chosen)
    kept = project.erase(chosen.digest, chosen.person, chosen.key, chosen.reason)
    if chosen.json:
        print_json(said_of(kept))
        return 0
    out = console()
    out.print(f"{kept.attachment.handle} is erased: its key is destroyed, and the ledger says why")
    out.print("Destroy the copies of that key in your backups too")
    return 0
