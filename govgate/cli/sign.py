"""govgate sign: say yes or no to exactly what was judged, with your own key."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "sign off a model, or reject it, with your own key"
    parser = add_verb(verbs, "sign", what, model=True)
    parser.add_argument("--as", dest="person", required=True, metavar="PERSON")
    parser.add_argument("--role", required=True, help="the role you sign in")
    parser.add_argument("--key", type=Path, required=True, help="your Ed25519 private key file")
    parser.add_argument("--reject", action="store_true", help="say no instead of yes")
    parser.add_argument("--yes", action="store_true", help="do not ask again")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Show the sentence, ask, sign, and record.

    Returns:
        0 signed, 11 when this person may not, or did not want to.

    Raises:
        AuthorityError: The person did not confirm.
    """
    import sys

    from govgate.cli.show import console, print_json
    from govgate.errors import AuthorityError
    from govgate.records import Meaning

    project = opened(chosen)
    meaning = Meaning.REJECTION if chosen.reject else Meaning.APPROVAL
    draft = project.draft_sign_off(chosen.model, chosen.person, chosen.role, meaning)
    console(sys.stderr).print(f"you sign: {draft.sentence}")
    if not chosen.yes and (not sys.stdin.isatty() or input("sign? [yes/no] ") != "yes"):
        msg = "not signed: answer yes, or pass --yes where nobody can be asked"
        raise AuthorityError(msg)
    index = project.sign(chosen.model, draft, chosen.key)
    if chosen.json:
        print_json(draft.model_dump(mode="json"))
    else:
        console().print(f"{chosen.person} signed as {chosen.role}; entry {index} of the ledger")
    return 0
