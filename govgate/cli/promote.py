"""govgate promote: judge once more, then move the alias."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "judge once more what the ledger holds, then move the alias"
    add_verb(verbs, "promote", what, model=True).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Promote the model that was assessed last under this name.

    Returns:
        0 promoted; denials leave through `DeniedError`.
    """
    from govgate.cli.show import console, print_json

    project = opened(chosen)
    decided = project.promote(chosen.model)
    target = decided.decision.request.target
    if chosen.json:
        print_json(decided.decision.model_dump(mode="json"))
    elif target:
        aliases = ", ".join(f"@{a}" if ":" not in a else a for a in target.aliases)
        said = f"{target.model} version {target.version} now carries {aliases}; "
        console().print(said + f"decision is entry {decided.index} of the ledger")
    return 0
