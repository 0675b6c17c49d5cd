"""The tables of docs/explanation/identifiers.md, made smaller: floors that must hold."""

import re

import pytest

from govgate.identifiers.catalogue import KINDS
from tests.identifiers.accuracy import END, PAGE, look_at, scored
from tests.identifiers.corpus import Column, columns
from tests.identifiers.decoys import counter, decoy

AMBIGUOUS = {"ca-sin", "nl-bsn", "uk-nhs"}
"""Other numbers have the same check digit, so without a name they are only suspected."""


@pytest.fixture(scope="module")
def scores():
    return scored(columns((200,), range(1)))


def test_a_column_that_is_called_so_is_found(scores):
    named = {kind: score for (kind, called), score in scores.recall.items() if called}
    assert {kind for kind, score in named.items() if score.sure < score.columns} <= {"person-name"}
    assert named["person-name"].sure >= 0.9 * named["person-name"].columns


def test_a_column_without_a_telling_name_is_found(scores):
    bare = {kind: score for (kind, called), score in scores.recall.items() if not called}
    missed = {kind for kind, score in bare.items() if score.sure < score.columns}
    assert missed <= {*AMBIGUOUS, "phone"}
    assert {kind for kind in AMBIGUOUS if bare[kind].flagged < bare[kind].columns} == set()
    assert bare["phone"].sure >= 0.75 * bare["phone"].columns


def test_no_column_without_an_identifier_is_called_one(scores):
    assert scores.decoys.sure == 0
    assert {*scores.decoys_flagged} <= AMBIGUOUS
    assert scores.decoys.flagged <= 0.06 * scores.decoys.columns


def test_no_kind_is_taken_for_another(scores):
    assert dict(scores.confused) == {}


def test_order_numbers_one_after_the_other_are_none():
    for seed in range(3):
        cells = counter(2000, seed)
        column = Column("c17", None, "decoy", "", named=False, cells=cells)
        assert look_at(column).kinds == ()


def test_decoys_come_out_alike_each_time():
    assert decoy("sku", 3, 0) == decoy("sku", 3, 0) != decoy("sku", 3, 1)


def test_the_page_holds_what_the_command_made():
    text = PAGE.read_text(encoding="utf-8")
    assert "python -m tests.identifiers.accuracy" in text
    assert text.count("| `email` |") == 1
    assert END in text


def test_the_page_names_every_kind():
    told = PAGE.read_text(encoding="utf-8").split("## What is looked for")[1].split("## ")[0]
    assert sorted(re.findall(r"`([a-z0-9-]+)`", told)) == sorted(kind.name for kind in KINDS)
