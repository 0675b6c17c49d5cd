"""govgate profile: what a table is like, kept instead of its rows."""

import argparse
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb


def add_to(verbs: Any) -> None:
    """Add this verb to the command line."""
    parser = add_verb(verbs, "profile", "count the columns of a table into a file that has no rows")
    parser.add_argument("--table", required=True, metavar="FILE", help="a parquet or CSV file")
    new = "a new file"
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help=new)
    alone = "count this column alone; may be repeated"
    parser.add_argument("--column", action="append", default=[], metavar="NAME", help=alone)
    out = "leave this column out, such as an identifier; may be repeated"
    parser.add_argument("--exclude", action="append", default=[], metavar="NAME", help=out)
    like = "a profile whose plan is followed, so that the two can be compared or added up"
    parser.add_argument("--like", type=Path, metavar="PROFILE", help=like)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Profile one table.

    Returns:
        0 the file is written.
    """
    from govgate.cli.show import console, print_json, working
    from govgate.project.profiling import options_for, profile_table, write_profile

    options = options_for(chosen.column, chosen.exclude, chosen.like)
    with working("counting"):
        profile = profile_table(chosen.table, options)
        write_profile(profile, chosen.output)
    if chosen.json:
        kinds = {name: column.kind for name, column in profile.plan.columns.items()}
        print_json({"rows": profile.rows, "plan": profile.plan.digest, "columns": kinds})
        return 0
    out = console()
    out.print(f"{chosen.output}: {profile.rows:,} rows in {len(profile.columns)} columns counted")
    out.print(f"plan {profile.plan.digest}")
    out.print("No row is in it; the least and greatest value of each column are, and categories")
    return 0
