"""Columns of any type and shape, looked at in parts, in any order."""

import base64
import pickle
import random
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.identifiers import IdentifierOptions, conclude, inspect, look
from tests.identifiers.corpus import _some, _ssn

CARDS = ("4111111111111111", "5500000000000004", "340000000000009", "6011000000000004")


def luhn_card(draw):
    digits = [4, *_some(draw, 14)]
    total = sum(sum(divmod(each * (2 - at % 2), 10)) for at, each in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def seeded(make, rows, seed=1):
    draw = random.Random(seed)  # noqa: S311 -- must come out alike each time
    return [make(draw) for _ in range(rows)]


def one(cells, name="c17", **options):
    cells = cells if isinstance(cells, pa.Array) else pa.array(cells)
    batch = pa.record_batch([cells], [name])
    return inspect([batch], [name], IdentifierOptions(**options))[name]


def decision(column, kind):
    return next((each.decision for each in column.found if each.kind == kind), "none")


EMAILS = [f"user{number}@example.com" for number in range(50)]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (0, "none"),  # NOT OK: nothing was there
        (1, "suspected"),
        (2, "identifier"),
    ],
)
def test_two_addresses_are_no_accident(rows, wanted):
    assert one([*EMAILS[:rows], "word", "other"]).decision == wanted


@pytest.mark.parametrize(
    ("valid", "wanted"),
    [(6, "none"), (7, "suspected"), (8, "suspected"), (9, "identifier")],
)
def test_cards_are_held_against_luhns_one_in_ten(valid, wanted):
    # of 10 with a card's form: Hoeffding's bound is 5.5e-4, 3.3e-5, 1.2e-6 and 2.3e-8
    wrong = [str(int(card) ^ 1) for card in seeded(luhn_card, 10 - valid, 2)]
    wrong = [card for card in wrong if len(card) == 16]
    cells = [*seeded(luhn_card, valid), *wrong]
    found = next(each for each in one(cells).found if each.kind == "payment-card")
    assert (found.valid, found.matches) == (valid, 10)
    assert found.decision == wanted


def test_random_long_numbers_are_no_cards():
    cells = [f"4{number:015}" for number in seeded(lambda d: d.randrange(10**15), 3000)]
    column = one(cells)
    assert decision(column, "payment-card") == "none"
    assert column.linkable


def test_a_name_lowers_what_must_be_shown():
    cells = seeded(_ssn, 10)
    assert decision(one(cells), "us-ssn") == "none"
    assert decision(one(cells, "ssn"), "us-ssn") == "identifier"


def test_a_name_alone_is_not_enough():
    assert one(["yes", "no", "maybe"], "email").decision == "none"
    assert one(["mobile", "home", "work"], "phone").decision == "none"


def test_numbers_that_lost_their_zeros_and_became_floats_are_read():
    numbers = [int(card) for card in seeded(luhn_card, 200)]
    assert decision(one(numbers), "payment-card") == "identifier"
    phones = pa.array([None, *(float(f"2127365{n:03}") for n in range(200))])
    assert decision(one(phones, "phone"), "phone") == "identifier"
    # one fraction among them, such as a mistyped cell, hides nothing
    assert decision(one([*map(float, numbers), 0.5]), "payment-card") == "identifier"
    short = pa.array([int(each.replace("-", "")) for each in seeded(_ssn, 200)])
    assert decision(one(short, "ssn"), "us-ssn") == "identifier"


CELLS = pa.array(EMAILS)
SHAPES = {
    "dictionary": CELLS.dictionary_encode(),
    "large": CELLS.cast(pa.large_string()),
    "view": CELLS.cast(pa.string_view()),
    "binary": CELLS.cast(pa.binary()),
    "list": pa.array([[each] for each in EMAILS]),
    "list of two": pa.array([[each, "x"] for each in EMAILS]),
    "struct": pa.array([{"a": {"b": each}} for each in EMAILS]),
    "map": pa.array([[("mail", each)] for each in EMAILS], pa.map_(pa.string(), pa.string())),
    "sentence": pa.array([f"so {each} wrote" for each in EMAILS]),
    "json": pa.array([f'{{"mail": "{each}"}}' for each in EMAILS]),
    "upper": pa.array([each.upper() for each in EMAILS]),
    "base64": pa.array([base64.b64encode(each.encode()).decode() for each in EMAILS]),
    "padded": pa.array([f"  {each}\n" for each in EMAILS]),
    "hidden": pa.array([each.replace("@", "\u200b@") for each in EMAILS]),
    "bytes that are no text": pa.array([b"\xff\xfe " + each.encode() for each in EMAILS]),
    "sliced": pa.array(["x", *EMAILS])[1:],
    "one chunk with nulls": pa.array([None, *EMAILS, None]),
}


@pytest.mark.parametrize("cells", SHAPES.values(), ids=SHAPES.keys())
def test_no_shape_hides_an_address(cells):
    assert decision(one(cells), "email") == "identifier"


