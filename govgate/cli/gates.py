"""govgate gates list | show: what can be demanded."""

import argparse
import ast
import inspect
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb

if TYPE_CHECKING:
    from govgate.gate import Bounds


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("gates", help="list the gates, or show one with its bounds")
    words = parser.add_subparsers(metavar="WORD", required=True)
    add_verb(words, "list", "list the installed gates").set_defaults(run=run_list)
    one = add_verb(words, "show", "show one gate and its bounds")
    one.add_argument("gate", metavar="GATE")
    one.set_defaults(run=run_show)


def run_list(chosen: argparse.Namespace) -> int:
    """Print every installed gate.

    Returns:
        0.
    """
    from govgate.cli.show import print_json, print_rows
    from govgate.gates import find_gate, gate_names

    found = [(name, find_gate(name)) for name in gate_names()]
    rows = [(n, i.gate.title, i.gate.body_type.KIND, i.made_by) for n, i in found]
    head = ("gate", "says", "shown", "from")
    if chosen.json:
        print_json([dict(zip(head, row, strict=True)) for row in rows])
    else:
        print_rows(head, rows)
    return 0


def run_show(chosen: argparse.Namespace) -> int:
    """Print one gate's bounds, with defaults and meanings.

    Returns:
        0.
    """
    from govgate.cli.show import console, print_json, print_rows
    from govgate.gates import find_gate

    installed = find_gate(chosen.gate)
    bounds, gate = _told(installed.gate.bounds_type), installed.gate
    if chosen.json:
        print_json({"gate": gate.name, "title": gate.title, "bounds": bounds.model_json_schema()})
        return 0
    console().print(f"{gate.name}: {gate.title}; shown {gate.body_type.KIND} ({installed.made_by})")
    rows = [
        (name, _default(field), field.description or "")
        for name, field in bounds.model_fields.items()
    ]
    print_rows(("bound", "default", "meaning"), rows)
    return 0


def _told(bounds: "type[Bounds]") -> "type[Bounds]":
    """Give each bound the string under it; read only here, for it costs as much as a gate does."""
    body = ast.parse(textwrap.dedent(inspect.getsource(bounds))).body[0]
    lines = body.body if isinstance(body, ast.ClassDef) else []
    for bound, line in pairwise(lines):
        if isinstance(bound, ast.AnnAssign) and isinstance(bound.target, ast.Name):
            said = line.value if isinstance(line, ast.Expr) else None
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                bounds.model_fields[bound.target.id].description = inspect.cleandoc(said.value)
    bounds.model_rebuild(force=True)
    return bounds


def _default(field: Any) -> str:
    return "required" if field.is_required() else str(field.get_default(call_default_factory=True))
