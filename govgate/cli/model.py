"""govgate model: an OpenSSF signature on a model folder, for those without govgate."""

import argparse
from pathlib import Path
from typing import Any


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("model", help="sign and verify a model folder as OpenSSF does")
    words = parser.add_subparsers(metavar="WORD", required=True)
    for word, what, key in (
        ("sign", "sign every file of a model folder", "private key on P-256, as PEM"),
        ("verify", "check a model folder against its signature", "the signer's public key, as PEM"),
    ):
        made = words.add_parser(word, help=what, description=what)
        made.add_argument("folder", type=Path, metavar="FOLDER", help="the model's folder")
        made.add_argument("--key", type=Path, required=True, metavar="FILE", help=key)
        made.add_argument(
            "--signature", type=Path, metavar="FILE", help="default: FOLDER.sig, beside the folder"
        )
        made.add_argument("--json", action="store_true", help="print the digests as JSON")
        made.set_defaults(run=run, word=word)


def run(chosen: argparse.Namespace) -> int:
    """Sign or verify, and print the digests.

    Returns:
        0; what does not hold leaves as an error.
    """
    from govgate.cli.show import console, print_json
    from govgate.project import sign_model, verify_model

    folder = chosen.folder.resolve()
    signature = chosen.signature or folder.with_name(f"{folder.name}.sig")
    work = sign_model if chosen.word == "sign" else verify_model
    done = work(folder, signature, chosen.key)
    if chosen.json:
        print_json({"content": done.content, "signing_root_sha256": done.signing_root})
        return 0
    did = "signed" if chosen.word == "sign" else "verified"
    out = console()
    out.print(f"{did} {len(done.files)} files of {folder.name}: {signature}", soft_wrap=True)
    out.print(f"tree digest   {done.content}", soft_wrap=True)
    out.print(f"signing root  {done.signing_root}", soft_wrap=True)
    return 0
