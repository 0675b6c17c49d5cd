"""govgate waive: let a failed gate pass for a while, by someone whom the policy names."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "let one failed gate pass for these very bytes, for a while; hides no finding"
    parser = add_verb(verbs, "waive", what, model=True)
    parser.add_argument("--gate", required=True)
    parser.add_argument("--as", dest="person", required=True, metavar="PERSON")
    parser.add_argument("--key", type=Path, required=True, help="your Ed25519 private key file")
    parser.add_argument("--reason", required=True, help="why, for the auditor")
    parser.add_argument("--days", type=int, required=True, help="how long it holds")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Sign the waiver and record it.

    Returns:
        0 granted, 11 when this person may not.

    Raises:
        AuthorityError: The waiver would have no end, or no reason.
    """
    from pydantic import ValidationError

    from govgate.cli.show import console, print_json
    from govgate.errors import AuthorityError
    from govgate.records import Waiver

    project = opened(chosen)
    now = project.now()
    try:
        waiver = Waiver(
            subject_content=project.latest(chosen.model).decision.request.subject.content,
            gate=chosen.gate,
            reason=chosen.reason,
            granted_by=chosen.person,
            granted_at=now,
            expires_at=now + timedelta(days=chosen.days),
        )
    except (ValidationError, OverflowError) as why:
        said = why.errors()[0]["msg"] if isinstance(why, ValidationError) else why
        msg = f"no such waiver can be granted: {said}; give a reason and a number of days"
        raise AuthorityError(msg) from why
    index = project.waive(chosen.model, waiver, chosen.key)
    if chosen.json:
        print_json(waiver.model_dump(mode="json"))
    else:
        until = f"until {waiver.expires_at:%Y-%m-%d %H:%M} UTC"
        console().print(f"{chosen.gate} is waived {until}; entry {index} of the ledger")
    return 0
