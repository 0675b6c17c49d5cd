"""No value leaves: not by a record, a repr, an error, a look on its way, or a log."""

import logging
import pickle
import traceback

import pyarrow as pa
import pytest

from govgate.errors import GovgateError
from govgate.identifiers import IdentifierOptions, inspect, look, mentions, scan_text

VALUE = "zebediah.quux"
CELLS = [
    *(f"{VALUE}{number}@example.com" for number in range(30)),
    f"{VALUE}\x00\ud7ff",
    "+49 30 901820",
    "DE89370400440532013000",
]


def batch(cells=CELLS):
    return pa.record_batch({"c": cells})


def holds_none(text):
    return VALUE not in text and "901820" not in text and "370400440532" not in text


def test_what_is_concluded_holds_no_value():
    found = inspect([batch()], ["c"])["c"]
    assert found.decision == "identifier"
    assert holds_none(repr(found))
    assert holds_none(found.model_dump_json())


def test_a_look_holds_no_value():
    seen = look([batch()], ["c"])
    assert holds_none(repr(seen))
    assert holds_none(pickle.dumps(seen).decode("latin-1"))


BAD = {
    "column": lambda: inspect([batch()], ["other"]),
    "kind": lambda: inspect([batch()], ["c"], IdentifierOptions(kinds=("no",))),
    "parts": lambda: look([batch()], ["c"]) + look([batch()], ["c"], IdentifierOptions(sample=100)),
    "text": lambda: mentions(CELLS[0], IdentifierOptions(kinds=("no",))),
}


@pytest.mark.parametrize("act", BAD.values(), ids=BAD.keys())
def test_an_error_holds_no_value_in_all_its_chain(act):
    with pytest.raises(GovgateError) as why:
        act()
    assert holds_none("".join(traceback.format_exception(why.value)))
    assert holds_none(str(pickle.loads(pickle.dumps(why.value)).args))  # noqa: S301 -- our own


def test_nothing_is_logged(caplog, capsys):
    caplog.set_level(logging.DEBUG)
    inspect([batch()], ["c"])
    scan_text(CELLS)
    assert holds_none(caplog.text)
    assert capsys.readouterr() == ("", "")


def test_a_value_would_be_seen():
    assert not holds_none(repr(CELLS))
