"""govgate ledger witness: cosign the ledger, or have others cosign it."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened
from govgate.errors import ProjectError


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    parser = add_verb(words, "witness", "cosign the newest checkpoint, or have witnesses cosign it")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the witness's private key, to cosign"
    )
    parser.add_argument("--ml-dsa", action="store_true", help="the key is an ML-DSA-44 one")
    parser.add_argument("--name", metavar="NAME", help="the witness's name, such as w.example/1")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="what this witness cosigned last"
    )
    parser.add_argument(
        "--url", action="append", default=[], help="a witness to ask; its submission prefix"
    )
    parser.add_argument(
        "--vkey", action="append", default=[], metavar="VKEY", help="a trusted witness's key"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Be a witness, with --key and --name; or ask witnesses, with --url and --vkey.

    Returns:
        0 it is cosigned; anything else leaves through `LedgerError` or `AuthorityError`.

    Raises:
        ProjectError: It is neither, or both.
    """
    from govgate.cli.show import console, print_json
    from govgate.ledger.cosign import witness_vkey
    from govgate.project.witnessing import as_utc, ask_witnesses, witness_ledger

    own = bool(chosen.key and chosen.name) and not (chosen.url or chosen.vkey)
    asking = bool(chosen.vkey) and not (chosen.key or chosen.name or chosen.state)
    if own == asking:
        msg = "name the witness with --key and --name, or those to ask with --url and --vkey"
        raise ProjectError(msg)
    project = opened(chosen)
    if own:
        checkpoint, one = witness_ledger(
            project, chosen.key, chosen.name, chosen.state, mldsa=chosen.ml_dsa
        )
        found = [one]
    else:
        checkpoint, found = ask_witnesses(project, chosen.url, chosen.vkey)
    said = [
        {
            "witness": c.key.name,
            "vkey": witness_vkey(c.key.name, c.key.public),
            "at": as_utc(c.time_s).isoformat(),
        }
        for c in found
    ]
    if chosen.json:
        print_json({"size": checkpoint.size, "cosignatures": said})
        return 0
    out = console()
    for one_said in said:
        out.print("size {} cosigned by {witness} at {at}".format(checkpoint.size, **one_said))
        out.print("  for trust.witnesses: {vkey}".format(**one_said))
    if not said:
        out.print(f"size {checkpoint.size} is cosigned by none of these witnesses yet")
    return 0
