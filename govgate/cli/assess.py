"""govgate assess: measure, record the evidence, judge, record the decision."""

import argparse
from typing import Any

from govgate.cli.asking import add_plots, add_request, add_verb, asked, opened, quarantine_of


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "measure, judge, and record both in the ledger"
    parser = add_verb(verbs, "assess", what, model=True)
    add_request(parser)
    add_plots(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Record the evidence first, then the decision it leads to.

    Returns:
        0 allowed, 10 denied or still to be signed off.
    """
    from govgate.cli.drawing import print_pictures
    from govgate.cli.show import console, print_decision, print_json
    from govgate.errors import DeniedError

    project = opened(chosen)
    request, evidence = asked(chosen, project)
    project.record(evidence)
    decided = project.decide(request)
    if chosen.json:
        print_json(decided.decision.model_dump(mode="json"))
    else:
        print_decision(decided.decision)
        if chosen.plots:
            print_pictures(project.pictures(decided.decision))
        console().print(f"recorded as entry {decided.index} of the ledger")
        if stopped := quarantine_of(project, request):
            console().print(stopped)
    return 0 if decided.decision.allowed else DeniedError.exit_code
