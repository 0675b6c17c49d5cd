"""govgate audit: hold what the world shows against what the ledger holds."""

import importlib
from typing import Any

_WORDS = ("audit_registry",)
"""Modules of this room, one for each word; each has `add_to(words)` and `run(chosen)`."""


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("audit", help="hold what others keep against the ledger")
    words = parser.add_subparsers(metavar="WORD", required=True)
    for module in _WORDS:
        importlib.import_module(f"govgate.cli.{module}").add_to(words)
