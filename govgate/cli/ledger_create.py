"""govgate ledger create: found the ledger that govgate.yaml names."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    what = "found the ledger that govgate.yaml names, in its folder or bucket"
    add_verb(words, "create", what).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Found the ledger, which must not be there yet.

    A bucket must prove first that it refuses a second write of a key.

    Returns:
        0 it is founded; anything else leaves through `StoreError` or `LedgerError`.
    """
    from govgate.cli.show import console, print_json
    from govgate.project import create_ledger

    place = create_ledger(opened(chosen).folder)
    if chosen.json:
        print_json({"ledger": place})
    else:
        console().print(f"the ledger is founded in {place}")
    return 0
