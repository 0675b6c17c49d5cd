"""govgate init: a first project, with comments to edit by."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "write a commented govgate.yaml, a policy, people, keys and an empty ledger"
    parser = add_verb(verbs, "init", what)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="FOLDER")
    parser.add_argument("--name", default="", help="name of the project; default: the folder's")
    parser.add_argument("--registry", default="http://127.0.0.1:5000", metavar="URI")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the files, and say what to do next.

    Returns:
        0 written.
    """
    from govgate.cli.show import console, print_json
    from govgate.project import create_project

    folder = chosen.project or chosen.folder
    written = create_project(folder, name=chosen.name, uri=chosen.registry)
    if chosen.json:
        print_json([str(path) for path in written])
        return 0
    out = console()
    for path in written:
        out.print(f"wrote {path}")
    out.print("next:")
    out.print("  1. people.yaml: write who trains, owns and approves, and their public keys")
    out.print("  2. policy.yaml: name your protected attributes; `govgate policy lint`")
    out.print("  3. `govgate server` starts an MLflow registry that refuses what was not judged")
    out.print("  4. `govgate assess models:/NAME/1 --alias champion --trained-by tess "
              "--input predictions=FILE`")  # fmt: skip
    return 0
