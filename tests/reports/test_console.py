"""Pictures in a terminal: every line fits, marks stand where the numbers are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from govgate.plot import Bars, Span, Spans
from govgate.reports import bounded, draw_text

NUMBER = st.floats(-1e12, 1e12)
WORD = st.text(max_size=60)
SPAN = st.builds(lambda w, n: Span(w, *sorted(n)), WORD, st.tuples(NUMBER, NUMBER, NUMBER))
SPANS = st.builds(Spans, WORD, st.lists(SPAN, max_size=5), WORD, st.lists(NUMBER, max_size=3))
BARS = st.builds(
    Bars, WORD, st.lists(WORD, max_size=4), st.dictionaries(WORD, st.lists(NUMBER)), WORD
)


def text(picture, width=60, *, ascii_only=True) -> list[str]:
    return [
        "".join(t for t, _ in line) for line in draw_text(picture, width, ascii_only=ascii_only)
    ]


AGES = Bars("ages", ("young", "old"), {"then": (0.5, 0.25), "now": (0.0, 1.0)}, "share")
GAPS = Spans("gaps", (Span("f", 0.0, 0.1, 0.2), Span("m", 0.4, 0.4, 0.4)), "ratio", (0.2,))


def test_bars_stand_beside_their_label_and_number():
    title, young_then, young_now, old_then, old_now = text(AGES, 80)
    assert title == "ages, in share"
    assert young_then.split()[:2] == ["young", "then"]
    assert young_now.split() == ["now", "0"]
    assert old_now.split()[0] == "now"
    assert old_then.split()[-1] == "0.25"
    counts = [line.count("#") for line in (old_now, young_then, old_then)]
    assert counts[2] > 10
    assert counts == pytest.approx([4 * counts[2], 2 * counts[2], counts[2]], abs=2)


def test_a_bar_in_blocks_is_fine_to_an_eighth():
    thin = Bars("t", ("a", "b"), {"s": (1.0, 1e-9)}, "")
    assert "▏" in text(thin, ascii_only=False)[2]
    assert "#" in text(thin)[2]


def test_spans_show_the_interval_the_value_and_the_limit():
    title, f, m, legend = text(GAPS)
    assert title == "gaps, in ratio"
    marks = f[4:].split("0.1 [")[0].rstrip()
    assert (marks[0], marks[-1]) == ("[", "|")  # the limit stands on the upper end
    assert marks.count("o") == 1
    assert m.split()[1:] == ["|", "o", "0.4"]
    assert legend.strip() == "| limit 0.2"


@settings(max_examples=1000, deadline=None)
@given(picture=BARS | SPANS, width=st.integers(1, 200), ascii_only=st.booleans())
def test_no_line_is_wider_than_the_terminal(picture, width, ascii_only):
    for kept in bounded([picture]):
        lines = text(kept, width, ascii_only=ascii_only)
        assert len(lines) > 1
        marks = [t for x in draw_text(kept, width, ascii_only=True) for t, r in x if r == "mark"]
        assert "".join(marks).isascii()
        assert max(map(cell_len, lines)) <= max(width, 72)


@pytest.mark.parametrize("word", ["日本語" * 30, "e\u0301" * 60])
def test_wide_and_joining_letters_are_counted_as_a_terminal_does(word):
    (kept,) = bounded([Bars("t", (word, "b"), {"s": (1.0, 1.0)}, "")])
    first, second = text(kept, ascii_only=False)[1:]
    columns = first.replace("\u0301", "")
    wide = sum(c in "日本語" for c in columns)
    assert len(columns) + wide == len(second)