def test_a_string_column_with_broken_bytes_is_read():
    broken = b"\xff\xfe ann@example.com ben@example.com"
    offsets = pa.py_buffer((0).to_bytes(4, "little") + len(broken).to_bytes(4, "little"))
    cells = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(broken)])
    assert decision(one(cells), "email") == "suspected"


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([], pa.string()),
        pa.array([None, None], pa.string()),
        pa.array([None], pa.null()),
        pa.array([True, False]),
        pa.array([float("nan"), float("inf")]),
        pa.array([], pa.list_(pa.string())),
        pa.array([1.5, None, 2.25]),
        pa.array([Decimal("1.50")]),
        pa.array([date(2024, 1, 1)]),
        pa.array([1], pa.duration("s")),
        pa.array([pa.MonthDayNano([1, 2, 3])]),
    ],
    ids=lambda cells: f"{cells.type} {len(cells)}",
)
def test_what_identifies_nobody_is_none(cells):
    column = one(cells)
    assert column.decision == "none"
    assert column.rows == len(cells)
    assert not column.linkable


def test_nulls_are_counted():
    column = one([None, "a", None])
    assert (column.rows, column.nulls, column.looked_at) == (3, 2, 1)


def test_days_identify_only_where_they_are_births():
    days = [date(1950 + n, 1 + n % 12, 1 + n % 28) for n in range(60)]
    assert one(days, "date_of_birth").decision == "identifier"
    assert one(days, "shipped_on").decision == "none"


def test_a_column_of_one_word_is_a_label_and_not_a_name():
    assert one(["Gold"] * 500, "customer_name").decision == "suspected"


def test_digests_are_no_identifier_but_a_key():
    cells = [f"{number:064x}" for number in seeded(lambda d: d.getrandbits(256), 100)]
    column = one(cells, "patient")
    assert (column.decision, column.linkable, column.unique) == ("none", True, 1.0)
    assert not one(cells + cells).linkable


def test_a_cell_too_long_to_be_read_whole_is_suspected():
    column = one(["x" * (1 << 20), "x" * ((1 << 20) + 1)])
    assert (column.cut, column.decision) == (1, "suspected")
    assert one(["x" * (1 << 20)]).decision == "none"  # exactly on the bound


def test_an_address_at_the_end_of_a_long_cell_is_found():
    end = [" " * 500_000 + each for each in EMAILS[:3]]
    assert decision(one(end), "email") == "identifier"


def test_split_over_two_columns_is_not_found():
    # said on the page
    batch = pa.record_batch({"a": ["ann"] * 9, "b": ["example.com"] * 9})
    assert {each.decision for each in inspect([batch], ["a", "b"]).values()} == {"none"}


def test_an_absent_column_is_named():
    batch = pa.record_batch({"a": ["x"]})
    with pytest.raises(EvidenceError, match="no column 'b' to look for identifiers in; name one"):
        look([batch], ["b"])


def test_parts_looked_at_otherwise_do_not_join():
    batch = pa.record_batch({"a": ["x"], "b": ["y"]})
    with pytest.raises(EvidenceError, match="not looked at alike; give both"):
        look([batch], ["a"]) + look([batch], ["b"])
    with pytest.raises(EvidenceError, match="not looked at alike; give both"):
        look([batch], ["a"]) + look([batch], ["a"], IdentifierOptions(regions=("DE",)))


POOL = [*EMAILS, *seeded(luhn_card, 200), *seeded(_ssn, 200), *(f"word {n}" for n in range(300))]
POOL += [each.replace("e", "e\u200b") for each in POOL]
"""Twice as many texts as there are values: some are written otherwise and say the same."""

OPTIONS = IdentifierOptions(sample=100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(POOL), min_size=1, max_size=600), st.data())
def test_neither_order_nor_cuts_change_the_answer(cells, data):
    whole = look([pa.record_batch({"c": cells})], ["c"], OPTIONS)
    mixed = data.draw(st.permutations(cells))
    cut = data.draw(st.integers(0, len(mixed)))
    parts = [
        look([pa.record_batch({"c": pa.array(part, pa.string())})], ["c"], OPTIONS)
        for part in (mixed[:cut], mixed[cut:])
    ]
    one, two = parts
    assert conclude(one + two) == conclude(two + one) == conclude(whole)
    assert (one + two).columns["c"].values.kept == whole.columns["c"].values.kept


def test_a_look_survives_the_way_between_processes():
    seen = look([pa.record_batch({"c": EMAILS})], ["c"])
    assert conclude(pickle.loads(pickle.dumps(seen))) == conclude(seen)  # noqa: S301 -- our own


def test_a_look_is_bounded_however_many_rows():
    cells = [f"row {number} of user{number}@example.com" for number in range(20_000)]
    parts = [pa.record_batch({"c": cells[at::4]}) for at in range(4)]
    seen = look(parts, ["c"], OPTIONS).columns["c"]
    assert len(seen.values.kept) == 100
    assert max(len(each.sample.kept) for each in seen.matched.values()) <= 100
    assert seen.matched["email"].rows == 20_000


def test_few_among_many_are_counted_exactly():
    cells = [f"order {number} came" for number in range(30_000)]
    for at in range(0, 30_000, 3_000):
        cells[at] += f" for user{at}@example.com"
    found = one(cells).found[0]
    assert (found.kind, found.rows, found.decision) == ("email", 10, "identifier")


def test_only_the_kinds_asked_for_are_looked_for():
    assert one(EMAILS, kinds=("iban",)).decision == "none"
