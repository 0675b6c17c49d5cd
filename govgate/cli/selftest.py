"""govgate selftest: let every gate tell its planted bodies apart."""

import argparse
from typing import Any

from govgate.cli.asking import add_verb


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "show that every gate passes a known-good body and fails a known-bad one"
    add_verb(verbs, "selftest", what).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Judge the planted bodies of every installed gate.

    Returns:
        0 every gate may vote, 2 one may not.
    """
    from govgate.cli.show import print_json, print_rows
    from govgate.errors import PolicyError
    from govgate.gates import gate_names, selftest

    said = {name: selftest(name) for name in gate_names()}
    if chosen.json:
        print_json({name: trouble or "passed" for name, trouble in said.items()})
    else:
        rows = [(n, "failed" if trouble else "passed", trouble) for n, trouble in said.items()]
        print_rows(("gate", "selftest", "trouble"), rows)
    return PolicyError.exit_code if any(said.values()) else 0
