"""govgate ledger flush: finish what an earlier write began."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    what = "finish the writes that a crash or an unreachable store left in the outbox"
    add_verb(words, "flush", what).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write what the outbox holds into the ledger, oldest first.

    Returns:
        0 the outbox is empty; anything else leaves through `StoreError` or `LedgerError`.
    """
    from govgate.cli.show import console, print_json

    flushed = opened(chosen).book.flush()
    entries = sum(len(appended.leaves) for _, appended in flushed)
    if chosen.json:
        print_json({"batches": len(flushed), "entries": entries})
    else:
        console().print(f"{entries} entries of {len(flushed)} unfinished writes are in the ledger")
    return 0
