"""govgate evidence get: a kept file, checked to the last byte."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate evidence`."""
    what = "write a kept file to a new file, once every byte of it was checked"
    parser = add_verb(words, "get", what)
    parser.add_argument("digest", metavar="DIGEST", help="as `govgate evidence list` shows it")
    new = "a new file; only you can read it"
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help=new)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Fetch one file.

    Returns:
        0 it is written; 3 it was erased, 20 it is not what was kept.
    """
    from govgate.cli.attached import said_of
    from govgate.cli.show import console, print_json, working

    with working("fetching the file"):
        kept = opened(chosen).fetch(chosen.digest, chosen.output)
    if chosen.json:
        print_json(said_of(kept))
    elif kept.file:
        size, name = kept.file.size_bytes, kept.file.name
        console().print(f"{chosen.output}: {size:,} bytes, kept as {name} in entry {kept.index}")
    return 0
