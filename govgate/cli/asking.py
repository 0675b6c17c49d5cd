"""The words that several verbs share, and what they stand for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govgate.errors import EvidenceError

if TYPE_CHECKING:
    from govgate.project import Project
    from govgate.records import Evidence, Request

MODEL_HELP = "models:/NAME/VERSION, models:/NAME@ALIAS, or a model folder"


def add_verb(verbs: Any, name: str, what: str, *, model: bool = False) -> argparse.ArgumentParser:
    """Add a verb with --project and --json, and MODEL where it is about one.

    Args:
        verbs: The subparsers of `main`.
        name: The verb.
        what: One line for --help.
        model: Whether the verb takes a model.
    """
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=what, description=what)
    if model:
        parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)
    parser.add_argument("--project", type=Path, metavar="FOLDER", help="folder of govgate.yaml")
    parser.add_argument("--json", action="store_true", help="print the whole record as JSON")
    return parser


def add_request(parser: argparse.ArgumentParser) -> None:
    """Add what is asked and what it is judged on."""
    parser.add_argument("--trained-by", metavar="PERSON", help="who trained it; never a signer")
    parser.add_argument(
        "--alias", action="append", default=[], metavar="NAME", help="alias it may carry"
    )
    add_inputs(parser)
    parser.add_argument(
        "--evidence",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="evidence measured elsewhere, as JSON",
    )


def add_plots(parser: argparse.ArgumentParser) -> None:
    """Add whether pictures are drawn."""
    parser.add_argument("--plots", action="store_true", help="draw what every gate was shown")


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the tables that are handed over."""
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="table to measure, such as predictions=scores.parquet",
    )


def inputs_of(chosen: argparse.Namespace) -> dict[str, Any]:
    """Give the name of each table that was handed over to its file.

    Raises:
        EvidenceError: An input is not NAME=FILE.
    """
    inputs: dict[str, Any] = {}
    for word in chosen.input:
        name, equals, path = word.partition("=")
        if not (name and equals and path):
            msg = f"--input {word!r} is not NAME=FILE; write predictions=scores.parquet"
            raise EvidenceError(msg)
        inputs[name] = path
    return inputs


def opened(chosen: argparse.Namespace) -> "Project":
    """Open the project that was chosen, or the one around this folder."""
    from govgate.project import open_project

    return open_project(chosen.project)


def quarantine_of(project: "Project", request: "Request") -> str:
    """Say so where a model is in quarantine: whatever is decided, nothing serves it; else ""."""
    from govgate.errors import DeniedError

    try:
        project.require_unstopped(request)
    except DeniedError as why:
        return f"{request.subject.name} is {why.args[0]}"
    return ""


def asked(chosen: argparse.Namespace, project: "Project") -> "tuple[Request, list[Evidence]]":
    """Read what is asked, and collect what was given to measure.

    Raises:
        EvidenceError: An input is not NAME=FILE, or no gate reads it.
    """
    request = project.request(chosen.model, trained_by=chosen.trained_by, aliases=chosen.alias)
    inputs = inputs_of(chosen)
    from govgate.cli.show import working

    with working("measuring"):
        evidence = project.measure(request, inputs)
    return request, [*evidence, *(project.read_evidence(path) for path in chosen.evidence)]
