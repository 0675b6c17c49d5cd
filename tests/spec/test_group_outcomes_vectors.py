"""The worked bytes of the page on group outcomes are those that are collected and read."""

import re
from pathlib import Path

import pytest

from govgate.adapters.tables import read_table
from govgate.canon import canonical
from govgate.collect import find_collector
from govgate.collect.group_outcomes import GroupOutcomesOptions
from govgate.gates.bias import BiasBounds, GroupOutcomes

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "group-outcomes.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = {
    "sex": ["f", "f", "m", "m"],
    "label": [1, 0, 1, 0],
    "prediction": [1, 1, 1, 0],
    "score": [0.75, 0.5, 0.5, 0.25],
    "who": [1, 1, 2, 3],
}
WORKED = re.findall(r"```json\n(.*)\n```\n\nSHA-256 `([0-9a-f]{64})`", TEXT)


@pytest.mark.parametrize(
    ("place", "bounds"), [(0, {}), (1, {"task": "ranking", "max_auc_gap": 0.1})]
)
def test_the_worked_bytes_are_collected_and_read(place, bounds):
    said, sha256 = WORKED[place]
    limits = BiasBounds.model_validate_json(canonical({"attributes": ["sex"], **bounds}))
    collector, options = find_collector("group-outcomes/v1").collector, GroupOutcomesOptions
    tables = {"predictions": read_table(ROWS)}
    body = collector.measure(tables, options(person="who"), limits).body
    assert canonical(body.model_dump(mode="json")).decode() == said
    assert body.digest == f"sha256:{sha256}"
    assert GroupOutcomes.model_validate_json(said) == body


def test_the_page_names_every_field():
    assert len(WORKED) == 2
    assert [f for f in GroupOutcomes.model_fields if f"| `{f}` |" not in TEXT] == []
