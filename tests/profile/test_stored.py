"""A profile is read back to the byte; one that was changed by hand is refused, with the place."""

import base64
import json

import numpy as np
import pyarrow as pa
import pytest

from govgate.errors import EvidenceError
from govgate.profile import ColumnPlan, Plan, TableProfile, from_bytes, merge, profile_of, to_bytes
from govgate.profile.packing import pack, unpack

PLAN = Plan(
    columns={
        "x": ColumnPlan(kind="number", exponent=0, atoms=(0.0,), whole=True),
        "bare": ColumnPlan(kind="number"),
        "one": ColumnPlan(kind="number", exponent=0, whole=True),
        "c": ColumnPlan(kind="category", known=("a",)),
        "many": ColumnPlan(kind="category", known=("v1",)),
        "t": ColumnPlan(kind="text", exponent=0),
    },
    cells=(("c", "x"),),
    most_categories=5,
)
BATCH = pa.record_batch(
    {
        "x": [0.0, 0.5, -3.0, 0.0, None, float("nan"), float("inf"), 7.0],
        "bare": [1, 2, 3, 4, 5, 6, 7, None],
        "one": [1] * 8,
        "c": ["a", "b", "a", None, "a", "a", "b", "b"],
        "many": [f"v{i}" for i in range(8)],
        "t": ["", "x", "yy", "yy", None, "z", "z", "z"],
    }
)


@pytest.fixture(scope="module")
def profile():
    finite = BATCH.to_pydict()
    finite["x"][6] = 7.0
    one = profile_of([pa.record_batch(finite)], PLAN, "a", "sha256:" + "0" * 64)
    odd = Plan(columns=PLAN.columns, most_categories=5)
    assert profile_of([BATCH], odd, "a").columns["x"].positive_infinities == 1
    return one


def rewritten(profile, change):
    said = json.loads(to_bytes(profile))
    change(said)
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def at(*path):
    """A way down into the JSON, and what is written there."""

    def change(said, value):
        for step in path[:-1]:
            said = said[step]
        said[path[-1]] = value(said[path[-1]]) if callable(value) else value

    return change


def repacked(change):
    return lambda text: pack(np.array(change(unpack(text, 10**6).tolist()), np.int64))


