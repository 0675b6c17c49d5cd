"""The worked bytes of the pages about spends and pseudonyms."""

import re
from pathlib import Path

import pyarrow as pa

from govgate.anonymise.rewrite import pseudonyms
from govgate.canon import canonical
from govgate.records.spend import Spend

SPEC = Path(__file__).parents[2] / "docs" / "spec"


def page(name):
    return (SPEC / f"{name}.md").read_text(encoding="utf-8")


def test_the_spend_of_the_page_is_canonical_and_can_be_read():
    text = page("privacy-spend").split("```json\n")[1].split("\n```")[0]
    spend = Spend.model_validate_json(text)
    assert canonical(spend.model_dump(mode="json")).decode() == text
    told = re.findall(r"^\| `(\w+)` \|", page("privacy-spend"), re.MULTILINE)
    assert told == [*Spend.model_fields]


def test_the_pseudonym_of_the_page_is_what_is_written():
    (row,) = re.findall(
        r"^\| `00` `01` to `1f` \| `(\w+)` \| `(\w+)` \| `(\w+)` \|$",
        page("pseudonym"),
        re.MULTILINE,
    )
    column, value, wanted = row
    assert pseudonyms(pa.array([value]), column, bytes(range(32))).to_pylist() == [wanted]
