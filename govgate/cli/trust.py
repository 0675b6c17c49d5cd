"""govgate trust: what an auditor needs to believe, in one file."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("trust", help="write down whose signatures count")
    words = parser.add_subparsers(metavar="WORD", required=True)
    what = "write the trust file that an auditor verifies the ledger with"
    export = add_verb(words, "export", what)
    export.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to; default: stdout"
    )
    forms = ("json", "tlog-policy")
    form = "all of it, or the log part as a C2SP tlog-policy"
    export.add_argument("--format", choices=forms, default="json", help=form)
    export.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write whom the project believes, after every key event of its ledger.

    Returns:
        0 written.

    Raises:
        ProjectError: The file exists, or cannot be written.
    """
    from govgate.errors import ProjectError
    from govgate.ledger import write_tlog_policy, write_trust

    trust = opened(chosen).book.export_trust()
    text = write_trust(trust) if chosen.format == "json" else write_tlog_policy(trust)
    if chosen.output is None:
        print(text, end="")
        return 0
    try:
        with chosen.output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as why:
        msg = f"{chosen.output} cannot be written ({why.strerror}); choose another file"
        raise ProjectError(msg) from why
    return 0
