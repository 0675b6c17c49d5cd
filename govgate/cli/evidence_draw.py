"""govgate evidence draw: keep Evidently's page about the tables that drift was measured on."""

import argparse
from typing import Any

from govgate.cli.asking import MODEL_HELP, add_inputs, add_verb, inputs_of, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate evidence`."""
    parser = add_verb(words, "draw", "draw the tables of gate drift, and keep the page, erasable")
    parser.add_argument("--about", required=True, metavar="MODEL", help=MODEL_HELP)
    add_inputs(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Draw and keep one page.

    Returns:
        0 it is kept, recorded and published.
    """
    from govgate.cli.attached import said_of
    from govgate.cli.show import console, print_json, working

    with working("drawing"):
        kept = opened(chosen).keep_drift_page(chosen.about, inputs_of(chosen))
    if chosen.json:
        print_json(said_of(kept))
        return 0
    out = console()
    out.print("The page is sealed; the ledger names it by")
    out.print(kept.attachment.handle)
    out.print(f"about {kept.subject.name}, entry {kept.index} of the ledger")
    return 0
