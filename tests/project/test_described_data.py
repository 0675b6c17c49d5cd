"""docs/how-to/describe-data.md says what the record takes."""

import re
from pathlib import Path
from typing import get_args

from govgate.policy import read_record
from govgate.records import DataSet, DataSets
from govgate.records.dataset import LawfulBasis, SpecialBasis

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "describe-data.md").read_text()


def test_every_field_and_every_basis_is_explained():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert rows.keys() == DataSet.model_fields.keys()
    for field, words in (("lawful_basis", LawfulBasis), ("special_basis", SpecialBasis)):
        assert set(re.findall(r"`([a-z-]+)`", rows[field])) == set(get_args(words))


def test_the_example_lacks_nothing():
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    (record,) = read_record(text, DataSets, "datasets.yaml")[0].datasets
    assert record.lacks == ()
