"""govgate audit registry: find what moved past the server."""

import argparse
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb, opened
from govgate.errors import DeniedError

if TYPE_CHECKING:
    from govgate.project import Drift, Reconciled, StandingAdoption


def add_to(words: Any) -> None:
    """Add this word to `govgate audit`."""
    what = "hold every alias, stage, tag and promotion of the registry against the ledger"
    verb = add_verb(words, "registry", what)
    verb.add_argument(
        "--all-copies",
        action="store_true",
        help="hash the sealed bytes of every version in full, not only of those at an alias",
    )
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Verify the ledger, then compare the registry with it.

    Returns:
        0 they agree, 10 they do not; a ledger that does not hold leaves through `LedgerError`.
    """
    from dataclasses import asdict

    from govgate.cli.show import print_json, working

    project = opened(chosen)
    with working("comparing the registry with the ledger"):
        found = project.audit_registry(all_copies=chosen.all_copies)
    if chosen.json:
        standing = [{**asdict(a), "expires_at": f"{a.expires_at:%FT%TZ}"} for a in found.adopted]
        print_json({**asdict(found), "adopted": standing})
    else:
        _print(found)
    return DeniedError.exit_code if found.drift else 0


def _print(found: "Reconciled") -> None:
    from govgate.cli.show import console, print_rows

    out = console()
    counted = f"{found.versions} versions, {found.places} governed aliases and stages, "
    counted += f"{found.promotions} promotions in force, {found.copies} sealed copies hashed"
    out.print(counted)
    if found.adopted:
        out.print("adopted, on a person's word:")
        columns = ("about", "at", "by", "until", "holds")
        print_rows(columns, [_adopted(one) for one in found.adopted])
    if found.audited:
        out.print("let through, as the policy only audits these models:")
        _print_drift(found.audited)
    if found.drift:
        out.print("went past the server:")
        _print_drift(found.drift)
    else:
        out.print("the registry shows what the ledger bears out, and nothing else")


def _adopted(one: "StandingAdoption") -> tuple[str, ...]:
    until = f"{one.expires_at:%Y-%m-%d %H:%M}"
    return one.about, ", ".join(one.aliases), one.adopted_by, until, one.why_not or "yes"


def _print_drift(rows: "tuple[Drift, ...]") -> None:
    from govgate.cli.show import print_rows

    print_rows(("about", "reason", "said"), [(d.about, d.reason, d.said) for d in rows])
