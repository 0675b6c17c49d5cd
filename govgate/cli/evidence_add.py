"""govgate evidence add: keep a file with a model."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import MODEL_HELP, add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate evidence`."""
    parser = add_verb(words, "add", "keep a file with a model, for as long as the ledger lasts")
    parser.add_argument("file", type=Path, metavar="FILE", help="a file of any size")
    parser.add_argument("--about", required=True, metavar="MODEL", help=MODEL_HELP)
    personal = "it holds personal data: seal it, so that it can be erased"
    parser.add_argument("--personal", action="store_true", help=personal)
    media = "such as text/html; default: from the file's name"
    parser.add_argument("--media-type", metavar="TYPE", help=media)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Keep one file.

    Returns:
        0 it is kept, recorded and published.
    """
    from govgate.cli.attached import said_of
    from govgate.cli.show import console, print_json, working

    with working("keeping the file"):
        kept = opened(chosen).attach(
            chosen.file, chosen.about, personal=chosen.personal, media_type=chosen.media_type
        )
    if chosen.json:
        print_json(said_of(kept))
        return 0
    out = console()
    what = "sealed; the ledger names it by" if kept.attachment.personal else "kept as"
    out.print(f"{chosen.file} is {what}")
    out.print(kept.attachment.handle)
    out.print(f"about {kept.subject.name}, entry {kept.index} of the ledger")
    return 0
