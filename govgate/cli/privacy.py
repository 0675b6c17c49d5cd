"""govgate privacy: what releases cost the people of a data set, and what is left."""

import argparse
from typing import Any

from govgate.cli.asking import MODEL_HELP, add_verb, opened


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    parser = verbs.add_parser("privacy", help="record and list spends of a privacy budget")
    words = parser.add_subparsers(metavar="WORD", required=True)
    spend = add_verb(words, "spend", "record what one differentially private release cost")
    spend.add_argument("model", metavar="MODEL", help=MODEL_HELP)
    data = "the people's data: a .parquet or .csv file, or its sha256:... digest"
    spend.add_argument("--data", required=True, metavar="DATA", help=data)
    name = "name of the release, which no other release of these data has"
    spend.add_argument("--release", required=True, metavar="NAME", help=name)
    how = "such as dp-sgd, laplace, gaussian"
    spend.add_argument("--mechanism", required=True, metavar="NAME", help=how)
    spend.add_argument("--epsilon", type=float, required=True, metavar="E")
    spend.add_argument("--delta", type=float, required=True, metavar="D", help="0 for pure epsilon")
    rho = "of zero-concentrated differential privacy, where the mechanism has it"
    spend.add_argument("--rho", type=float, metavar="R", help=rho)
    spend.set_defaults(run=run_spend)
    left = add_verb(words, "list", "list every spend that the ledger holds, by data set")
    left.set_defaults(run=run_list)


def run_spend(chosen: argparse.Namespace) -> int:
    """Record one spend.

    Returns:
        0 it stands in the ledger.
    """
    from govgate.cli.show import console, print_json
    from govgate.project import digest_of_table
    from govgate.project.spending import new_spend, record_spend

    is_digest = chosen.data.startswith("sha256:")
    fields = {
        "data_set": chosen.data if is_digest else digest_of_table(chosen.data),
        **{name: getattr(chosen, name) for name in ("release", "mechanism", "epsilon", "delta")},
        "rho": chosen.rho,
    }
    spend, project = new_spend(fields), opened(chosen)
    index = record_spend(project.book, project.subject(chosen.model), spend, project.now())
    if chosen.json:
        print_json({"index": index, "spend": spend.model_dump(mode="json")})
    else:
        cost = f"epsilon {spend.epsilon:g}, delta {spend.delta:g}"
        console().print(f"{cost} of {spend.data_set} spent; entry {index} of the ledger")
    return 0


def run_list(chosen: argparse.Namespace) -> int:
    """Print every spend.

    Returns:
        0.
    """
    from govgate.cli.show import print_json, print_rows
    from govgate.project.spending import spends_in

    found = [(s.index, s.evidence) for s in spends_in(opened(chosen).book)]
    rows = [
        (f"{index}", e.subject.name, *(str(e.body.get(n, "")) for n in _SHOWN))
        for index, e in sorted(found, key=lambda item: str(item[1].body.get("data_set")))
    ]
    if chosen.json:
        print_json([dict(zip(_HEAD, row, strict=True)) for row in rows])
    else:
        print_rows(_HEAD, rows)
    return 0


_SHOWN = ("data_set", "release", "mechanism", "epsilon", "delta")
_HEAD = ("entry", "subject", *_SHOWN)
