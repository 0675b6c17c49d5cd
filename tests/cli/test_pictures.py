"""Pictures on the command line: where they are asked for, and where a gate did not pass."""

import pytest

from govgate.gates.bias import Bias
from govgate.plot import Span, Spans

PICTURE = Spans("parity gap", (Span("sex \x1b[31m", 0.1, 0.2, 0.3),), "ratio", (0.25,))


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    monkeypatch.setattr(Bias, "plots", lambda *_: (PICTURE,))


def test_a_picture_is_drawn_when_it_is_asked_for(desk, frame, capsys):
    assert desk.assess(frame(), "--plots") == 10
    shown = capsys.readouterr().out
    assert "parity gap, in ratio" in shown
    assert "[---" in shown  # plain ASCII: this is no terminal
    assert "\x1b" not in shown


def test_a_picture_is_not_drawn_unasked(desk, frame, capsys):
    desk.assess(frame())
    assert "parity gap, in ratio" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("selected", "more", "expected"),
    [
        # OK: a gate that passed is drawn only when all are asked for
        (1000, [], False),
        (1000, ["--plots"], True),
        # OK: a gate that did not pass is explained with its picture
        (500, [], True),
    ],
)
def test_explain_draws_what_did_not_pass(desk, frame, capsys, selected, more, expected):
    desk.assess(frame(selected))
    capsys.readouterr()
    assert desk("explain", desk.model, *more) == 0
    assert ("parity gap, in ratio" in capsys.readouterr().out) == expected


def test_no_line_is_folded(desk, frame, capsys):
    desk.assess(frame(), "--plots")
    lines = capsys.readouterr().out.splitlines()
    marks = next(line for line in lines if "[---" in line)
    assert "0.2 [0.1, 0.3]" in marks
