"""How records look to people: aligned, coloured tables on stderr or stdout."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from govgate.records import Decision, Finding, Verdict

_COLOURS = {
    "passed": "green",
    "within": "green",
    "waived": "yellow",
    "not enough evidence": "yellow",
    "failed": "red",
    "beyond": "red",
}


def console(file: IO[str] | None = None) -> Console:
    """A console that keeps long words whole when it is not a terminal."""
    stream = file or sys.stdout
    width = None if stream.isatty() else 160
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on stderr that something is going on."""
    with console(sys.stderr).status(what):
        yield


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr; gives a function of (done, in all)."""
    out = console(sys.stderr)
    bar = Progress(console=out, transient=True, disable=not out.is_terminal)
    task = bar.add_task(what, total=None)
    with bar:
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_json(value: Any) -> None:
    """Print a document for machines."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_decision(decision: "Decision", *, failures_only: bool = False) -> None:
    """Print a decision as a table: one row a finding, the answer in words and colour."""
    request = decision.request
    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("gate", "verdict", "looked at", "seen", "must be", "answer"):
        table.add_column(name, overflow="fold")
    for verdict in decision.verdicts:
        _rows(table, verdict, failures_only=failures_only)
    out.print(Text(request.subject.name, "bold"), Text(request.subject.content, "dim"))
    out.print(f"policy {decision.policy_name}, trained by {request.trained_by}")
    if table.row_count:
        out.print(table)
    allowed = (
        ("ALLOWED", "bold green")
        if decision.allowed
        else ("PENDING sign-off", "bold yellow")
        if decision.pending
        else ("DENIED", "bold red")
    )
    out.print(Text("decision: "), Text(*allowed), end="")
    out.print(f" until {decision.expires_at:%Y-%m-%d %H:%M} UTC" if decision.allowed else "")


def _rows(table: Table, verdict: "Verdict", *, failures_only: bool) -> None:
    outcome = f"{verdict.outcome}" + (" (warn)" if verdict.severity == "warn" else "")
    shown = [f for f in verdict.findings if not (failures_only and f.satisfied)]
    for number, finding in enumerate(shown):
        table.add_row(
            "" if number else verdict.gate,
            Text("" if number else outcome, _COLOURS[verdict.outcome]),
            finding.about,
            seen(finding),
            str(finding.limit),
            Text(finding.answer, _COLOURS[finding.answer]),
        )


def seen(finding: "Finding") -> str:
    """Say what was observed, with its interval where it has one."""
    if isinstance(finding.observed, str):
        return finding.observed
    if finding.interval is None:
        # A count of people is shown whole, and not as 1.794e+04.
        whole = float(finding.observed).is_integer()
        return f"{finding.observed:.0f}" if whole else f"{finding.observed:.4g}"
    low, high = finding.interval.low, finding.interval.high
    return f"{finding.observed:.3f}  [{low:.3f}, {high:.3f}]"


def print_rows(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print an aligned table; without a line for its head where that says nothing."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(head))
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, _COLOURS.get(cell, "")) for cell in row))
    console().print(table)
