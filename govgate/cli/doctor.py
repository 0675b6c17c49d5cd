"""govgate doctor: what is unsafe here, in one line each."""

import argparse
import os
from pathlib import Path
from typing import Any

from govgate.cli.asking import add_verb


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "say in one line each what is unsafe here"
    add_verb(verbs, "doctor", what).set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Look at packages, project, keys, ledger and registry.

    Returns:
        0 all is well, 2 something is not.
    """
    from dataclasses import asdict

    from govgate.cli.show import print_json, print_rows, working
    from govgate.errors import ProjectError
    from govgate.project import examine_health

    start = (chosen.project or Path(os.environ.get("GOVGATE_PROJECT", "."))).resolve()
    with working("looking"):
        found = list(examine_health(start))
    if chosen.json:
        print_json([asdict(h) for h in found])
    else:
        rows = [(h.about, "passed" if h.healthy else "failed", h.said) for h in found]
        print_rows(("looked at", "answer", "said"), rows)
    return 0 if all(h.healthy for h in found) else ProjectError.exit_code
