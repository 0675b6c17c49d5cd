"""govgate verify: make the decision again from the ledger, and compare."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "check the ledger, then make a model's decision again from it"
    add_verb(verbs, "verify", what, model=True).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Verify the whole log, then recheck the latest decision about the model.

    Returns:
        0 it all holds; tampering leaves through `TamperedError`.
    """
    from govgate.cli.show import console, print_json, working

    project = opened(chosen)
    with working("verifying"):
        report = project.verify_ledger()
        decided = project.recheck(chosen.model)
    decision = decided.decision
    if chosen.json:
        print_json({"size": report.size, "index": decided.index, "decision": decision.digest})
        return 0
    out = console()
    out.print(f"ledger {report.origin}: {report.size} entries, every tile and signature checked")
    answer = "allowed" if decision.allowed else "denied"
    shown = len(decision.considered) + len(decision.sign_offs)
    out.print(f"entry {decided.index}: {decision.request.subject.name} {answer}; judged again on")
    out.print(f"the {shown} entries it rests on, with the same answer to the byte")
    return 0
