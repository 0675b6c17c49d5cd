"""govgate evidence export: all about one model in one file, for an outsider."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import MODEL_HELP, add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate evidence`."""
    what = "write all that the ledger holds about a model to one file anybody can verify"
    parser = add_verb(words, "export", what)
    parser.add_argument("--model", required=True, metavar="MODEL", help=MODEL_HELP)
    new = "a new zip file"
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help=new)
    seen = "a checkpoint that the reader has seen before; may be repeated"
    parser.add_argument(
        "--pinned", action="append", default=[], type=Path, metavar="FILE", help=seen
    )
    personal = "hand over the files with personal data too, opened; they cannot be called back"
    parser.add_argument("--with-personal", action="store_true", help=personal)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Export the evidence about one model.

    Returns:
        0 the file is written.
    """
    from govgate.cli.show import console, print_json, working
    from govgate.project.exporting import export_evidence

    project = opened(chosen)
    with working("exporting"):
        done = export_evidence(
            project,
            chosen.model,
            chosen.output,
            chosen.pinned,
            with_personal=chosen.with_personal,
        )
    if chosen.json:
        said = {"subject": done.subject.content, "size": done.checkpoint.size}
        print_json({**said, "entries": done.entries, "files": done.files, "digest": done.digest})
        return 0
    out = console()
    out.print(f"{chosen.output}: {done.entries} entries about {done.subject.name}, each proven")
    out.print(f"to be in {done.checkpoint.origin} at {done.checkpoint.size} entries")
    out.print(done.digest)
    out.print("Give it away with nothing else; who reads it has verify.py and trust.json already")
    return 0
