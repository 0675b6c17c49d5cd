"""govgate ledger gc: remove the partial tiles that nothing needs any more."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    what = "remove partial tiles and bundles that full ones have made needless"
    parser = add_verb(words, "gc", what)
    look = "only say what would be removed"
    parser.add_argument("--dry-run", action="store_true", help=look)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Remove each partial tile whose full one is there, published and proven.

    Returns:
        0 nothing is wrong; anything else leaves through `LedgerError` or `StoreError`.
    """
    from govgate.cli.show import console, print_json, working

    book = opened(chosen).book
    with working("looking at the tiles"):
        cleared = book.clear(dry_run=chosen.dry_run)
    if chosen.json:
        said = {"removed": cleared.removed, "freed_bytes": cleared.freed_bytes}
        print_json(said | {"dry_run": chosen.dry_run})
    else:
        done = "would be" if chosen.dry_run else "are"
        what = f"{cleared.removed:,} partial tiles and bundles of {cleared.freed_bytes:,} bytes"
        console().print(f"{what} {done} removed")
    cleared.raise_if_bad()
    return 0
