"""govgate ledger timestamp: have a time-stamping authority vouch for the ledger's head."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened
from govgate.errors import ProjectError


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    parser = add_verb(words, "timestamp", "have an authority vouch when the newest checkpoint was")
    parser.add_argument("--url", required=True, help="address of the authority (RFC 3161)")
    parser.add_argument("--name", required=True, metavar="NAME", help="a short name for it")
    parser.add_argument(
        "--root",
        action="append",
        required=True,
        type=Path,
        metavar="FILE",
        help="its root certificate, PEM",
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Fetch a timestamp over the newest checkpoint, or verify the one that is there.

    Returns:
        0 it holds; anything else leaves through `LedgerError` or `StoreError`.
    """
    from govgate.cli.show import console, print_json
    from govgate.project.witnessing import stamp_ledger

    roots = [_read(path) for path in chosen.root]
    checkpoint, told = stamp_ledger(opened(chosen), chosen.url, chosen.name, roots)
    if chosen.json:
        print_json({"size": checkpoint.size, "authority": chosen.name, "at": told.isoformat()})
    else:
        console().print(f"size {checkpoint.size} existed at {told.isoformat()}, says {chosen.name}")
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        msg = f"the root certificate {path} cannot be read ({why.strerror}); name the right file"
        raise ProjectError(msg) from why
