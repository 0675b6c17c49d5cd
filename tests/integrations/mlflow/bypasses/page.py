"""The page that lists every bypass, written from a run of all of them."""

import re
from pathlib import Path

from tests.integrations.mlflow.bypasses.lab import Lab
from tests.integrations.mlflow.bypasses.probe import (
    FAMILIES,
    WAYS,
    Probe,
    all_probes,
    family_says,
    held,
    run,
)

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "bypasses.md"

_HEAD = """\
# Bypasses

Every way around the guard that we know, tried over HTTP against two real servers side by side:
MLflow {mlflow} as it comes, and the same behind `govgate server`. The rows of both are read
afterwards, so that a refusal which did something all the same is found.

This page is written by a run of the probes, and by nothing else:

```sh
python -m tests.integrations.mlflow.bypasses
```

- **Stock MLflow** says whether the bypass works there. What stock MLflow refuses too proves nothing
  about govgate, and is not counted.
- **Guarded** says what stops it: the [reason](reasons.md) of the refusal, or how it came to
  nothing.

{counted} of {all} work on stock MLflow; {answer}.
"""

_ELSEWHERE = (
    (
        "uploads in parts and presigned addresses of a bucket, begun before the decision",
        "`test_frozen.py`, on two S3 servers; `test_compositions.py`, through a whole server",
    ),
    (
        "other workspaces, and a model that MLflow moves to another",
        "`test_workspaces.py`, in the store",
    ),
    (
        "a clock set back; a ledger that is gone, cut short or swapped",
        "`test_quarantine.py`, in the store",
    ),
    (
        "an MLflow nobody has tested; a store operation nobody knows; a broken plugin",
        "`test_store.py`, `test_operations.py`",
    ),
    (
        "basic-auth's admin; four workers; gunicorn; a static prefix; PostgreSQL",
        "`test_compositions.py`, a whole server each",
    ),
    ("eight clients at once, with orders to stop in between", "`test_concurrency.py`"),
    ("loading past every alias; bytes exchanged on the way", "`test_loading.py`"),
)
"""What takes a server of its own; files of tests/integrations/mlflow."""

_TAIL = """
## What no server can see

Some doors are not the server's. They are held elsewhere:

- Somebody loads `models:/credit/2` of a version at no alias, `models:/m-<id>`, `runs:/...` or a
  path of the artifact store: no alias is read, so none is judged.
  [The loader must verify](../how-to/load-models-safely.md); it refuses what is in quarantine too.
- A second, unguarded server on the same database moves aliases. The guarded server does not resolve
  them, and `govgate audit registry` names them.
- Whoever holds the gate key, the log key and enough people's keys can decide anything. The ledger
  shows it for ever.
"""


def write(lab: Lab, mlflow: str) -> str:
    """Run every probe on both servers; give the page's text."""
    rows = {probe: _row(probe, lab) for probe in all_probes()}
    open_ = [probe.number for probe, row in rows.items() if row.endswith("| **open** |")]
    parts = []
    for family in FAMILIES:
        mine = [row for probe, row in rows.items() if probe.family == family]
        table = "| | the attacker | stock MLflow | guarded |\n| --- | --- | --- | --- |\n"
        parts.append(f"\n## {family_says(family)}\n\n{table}" + "\n".join(mine) + "\n")
    answer = f"open are {', '.join(open_)}" if open_ else "the guarded server stops every one"
    counted = sum(probe.bites for probe in rows)
    head = _HEAD.format(mlflow=mlflow, counted=counted, all=len(rows), answer=answer)
    return head + "".join(parts) + _elsewhere() + _TAIL


def _elsewhere() -> str:
    rows = "".join(f"| {what} | {where} |\n" for what, where in _ELSEWHERE)
    head = "\n## What needs a server of its own\n\nIn `tests/integrations/mlflow/`:\n\n"
    return f"{head}| | tried in |\n| --- | --- |\n{rows}"


def _row(probe: Probe, lab: Lab) -> str:
    stock, guarded = run(probe, lab)
    if stock.landed != probe.bites:
        msg = f"{probe}: stock MLflow answered {stock}, and the probe says bites={probe.bites}"
        raise AssertionError(msg)
    return row(probe, stopped=held(probe, guarded))


def row(probe: Probe, *, stopped: bool) -> str:
    """One line of the page."""
    stock = "works" if probe.bites else "refused too"
    ends = WAYS.get(probe.stopped, f"`{probe.stopped}`")
    return f"| {probe.number} | {probe.says} | {stock} | {ends if stopped else '**open**'} |"


def listed() -> list[tuple[str, str]]:
    """Numbers and words of the bypasses that the page lists."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^\| ([A-Z]\d+) \| (.*?) \| ", text, re.MULTILINE)
