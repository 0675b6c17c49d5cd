"""govgate adopt: answer for what was in production before govgate came."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "let versions older than the policy's date stay at their aliases, for some days"
    parser = add_verb(verbs, "adopt", what)
    parser.add_argument("--model", default="*", metavar="GLOB", help="models, such as credit-*")
    parser.add_argument("--as", dest="person", required=True, metavar="PERSON")
    parser.add_argument("--key", type=Path, required=True, help="your Ed25519 private key file")
    parser.add_argument("--days", type=int, required=True, help="how long it holds")
    parser.add_argument("--reason", required=True, help="why, for the auditor")
    parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Adopt, and show what was adopted and what was not.

    Returns:
        0 when all that is governed was adopted, 10 when some was not, 11 when this person
        may not.
    """
    from govgate.cli.show import console, print_json
    from govgate.errors import DeniedError
    from govgate.project import Adopter, adopt

    project = opened(chosen)
    by = Adopter(chosen.person, chosen.key, chosen.days, chosen.reason)
    seen = adopt(project, chosen.model, by, dry_run=chosen.dry_run)
    if chosen.json:
        rows = [
            {
                "model": one.version.name,
                "version": one.version.version,
                "aliases": list(one.aliases),
                "why_not": one.why_not,
            }
            for one in seen
        ]
        print_json({"dry_run": chosen.dry_run, "versions": rows})
    else:
        verb = "would adopt" if chosen.dry_run else "adopted"
        for one in seen:
            name = f"models:/{one.version.name}/{one.version.version}"
            at = ", ".join(one.aliases)
            said = f"not adopted: {one.why_not}" if one.why_not else verb
            console().print(f"{name} ({at}): {said}")
        console().print(f"{sum(not one.why_not for one in seen)} of {len(seen)} versions")
    return DeniedError.exit_code if any(one.why_not for one in seen) else 0
