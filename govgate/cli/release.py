"""govgate release: let a model out of quarantine, by somebody who did not train it."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb
from govgate.cli.ordering import add_order, give


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "let a version out of quarantine; it then needs a new decision"
    add_order(add_verb(verbs, "release", what, model=True)).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Record the release, and show it in the registry.

    Returns:
        0 released, 11 when this person may not.
    """
    from govgate.records import RevocationAction

    return give(chosen, RevocationAction.RELEASE)
