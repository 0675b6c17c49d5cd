"""govgate ledger prove: a file that shows an outsider that an entry is in the ledger."""

import argparse
import sys
from pathlib import Path
from typing import Any

from govgate.cli.asking import MODEL_HELP, add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    what = "write the proof that an entry is in the ledger"
    parser = add_verb(words, "prove", what)
    which = f"number of an entry; or {MODEL_HELP}, for its latest decision"
    parser.add_argument("about", metavar="ENTRY", help=which)
    out = "where to write the proof, such as credit-7.tlog-proof; default: standard output"
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=out)
    entry = "where to write the entry's exact bytes, which the proof is about"
    parser.add_argument("--entry", type=Path, metavar="FILE", help=entry)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the proof of one published entry.

    Returns:
        0 it is written; anything else leaves through `LedgerError` or `EvidenceError`.
    """
    from govgate.cli.show import console, print_json

    proven = opened(chosen).prove(chosen.about, chosen.output, chosen.entry)
    if chosen.json:
        print_json({"index": proven.index, "leaf": proven.leaf, "proof": proven.proof})
    elif chosen.output is None:
        sys.stdout.write(proven.proof)
    else:
        console().print(f"entry {proven.index}: {chosen.output}")
    return 0
