"""govgate ledger: the words about the audit trail."""

import importlib
from typing import Any

_WORDS = (
    "ledger_create",
    "ledger_verify",
    "ledger_prove",
    "ledger_doctor",
    "ledger_flush",
    "ledger_gc",
    "ledger_witness",
    "ledger_timestamp",
)
"""Modules of this room, one for each word; each has `add_to(words)` and `run(chosen)`."""


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("ledger", help="check the audit trail")
    words = parser.add_subparsers(metavar="WORD", required=True)
    for module in _WORDS:
        importlib.import_module(f"govgate.cli.{module}").add_to(words)
