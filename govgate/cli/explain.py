"""govgate explain: why was I refused, and what would pass."""

import argparse
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_plots, add_verb, opened, quarantine_of

if TYPE_CHECKING:
    from govgate.records import Decision


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "say why a model was refused, and what would pass"
    parser = add_verb(verbs, "explain", what, model=True)
    add_plots(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Judge what the ledger holds now; print each failure with its picture and its remedy.

    Returns:
        0, whatever the decision: explaining it is what was asked.
    """
    from govgate.cli.drawing import print_pictures
    from govgate.cli.show import console, print_decision, print_json

    project = opened(chosen)
    decision = project.judge(project.latest(chosen.model).decision.request)
    stopped = quarantine_of(project, decision.request)
    if chosen.json:
        print_json({**_explained(decision), "quarantine": stopped or None})
        return 0
    print_decision(decision, failures_only=True)
    wanted = {v.gate for v in decision.verdicts if chosen.plots or v.outcome != "passed"}
    drawn = project.pictures(decision) if wanted else {}
    print_pictures({gate: seen for gate, seen in drawn.items() if gate in wanted})
    for line in _lines(decision, stopped):
        console().print(line)
    return 0


def _lines(decision: "Decision", stopped: str) -> list[str]:
    if decision.allowed:
        return [f"but {stopped}" if stopped else "nothing blocks it"]
    by_step: dict[tuple[str, str], list[str]] = {}
    for item in _explained(decision)["failures"]:
        by_step.setdefault((item["gate"], item["next_step"]), []).append(item["passes_when"])
    lines = ["", "what would pass:"]
    for (gate, step), wanted in by_step.items():
        lines += [f"  {gate}: {line}" for line in wanted]
        lines.append(f"    next step: {step}")
    return [*lines, stopped] if stopped else lines


def _explained(decision: "Decision") -> dict[str, Any]:
    from govgate.engine import failures

    return {
        "subject": decision.request.subject.model_dump(mode="json"),
        "allowed": decision.allowed,
        "pending": decision.pending,
        "failures": [
            {
                "gate": verdict.gate,
                "outcome": str(verdict.outcome),
                "blocks": verdict.blocks,
                "about": finding.about,
                "answer": str(finding.answer),
                "passes_when": f"{finding.about} {_end(finding)}is {finding.limit}",
                "next_step": finding.remedy or "see `govgate gates show " + verdict.gate + "`",
            }
            for verdict, finding in failures(decision)
        ],
    }


def _end(finding: Any) -> str:
    if finding.interval is None:
        return ""
    end = "lower" if finding.limit.kind == "at_least" else "upper"
    return f"({end} end of its interval) "
