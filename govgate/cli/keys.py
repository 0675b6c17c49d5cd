"""govgate keys: replace the gate's or the log's key, end a lost one, see which counts where."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("keys", help="replace, revoke and list keys")
    words = parser.add_subparsers(metavar="WORD", required=True)
    what = "list every key that counts or counted, and where"
    add_verb(words, "list", what).set_defaults(run=run_list)
    rotate = add_verb(words, "rotate", "replace a key by a new one, which both keys sign")
    whose = "the key that signs checkpoints, in place of the gate's"
    rotate.add_argument("--log", action="store_true", help=whose)
    rotate.add_argument("--new", required=True, metavar="KEY", help="the new private key")
    rotate.add_argument("--reason", default="rotation", help="why, for the auditor")
    rotate.set_defaults(run=run_rotate)
    revoke = add_verb(words, "revoke", "let a key count no more; a person with role key-admin may")
    revoke.add_argument(
        "keyid", metavar="KEYID", help="as `govgate keys list` or `ledger verify` shows it"
    )
    revoke.add_argument("--as", dest="person", required=True, metavar="PERSON")
    revoke.add_argument("--key", type=Path, required=True, help="your Ed25519 private key file")
    revoke.add_argument("--reason", required=True, help="why, for the auditor")
    since = "first entry that somebody else may have signed"
    revoke.add_argument("--compromised-since", type=int, metavar="INDEX", help=since)
    revoke.set_defaults(run=run_revoke)


def run_list(chosen: argparse.Namespace) -> int:
    """Print the keys.

    Returns:
        0.
    """
    from govgate.cli.show import console, print_json
    from govgate.ledger import write_trust

    trust = opened(chosen).book.trust
    if chosen.json:
        import json

        file = json.loads(write_trust(trust))
        print_json({"log_vkeys": file["log_vkeys"], "signers": file["signers"]})
        return 0
    for line in trust.log_vkeys:
        console().print(f"{line}  log", soft_wrap=True)
    for name, signer in sorted(trust.signers.items(), key=lambda item: item[1].name):
        end = signer.revoked_at_index
        span = f"from {signer.valid_from_index}" + ("" if end is None else f" to before {end}")
        console().print(f"{name}  {signer.kind} {signer.name}, {span}", soft_wrap=True)
    return 0


def run_rotate(chosen: argparse.Namespace) -> int:
    """Append the rotation, and publish it.

    Returns:
        0 a new gate key counts from here on; a new log key once govgate.yaml names it.
    """
    from govgate.project import rotate_gate_key, rotate_log_key

    rotate = rotate_log_key if chosen.log else rotate_gate_key
    index = rotate(opened(chosen), chosen.new, chosen.reason)
    if not chosen.log:
        return _said(chosen, index)
    step = f"add {chosen.new} to keys.log, and its public half to trust.log, in govgate.yaml"
    return _said(chosen, index, f"recorded as entry {index} of the ledger; now {step}")


def run_revoke(chosen: argparse.Namespace) -> int:
    """Append the revocation, and publish it.

    Returns:
        0 the key counts no more from here on.
    """
    from govgate.project import revoke_key

    project = opened(chosen)
    why = (chosen.reason, chosen.compromised_since)
    return _said(chosen, revoke_key(project, chosen.keyid, chosen.person, chosen.key, *why))


def _said(chosen: argparse.Namespace, index: int, words: str = "") -> int:
    from govgate.cli.show import console, print_json

    if chosen.json:
        print_json({"index": index})
    else:
        holds = f"recorded as entry {index} of the ledger; it holds from there on"
        console().print(words or holds, soft_wrap=True)
    return 0
