"""What revoke and release share."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from govgate.cli.asking import opened
from govgate.errors import ProjectError

if TYPE_CHECKING:
    from govgate.project import Orderer
    from govgate.records import RevocationAction


def add_order(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add who orders it, and why."""
    parser.add_argument("--reason", required=True, help="why, for everybody who is refused")
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who orders it")
    parser.add_argument("--key", type=Path, help="that person's Ed25519 private key file")
    return parser


def give(chosen: argparse.Namespace, action: "RevocationAction", *, roll_back: bool = False) -> int:
    """Give an order, and say what came of it.

    Args:
        chosen: The words of the command line.
        action: Revoke or release.
        roll_back: Whether to point the aliases to an older version.

    Returns:
        0 when it is in the ledger: it is in force then.
    """
    from govgate.cli.show import console, print_json
    from govgate.project import order
    from govgate.project import roll_back as back

    project = opened(chosen)
    done = order(project, chosen.model, action, chosen.reason, _by(chosen))
    moved = back(project, done.version) if roll_back else {}
    if chosen.json:
        print_json({"index": done.index, "refused": done.refused, "moved": moved})
        return 0
    name = f"models:/{done.version.name}/{done.version.version}"
    said = {"revoke": "is in quarantine", "release": "is released, and needs a new decision"}
    console().print(f"{name} {said[action]}; entry {done.index} of the ledger")
    for alias in done.version.aliases if roll_back else ():
        at = f"is now version {moved[alias]}" if alias in moved else "has no older allowed version"
        console().print(f"@{alias} {at}")
    if done.refused:
        console().print(f"the registry does not show it: {done.refused}")
    return 0


def _by(chosen: argparse.Namespace) -> "Orderer | None":
    """Read who orders it; nobody is the gate runner, with its own key.

    Raises:
        ProjectError: A person without a key, or a key without a person.
    """
    from govgate.project import Orderer

    if (chosen.person is None) != (chosen.key is None):
        msg = "--as and --key go together; give both, or neither to revoke with the gate key"
        raise ProjectError(msg)
    return Orderer(chosen.person, chosen.key) if chosen.person else None
