"""govgate ledger doctor: what is unsafe about where the ledger is kept."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    what = "say in one line each what is unsafe about the ledger's place"
    parser = add_verb(words, "doctor", what)
    policy = "print the bucket policy instead, for the publisher's role (an ARN)"
    parser.add_argument("--policy", metavar="ROLE", help=policy)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Look at the ledger's folder or bucket, its keys and what is remembered of it.

    Returns:
        0 all is well, 2 something is not.
    """
    from dataclasses import asdict

    from govgate.cli.show import print_json, print_rows, working
    from govgate.errors import ProjectError
    from govgate.project import bucket_policy, examine_ledger

    project = opened(chosen)
    if chosen.policy is not None:
        print_json(bucket_policy(project, chosen.policy))
        return 0
    with working("looking"):
        found = list(examine_ledger(project))
    if chosen.json:
        print_json([asdict(h) for h in found])
    else:
        rows = [(h.about, "passed" if h.healthy else "failed", h.said) for h in found]
        print_rows(("looked at", "answer", "said"), rows)
    return 0 if all(h.healthy for h in found) else ProjectError.exit_code
