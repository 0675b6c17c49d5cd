"""govgate ledger verify: check the whole audit trail, offline."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb, opened
from govgate.errors import ProjectError

if TYPE_CHECKING:
    from govgate.project import Project


def add_to(words: Any) -> None:
    """Add this word to `govgate ledger`."""
    what = "check every entry, tile, signature and checkpoint, offline"
    parser = add_verb(words, "verify", what)
    full = "check again the signatures that were checked here before"
    parser.add_argument("--full", action="store_true", help=full)
    tags = "hold the registry's tags against the ledger too"
    parser.add_argument("--registry", action="store_true", help=tags)
    shared = "how many share the work; default: one for each processor"
    parser.add_argument("--processes", type=int, metavar="N", help=shared)
    proof = "check this .tlog-proof instead; needs --entry, and no ledger"
    parser.add_argument("--proof", type=Path, metavar="FILE", help=proof)
    entry = "the entry's exact bytes, as `govgate ledger prove` writes them"
    parser.add_argument("--entry", type=Path, metavar="FILE", help=entry)
    trust = "an auditor's trust file; needs --folder, and no project"
    parser.add_argument("--trust", type=Path, metavar="FILE", help=trust)
    folder = "the ledger, or a copy of it, to verify with --trust"
    parser.add_argument("--folder", type=Path, metavar="LEDGER", help=folder)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Verify the log against the trusted keys and the last head seen.

    Returns:
        0 it holds; anything else leaves through `LedgerError`.

    Raises:
        ProjectError: A proof was named without its entry, or the other way round.
    """
    from govgate.cli.audited import print_report, said_of
    from govgate.cli.show import console, counting, print_json
    from govgate.ledger import raise_first

    if (chosen.trust is None) != (chosen.folder is None):
        msg = "--trust and --folder go together; `govgate trust export` writes the trust file"
        raise ProjectError(msg)
    if chosen.trust is not None:
        return _outside(chosen)
    project = opened(chosen)
    if (chosen.proof is None) != (chosen.entry is None):
        msg = "--proof and --entry go together; `govgate ledger prove` writes both"
        raise ProjectError(msg)
    if chosen.proof is not None:
        return _prove(chosen, project)
    processes = chosen.processes or os.cpu_count() or 1
    with counting("verifying the ledger") as progress:
        report = project.verify_ledger(progress, full=chosen.full, processes=processes)
    lost = project.kept.lost(report.unerased)
    checked = project.cross_check() if chosen.registry and report.size else None
    if chosen.json:
        tags = {"versions": checked.versions, "compared": checked.compared} if checked else None
        print_json(said_of(report) | {"lost": lost} | ({"registry": tags} if tags else {}))
    else:
        print_report(report, checked)
        for digest in lost:
            step = "restore its key; `govgate doctor` says more"
            console().print(f"{'lost':<12}{digest} was not erased and cannot be read; {step}")
    raise_first(checked.problems if checked else ())
    if not chosen.json:
        holds = "every entry, tile, signature and checkpoint holds"
        nothing = "nothing is published yet; `govgate assess` records the first decision"
        console().print(holds if report.size else nothing)
    return 0


def _outside(chosen: argparse.Namespace) -> int:
    from govgate.cli.audited import print_report, said_of
    from govgate.cli.show import console, print_json, working
    from govgate.project import verify_outside

    with working("verifying the ledger"):
        report = verify_outside(chosen.folder, chosen.trust)
    if chosen.json:
        print_json(said_of(report))
    else:
        print_report(report, None)
        console().print("it all holds, by the keys of the trust file")
    return 0


def _prove(chosen: argparse.Namespace, project: "Project") -> int:
    from govgate.cli.show import console, print_json

    checkpoint = project.check_proof(chosen.proof, chosen.entry)
    if chosen.json:
        print_json({"origin": checkpoint.origin, "size": checkpoint.size})
    else:
        console().print(f"the entry is in {checkpoint.origin}, among its first {checkpoint.size}")
    return 0
