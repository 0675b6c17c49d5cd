"""govgate evidence list: which files are kept with a model, and what became of them."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate evidence`."""
    what = "list the files that are kept with a model, and those that were erased"
    add_verb(words, "list", what, model=True).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """List them in the order of the ledger.

    Returns:
        0.
    """
    from govgate.cli.attached import row_of, said_of
    from govgate.cli.show import console, print_json, print_rows

    found = opened(chosen).attachments(chosen.model)
    if chosen.json:
        print_json([said_of(kept) for kept in found])
    elif not found:
        console().print(f"no file is kept with {chosen.model}; `govgate evidence add` keeps one")
    else:
        head = ("entry", "digest", "class", "state", "bytes", "file")
        print_rows(head, [row_of(kept) for kept in found])
    return 0
