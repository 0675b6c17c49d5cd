"""govgate anonymise: make a table coarser until the policy's gate passes it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb, opened
from govgate.errors import ProjectError

if TYPE_CHECKING:
    from govgate.project.anonymising import Report


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "generalise, leave out and pseudonymise until gate anonymisation passes"
    parser = add_verb(verbs, "anonymise", what)
    parser.add_argument("table", type=Path, metavar="TABLE", help="a .parquet or .csv file")
    parser.add_argument("--output", type=Path, metavar="FILE", help="new .parquet or .csv file")
    parser.add_argument("--report", type=Path, metavar="FILE", help="new file for the report")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    how = "YAML file that says how columns are generalised"
    parser.add_argument("--hierarchies", type=Path, metavar="FILE", help=how)
    most = "share of the rows that may be left out; default: 0.05"
    parser.add_argument("--max-suppressed", type=float, default=0.05, metavar="SHARE", help=most)
    drop = "column that is not released; may be given again"
    parser.add_argument("--drop", action="append", default=[], metavar="COLUMN", help=drop)
    key = "name of the key for pseudonyms; made when there is none; default: release"
    parser.add_argument("--pseudonym-key", default="release", metavar="NAME", help=key)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Propose, and write what the gate passed.

    Returns:
        0 it was written, or can be.

    Raises:
        ProjectError: Nothing says where to write.
    """
    from govgate.cli.show import working
    from govgate.project.anonymising import Anonymising, Wish
    from govgate.project.proving import write_new

    if (chosen.output is None) != chosen.dry_run:
        msg = "--output and --dry-run do not go together; give one of them"
        raise ProjectError(msg)
    wish = Wish(
        chosen.hierarchies,
        chosen.drop,
        chosen.max_suppressed,
        chosen.pseudonym_key,
    )
    with working("looking for the least that has to be given up"):
        work = Anonymising(opened(chosen), chosen.table, wish)
        report = work.propose() if chosen.dry_run else work.release(chosen.output)
    if chosen.report:
        write_new(chosen.report, report.model_dump_json(indent=2).encode() + b"\n")
    _say(chosen, report)
    return 0


def _say(chosen: argparse.Namespace, report: "Report") -> None:
    from govgate.cli.show import console, print_json, print_rows, seen

    if chosen.json:
        print_json(report.model_dump(mode="json"))
        return
    rows = [(n, c.how, f"{c.loss:.1%}") for n, c in report.columns.items()]
    rows += [(name, "keyed pseudonyms", "") for name in report.pseudonyms]
    rows += [(name, "dropped", "") for name in report.dropped]
    print_rows(("column", "written", "lost"), rows)
    out = console()
    share = report.suppressed / report.rows
    out.print(f"{report.suppressed:,} of {report.rows:,} rows left out ({share:.2%})")
    out.print(f"information lost: NCP {report.ncp:.4f}, discernibility {report.discernibility:,}")
    if report.release is None:
        out.print("nothing was written; --output FILE writes it once the gate has passed it")
        return
    held = [(f.about, seen(f), str(f.limit), f.answer) for f in report.findings]
    print_rows(("looked at", "seen", "must be", "answer"), held)
    out.print(f"wrote {chosen.output}, {report.release}")
