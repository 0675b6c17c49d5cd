"""govgate evidence: the files kept with a model, and what an outsider gets."""

import importlib
from typing import Any

_WORDS = (
    "evidence_add",
    "evidence_draw",
    "evidence_list",
    "evidence_get",
    "evidence_erase",
    "evidence_export",
)
"""Modules of this room, one for each word; each has `add_to(words)` and `run(chosen)`."""


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("evidence", help="keep files with a model; hand evidence over")
    words = parser.add_subparsers(metavar="WORD", required=True)
    for module in _WORDS:
        importlib.import_module(f"govgate.cli.{module}").add_to(words)
