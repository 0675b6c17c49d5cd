"""govgate digest: the name of a table's rows, and of its bytes."""

import argparse
from pathlib import Path
from typing import Any


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "name the rows of a table, whatever their order and the file's format"
    parser = verbs.add_parser("digest", help=what, description=what)
    parser.add_argument("table", metavar="TABLE", type=Path, help="a .parquet or .csv file")
    parser.add_argument("--json", action="store_true", help="print the whole record as JSON")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print both digests, and how much was looked at.

    Returns:
        0.
    """
    from govgate.cli.show import print_json, print_rows, working
    from govgate.project import digest_of_data, digest_of_table

    with working("reading"):
        data, file = digest_of_data(chosen.table), digest_of_table(chosen.table)
    found = {"rows": data.digest, "bytes": file, "row count": data.rows, "columns": data.columns}
    if chosen.json:
        print_json({name.replace(" ", "_"): value for name, value in found.items()})
    else:
        print_rows(("", ""), [(name, str(value)) for name, value in found.items()])
    return 0
