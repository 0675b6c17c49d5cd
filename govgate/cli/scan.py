"""govgate scan: which columns of a table hold personal identifiers."""

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb

if TYPE_CHECKING:
    from govgate.identifiers import ColumnIdentifiers


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = add_verb(verbs, "scan", "say which columns of a table hold personal identifiers")
    parser.add_argument("table", metavar="TABLE", help="a .parquet or .csv file")
    parser.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="CODE",
        help="country whose telephone numbers have no +, such as DE; may be repeated; default US",
    )
    parser.add_argument(
        "--kind", action="append", default=[], metavar="KIND", help="look for this kind alone"
    )
    parser.add_argument("--ner", metavar="MODEL", help="spaCy model, to find names in sentences")
    parser.add_argument("--language", default="en", metavar="CODE", help="of the texts, for --ner")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Look at every column; print kinds and counts, and no value.

    Returns:
        0 nothing was found, 10 something was found or is suspected.
    """
    from govgate.cli.show import print_json, print_rows, working
    from govgate.errors import DeniedError
    from govgate.identifiers import IdentifierOptions
    from govgate.project.scanning import scan_names, scan_table

    options = IdentifierOptions(
        regions=tuple(region.upper() for region in chosen.region) or ("US",),
        kinds=tuple(chosen.kind),
    )
    with working("looking"):
        columns = scan_table(chosen.table, options)
        names = scan_names(chosen.table, chosen.ner, chosen.language) if chosen.ner else {}
    if chosen.json:
        shown = [column.model_dump(mode="json") for column in columns.values()]
        print_json({"columns": shown, "mentions": {name: {**each} for name, each in names.items()}})
    else:
        print_rows(("column", "answer", "kind", "rows", "why"), [*_rows(columns), *_names(names)])
    found = names or any(column.decision != "none" for column in columns.values())
    return DeniedError.exit_code if found else 0


def _rows(columns: "Mapping[str, ColumnIdentifiers]") -> Iterator[tuple[str, ...]]:
    for name, column in columns.items():
        found = [one for one in column.found if one.decision != "none"]
        for one in found:
            yield name, one.decision, one.kind, str(one.rows), one.why
        if not found:
            yield name, column.decision, "", "", column.why


def _names(names: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for name, kinds in names.items():
        for kind, count in kinds.items():
            yield name, "suspected", kind, "", f"{count} mentions in texts, as the model reads them"
