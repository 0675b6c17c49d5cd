"""govgate evidence: what an outsider gets."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import MODEL_HELP, add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("evidence", help="hand evidence to an outsider")
    words = parser.add_subparsers(metavar="WORD", required=True)
    what = "write all that the ledger holds about a model to one file anybody can verify"
    export = add_verb(words, "export", what)
    export.add_argument("--model", required=True, metavar="MODEL", help=MODEL_HELP)
    export.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="a new zip file"
    )
    export.add_argument(
        "--pinned",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a checkpoint that the reader has seen before; may be repeated",
    )
    export.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Export the evidence about one model.

    Returns:
        0 the file is written.
    """
    from govgate.cli.show import console, print_json, working
    from govgate.project.exporting import export_evidence

    project = opened(chosen)
    with working("exporting"):
        done = export_evidence(project, chosen.model, chosen.output, chosen.pinned)
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
