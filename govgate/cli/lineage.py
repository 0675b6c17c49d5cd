"""govgate lineage: which run, which data and which entries stand behind a version."""

import argparse
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb, opened

if TYPE_CHECKING:
    from govgate.project import Lineage


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "follow a version back to its run, its data and its ledger entries"
    add_verb(verbs, "lineage", what, model=True).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print what the registry says of a version's origin, and what the ledger holds of its bytes.

    Returns:
        0 all was followed, 3 something could not be, or nothing was decided.
    """
    from dataclasses import asdict

    from govgate.cli.show import print_json, working
    from govgate.errors import EvidenceError
    from govgate.project import trace_lineage

    with working("following"):
        found = trace_lineage(opened(chosen), chosen.model)
    if chosen.json:
        print_json(asdict(found))
    else:
        _print(found)
    return EvidenceError.exit_code if found.gaps else 0


def _print(found: "Lineage") -> None:
    from govgate.cli.show import console, print_rows

    out = console()
    out.print(f"{found.model}  {found.content}")
    out.print("the server says (nobody signed it):")
    rows = [(name, getattr(found, name)) for name in ("source", "run", "user", "commit")]
    print_rows(("", ""), [(f"  {name}", value or "-") for name, value in rows])
    for data in found.data:
        seen = ", ".join(map(str, data.evidence)) or "none"
        out.print(f"  data {data.name} {data.sha256 or data.digest} {data.context}".rstrip())
        out.print(f"    evidence measured on it: entry {seen}")
    out.print("the ledger says (signed):")
    print_rows(
        ("entry", "kind", "by", "at", "about"),
        [(str(e.index), e.kind, e.by, e.at, e.name) for e in found.entries],
    )
    for gap in found.gaps:
        out.print(f"gap: {gap}")
