"""govgate revoke: take a model out of service, now."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb
from govgate.cli.ordering import add_order, give


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "put a version into quarantine: no alias serves it until somebody releases it"
    parser = add_order(add_verb(verbs, "revoke", what, model=True))
    parser.add_argument(
        "--roll-back",
        action="store_true",
        help="point its aliases to the newest older version that is allowed there",
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Record the revocation, show it in the registry, and roll back where that was asked.

    Returns:
        0 revoked, 11 when this person may not.
    """
    from govgate.records import RevocationAction

    return give(chosen, RevocationAction.REVOKE, roll_back=chosen.roll_back)
