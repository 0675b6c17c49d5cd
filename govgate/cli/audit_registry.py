"""govgate audit registry: find what moved past the server."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened
from govgate.errors import DeniedError


def add_to(words: Any) -> None:
    """Add this word to `govgate audit`."""
    what = "hold every alias, stage, tag and promotion of the registry against the ledger"
    add_verb(words, "registry", what).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Verify the ledger, then compare the registry with it.

    Returns:
        0 they agree, 10 they do not; a ledger that does not hold leaves through `LedgerError`.
    """
    from dataclasses import asdict

    from govgate.cli.show import console, print_json, print_rows, working

    project = opened(chosen)
    with working("comparing the registry with the ledger"):
        found = project.audit_registry()
    if chosen.json:
        print_json(asdict(found))
    else:
        counted = f"{found.versions} versions, {found.places} governed aliases and stages, "
        console().print(counted + f"{found.promotions} promotions in force")
        if found.drift:
            print_rows(
                ("about", "reason", "said"), [(d.about, d.reason, d.said) for d in found.drift]
            )
        else:
            console().print("the registry shows what the ledger bears out, and nothing else")
    return DeniedError.exit_code if found.drift else 0
