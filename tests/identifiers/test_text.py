"""Mentions in sentences: how many, and where."""

import base64
from itertools import pairwise

import pyarrow as pa
import pytest

from govgate.errors import EvidenceError
from govgate.identifiers import IdentifierOptions, Mention, mentions, scan_text

TEXT = "Write to ann@example.com or +49 30 901820; card 4111 1111 1111 1111, SSN 536-90-4399."


def named(text, **options):
    found = mentions(text, IdentifierOptions(**options))
    return [(one.kind, text[one.start : one.end]) for one in found]


def test_all_kinds_in_a_sentence_are_found_where_they_stand():
    assert named(TEXT) == [
        ("email", "ann@example.com"),
        ("phone", "+49 30 901820"),
        ("payment-card", "4111 1111 1111 1111"),
        ("us-ssn", "536-90-4399"),
    ]


def test_only_the_kinds_asked_for_are_found():
    assert [kind for kind, _ in named(TEXT, kinds=("email",))] == ["email"]


def test_places_are_those_of_the_text_as_it_was_written():
    text = "x\u200b: \uff41nn@\u200bexample.com ok"
    assert named(text) == [("email", "\uff41nn@\u200bexample.com")]


def test_mentions_do_not_overlap():
    # a card number inside an address of a page
    text = "https://example.com/users/4111111111111111"
    found = mentions(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("PESEL: 44051401359", ["pl-pesel"]),  # OK: the word before it says so
        ("number 44051401359", []),  # NOT OK: eleven digits are any number
        ("my NHS number is 943 476 5919", ["uk-nhs"]),
    ],
)
def test_a_weak_number_needs_a_word_before_it(text, kinds):
    assert [one.kind for one in mentions(text)] == kinds


def test_counts_are_by_kind_and_repeated_texts_count_again():
    assert scan_text([TEXT, TEXT, "nothing here"]) == {
        "email": 2,
        "payment-card": 2,
        "phone": 2,
        "us-ssn": 2,
    }


@pytest.mark.parametrize(
    "texts", [TEXT, [TEXT], pa.array([TEXT, None]), pa.chunked_array([[TEXT], []])]
)
def test_texts_come_in_any_shape(texts):
    assert scan_text(texts)["email"] == 1


def test_json_and_markup_hide_nothing():
    assert scan_text('{"user":{"mail":"ann@example.com","ip":"203.0.113.7"}}') == {
        "email": 1,
        "ip-address": 1,
    }
    assert scan_text("<td>536-90-4399</td>") == {"us-ssn": 1}


def test_no_text_is_no_mention():
    assert scan_text([]) == {}
    assert mentions("") == ()


def test_a_lone_surrogate_does_not_stop_the_scan():
    assert scan_text("\ud800 ann@example.com")["email"] == 1


def test_base64_in_a_sentence_is_not_decoded():
    # said on the page: only a cell that is base64 as a whole is
    assert scan_text("so " + base64.b64encode(b"ann@example.com").decode()) == {}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "a@" * 500_000,
        "a." * 500_000,
        "a@a." * 250_000,
        "1" * 1_000_000,
        "1-" * 500_000,
        "1 " * 500_000,
        "DE89 " * 200_000,
        "(1) " * 250_000,
        "http://" * 140_000,
        "https://a/users/" * 60_000,
        "eyJa." * 200_000,
        "::" * 500_000,
        "ab:" * 300_000,
        "\u200b" * 1_000_000,
        "-----BEGIN " * 90_000,
    ],
    ids=lambda text: text[:8],
)
def test_a_hostile_megabyte_ends(text):
    assert isinstance(mentions(text[:200_000]), tuple)
    scan_text(pa.array([text], pa.large_string()), IdentifierOptions(kinds=("private-key",)))


def test_a_mention_says_nothing_of_its_value():
    assert "ann" not in repr(mentions(TEXT))
    assert mentions("ann@example.com") == (Mention("email", 0, 15),)


def test_an_unknown_kind_is_refused():
    with pytest.raises(EvidenceError, match="no kind of identifier"):
        mentions("x", IdentifierOptions(kinds=("no",)))
