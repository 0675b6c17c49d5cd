"""govgate check: judge now, record nothing."""

import argparse
from typing import Any

from govgate.cli.asking import add_plots, add_request, add_verb, asked, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = add_verb(verbs, "check", "judge now, record nothing", model=True)
    add_request(parser)
    add_plots(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Judge the evidence given and the evidence in the ledger.

    Returns:
        0 allowed, 10 denied.
    """
    from govgate.cli.drawing import print_pictures
    from govgate.cli.show import print_decision, print_json
    from govgate.errors import DeniedError

    project = opened(chosen)
    request, evidence = asked(chosen, project)
    decision = project.judge(request, evidence)
    if chosen.json:
        print_json(decision.model_dump(mode="json"))
    else:
        print_decision(decision)
        if chosen.plots:
            print_pictures(project.pictures(decision, evidence))
    return 0 if decision.allowed else DeniedError.exit_code