X = ("columns", "x", "numbers")
LIES = {
    "a column is missing": (("columns",), lambda c: {n: c[n] for n in c if n != "x"}),
    "a column too many": (("columns",), lambda c: {**c, "y": c["x"]}),
    "a null more": (("columns", "x", "nulls"), 2),
    "a NaN of an integer": (("columns", "bare", "nans"), 1),
    "a negative count": (("columns", "x", "nulls"), -1),
    "more missing than rows": (("columns", "x", "nulls"), 2**53 - 1),
    "a count no JSON holds": (("columns", "x", "nulls"), 2**53),
    "a fraction of a row": (("columns", "x", "nulls"), 1.5),
    "a truth for a count": (("columns", "x", "nulls"), True),
    "more missing than rows, and no bins": (("columns", "bare", "nulls"), 100),
    "a family that is not counted so": (("columns", "bare", "families"), ["text"]),
    "a column of no family": (("columns", "bare", "families"), []),
    "an extreme with a fraction": (("columns", "one", "numbers", "lowest"), 0.999),
    "an extreme with a fraction in its bin": (("columns", "one", "numbers", "highest"), 1.001),
    "a sum too large for its squares": (
        ("columns", "one", "numbers", "steps"),
        str(8 * 65_790),
    ),
    "another family": (("columns", "x", "families"), ["text"]),
    "a family twice": (("columns", "x", "families"), ["float", "float"]),
    "no family": (("columns", "x", "families"), []),
    "an unknown family": (("columns", "x", "families"), ["sound"]),
    "a value more in a bin": ((*X, "counts"), repacked(lambda c: [c[0] + 1, *c[1:]])),
    "a value moved to another bin": (
        (*X, "counts"),
        repacked(lambda c: [c[0] + 1, c[1] - 1, *c[2:]]),
    ),
    "a bin beyond the grid": ((*X, "bins"), repacked(lambda b: [*b[:-1], 30_000])),
    "bins wrap around": ((*X, "bins"), repacked(lambda b: [*b[:-1], 2**63 - 1])),
    "counts wrap around": ((*X, "counts"), repacked(lambda c: [2**63 - 1, *c[1:]])),
    "a bin without count": ((*X, "bins"), repacked(lambda b: [*b, 0])),
    "no bins": ((*X, "bins"), pack(np.array([], np.int64))),
    "a lower extreme": ((*X, "lowest"), -4),
    "no extreme": ((*X, "highest"), None),
    "extremes crossed": ((*X, "highest"), -3),
    "an atom more than its bin holds": ((*X, "atoms"), [3]),
    "an atom too many": ((*X, "atoms"), [2, 0]),
    "more fractions than values": ((*X, "fractions"), 7),
    "a sum no bins allow": ((*X, "steps"), "9999999"),
    "a sum that is not a number": ((*X, "steps"), "nan"),
    "a sum with a sign": ((*X, "steps"), "+1"),
    "a sum of endless digits": ((*X, "squares"), "1" * 5000),
    "squares less than the bins allow": ((*X, "squares"), "1"),
    "squares more than the bins allow": ((*X, "squares"), "999999999999999"),
    "fractions where none are expected": (("columns", "t", "numbers", "fractions"), 1),
    "bins without a grid": (
        ("columns", "bare", "numbers"),
        lambda n: {**n, "bins": pack(np.array([1])), "counts": pack(np.array([6]))},
    ),
    "no numbers": (("columns", "x", "numbers"), None),
    "categories of numbers": (
        ("columns", "x", "categories"),
        {"counts": {}, "other": 6, "registers": None},
    ),
    "a category more": (("columns", "c", "categories", "counts"), {"a": 4, "b": 4}),
    "a category of nobody": (("columns", "c", "categories", "counts"), {"a": 4, "b": 3, "c": 0}),
    "others of a closed column": (("columns", "c", "categories", "other"), 1),
    "a name in an open column": (
        ("columns", "many", "categories"),
        lambda c: {**c, "counts": {"v1": 1, "v2": 1}, "other": 6},
    ),
    "too many names and no sketch": (
        ("columns", "many", "categories"),
        {"counts": {f"v{i}": 1 for i in range(8)}, "other": 0, "registers": None},
    ),
    "a name among texts": (
        ("columns", "t", "categories"),
        lambda c: {**c, "counts": {"yy": 2}, "other": 5},
    ),
    "a sketch too short": (("columns", "t", "categories", "registers"), pack(np.zeros(5))),
    "a register too deep": (("columns", "t", "categories", "registers"), pack(np.full(1024, 55))),
    "a register far too deep": (
        ("columns", "t", "categories", "registers"),
        pack(np.full(1024, 256 + 3)),
    ),
    "a partition twice": (("partitions",), lambda p: [*p, *p]),
    "partitions out of order": (
        ("partitions",),
        lambda p: [*p, {**p[0], "name": "A", "rows": 0}],
    ),
    "a partition less": (("partitions",), []),
    "a digest that is none": (("partitions", 0, "sha256"), "md5:0"),
    "a row more": (("partitions", 0, "rows"), 9),
    "cells of rows that are not there": (
        ("cells", 0, "counts"),
        repacked(lambda c: [c[0] + 1, *c[1:]]),
    ),
    "cells out of order": (
        ("cells", 0, "codes", 1),
        repacked(lambda c: [c[1], c[0], *c[2:]]),
    ),
    "a value out of order": (("cells", 0, "values", 0), ["a", "b", None]),
    "a value twice": (("cells", 0, "values", 0), [None, "a", "a"]),
    "a value that does not occur": (("cells", 0, "values", 0), [None, "a", "b", "c"]),
    "a code without value": (("cells", 0, "values", 0), [None, "a"]),
    "a crossing less": (("cells",), []),
    "a column less in the cells": (("cells", 0, "codes"), lambda codes: codes[:1]),
    "another plan": (("plan", "columns", "x", "centre"), 100),
    "an unknown field": (("more",), 1),
    "no plan": (("plan",), None),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_profile_changed_by_hand_is_refused(profile, lie):
    path, value = LIES[lie]
    change = at(*path)
    data = rewritten(
        profile,
        lambda said: said.__setitem__("more", 1) if path == ("more",) else change(said, value),
    )
    with pytest.raises(EvidenceError, match="; "):
        from_bytes(data)


def test_an_unchanged_one_is_read(profile):
    assert to_bytes(from_bytes(to_bytes(profile))) == to_bytes(profile)
    assert rewritten(profile, dict) == to_bytes(profile)


def test_what_contradicts_itself_is_named(profile):
    with pytest.raises(EvidenceError, match="contradicts itself: the sum is not one that the bins"):
        from_bytes(rewritten(profile, lambda said: at(*X, "steps")(said, "9999999")))


WAYS = {
    "no line feed": lambda data: data.rstrip(),
    "a space": lambda data: b" " + data,
    "a field twice": lambda data: data.replace(b'"cells"', b'"cells":[],"cells"', 1),
    "on many lines": lambda data: json.dumps(json.loads(data), indent=1).encode(),
    "cut off": lambda data: data[:-2],
}
JUNK = (b"", b"[]", b"\xff\xfe", b'{"a":' * 10_000)


@pytest.mark.parametrize("way", WAYS)
def test_another_way_of_writing_is_refused(profile, way):
    with pytest.raises(EvidenceError, match="; make"):
        from_bytes(WAYS[way](to_bytes(profile)))


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_refused(junk):
    with pytest.raises(EvidenceError, match="; make"):
        from_bytes(junk)


def test_a_file_that_is_too_large_is_not_even_looked_at():
    with pytest.raises(EvidenceError, match="more than 67,108,864; profile fewer columns"):
        from_bytes(b" " * (64 * 2**20 + 1))


def test_a_bomb_of_packed_zeros_is_refused(profile):
    bomb = base64.b64encode((2**31).to_bytes(4, "little") + bytes(100)).decode()
    with pytest.raises(EvidenceError, match="holds 2,147,483,648 numbers where at most 25,091"):
        from_bytes(rewritten(profile, lambda said: at(*X, "bins")(said, bomb)))


def test_a_profile_of_nothing_is_read():
    empty = TableProfile(PLAN)
    assert to_bytes(from_bytes(to_bytes(empty))) == to_bytes(empty)
    no_rows = profile_of([BATCH.slice(0, 0)], PLAN, "none")
    assert to_bytes(from_bytes(to_bytes(no_rows))) == to_bytes(no_rows)
    assert merge(no_rows, empty).rows == 0


def test_any_table_of_any_kind_is_read_back(table, plan):
    one = profile_of(table.to_batches(), plan, "all")
    assert to_bytes(from_bytes(to_bytes(one))) == to_bytes(one)


def test_a_column_of_a_million_numbers_takes_about_seven_kilobytes():
    values = np.random.default_rng(0).normal(size=10**6)
    plan = Plan(columns={"x": ColumnPlan(kind="number", exponent=0)})
    data = to_bytes(profile_of([pa.record_batch({"x": values})], plan, "p"))
    assert len(data) < 8_500


def test_an_open_column_keeps_no_name_that_the_plan_does_not_know():
    names = [f"Ann Smith {i}" for i in range(50)] + ["often"] * 50
    plan = Plan(columns={"n": ColumnPlan(kind="category", known=("often",))}, most_categories=20)
    data = to_bytes(profile_of([pa.record_batch({"n": names})], plan, "p"))
    assert b"often" in data
    assert b"Ann" not in data
