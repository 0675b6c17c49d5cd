"""Choose a verb, run it, turn errors into exit codes."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from govgate.errors import DeniedError, GovgateError

_VERBS = (
    "init",
    "check",
    "assess",
    "explain",
    "lineage",
    "sign",
    "waive",
    "promote",
    "revoke",
    "release",
    "adopt",
    "verify",
    "audit",
    "ledger",
    "keys",
    "trust",
    "evidence",
    "digest",
    "profile",
    "model",
    "gates",
    "policy",
    "selftest",
    "server",
    "doctor",
    "demo",
)

_SHOWN = 50
"""So many problems are shown to people: nobody reads more, and the first would scroll away."""

_INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of every verb; imports nothing heavy."""
    parser = argparse.ArgumentParser(
        prog="govgate",
        description="Admission control for models: judge, refuse, sign, promote, prove.",
        epilog="Exit codes: 0 allowed, 2 usage or policy, 3 evidence, 10 denied, 11 authority, "
        "20 ledger, 21 store.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name in _VERBS:
        importlib.import_module(f"govgate.cli.{name}").add_to(verbs)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        argv: Words after "govgate"; the process's own when None.

    Returns:
        The exit code, as in docs/reference/exit-codes.md.
    """
    chosen = build_parser().parse_args(argv)
    try:
        code: int = chosen.run(chosen)
    except GovgateError as why:
        _say(why, as_json=getattr(chosen, "json", False))
        return why.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("govgate: interrupted", file=sys.stderr)
        return _INTERRUPTED
    return code


def _say(why: GovgateError, *, as_json: bool) -> None:
    problems: list[str] = getattr(why, "__notes__", [])
    if as_json:
        said: dict[str, Any] = {
            "error": type(why).__name__,
            "message": str(why.args[0] if why.args else why),
        }
        said |= {"reason": why.reason} if isinstance(why, DeniedError) else {}
        said |= {"problems": problems} if problems else {}
        print(json.dumps(said, indent=2))
    print(f"govgate: {why.args[0] if why.args else why}", file=sys.stderr)
    for problem in problems[:_SHOWN]:
        print(f"  {problem}", file=sys.stderr)
    if len(problems) > _SHOWN:
        print(f"  and {len(problems) - _SHOWN} more; --json names them all", file=sys.stderr)
