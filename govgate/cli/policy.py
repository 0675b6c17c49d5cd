"""govgate policy lint: read a policy the strict way."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("policy", help="check a policy file")
    words = parser.add_subparsers(metavar="WORD", required=True)
    lint = add_verb(words, "lint", "say what is wrong with a policy, with line and column")
    lint.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the project's")
    lint.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Read the policy; anything wrong leaves through `PolicyError`.

    Returns:
        0 it can be used.
    """
    from govgate.cli.show import console, print_json
    from govgate.project import find_folder, lint_policy, read_settings

    path = chosen.file
    if path is None:
        folder = find_folder((chosen.project or Path()).resolve())
        path = folder / read_settings(folder).policy
    policy = lint_policy(path)
    if chosen.json:
        print_json({"digest": policy.digest, "policy": policy.model_dump(mode="json")})
    else:
        console().print(f"{path}: {policy.title}, {len(policy.rules)} rules, {policy.digest}")
    return 0
