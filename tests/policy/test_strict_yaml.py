"""The strict reader: what a person could misread is an error with line and column."""

import pytest

from govgate.errors import PolicyError
from govgate.policy.strict_yaml import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # OK: plain JSON values
        ("a: 1", {"a": 1}),
        ("a: 0.25", {"a": 0.25}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: true", {"a": True}),
        ("a: null", {"a": None}),
        ("a:", {"a": None}),
        ("a: [x, 'yes', \"012\"]", {"a": ["x", "yes", "012"]}),
        ("a: iso42001:A.5.4", {"a": "iso42001:A.5.4"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        # OK: exactly the largest safe integer
        ("a: 9007199254740991", {"a": 9007199254740991}),
    ],
)
def test_values(text, value):
    assert read_yaml(text, "p.yaml").value == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # NOT OK: one row for each way to be misread
        ("a: 1\na: 2", "line 2, column 1: 'a' stands here a second time"),
        ("a:\n  b: 1\n  b: 2", "line 3, column 3: 'b' stands here a second time"),
        ("a: yes", "line 1, column 4: 'yes' is a word to some readers"),
        ("a: [No]", "line 1, column 5: 'No' is a word"),
        ("a: off", "'off' is a word"),
        ("a: True", "'True' is a word"),
        ("a: y", "'y' is a word"),
        ("on: 1", "line 1, column 1: 'on' is a word"),
        ("1: x", "the key 1 is not text"),
        ("a: 012", "'012' is a number"),
        ("a: 0x1f", "'0x1f' is a number"),
        ("a: 1_000", "'1_000' is a number"),
        ("a: 12:30", "'12:30' is a number"),
        ("a: 2026-01-01", "'2026-01-01' is a number, a date"),
        ("a: .inf", "'.inf' is a number"),
        ("a: -.inf", "is a number"),
        ("a: .nan", "'.nan' is a number"),
        ("a: +1", "'+1' is a number"),
        ("a: 9007199254740992", "too large to be kept exactly"),
        ("a: 1e400", "too large"),
        ("a: &x 1", "anchors and aliases of YAML are not allowed"),
        ("a: &x [1]\nb: *x", "anchors and aliases of YAML are not allowed"),
        ("<<: {a: 1}", "tag"),
        ("a: !!python/object:os.system x", "tag"),
        ("a: !x 1", "tag"),
        ("a: !!set {x}", "tag"),
        ("a: 1\n---\nb: 2", "holds 2 YAML documents"),
        ("", "holds 0 YAML documents"),
        ("a: [1", "line 1"),
        ("a: 'x", "line 1"),
        ("\ta: 1", "line 1"),
        ("a: \x00", "save it as plain"),
        ("[" * 5000, "nested too deeply"),
    ],
)
def test_refused_with_its_place(text, says):
    with pytest.raises(PolicyError) as caught:
        read_yaml(text, "p.yaml")
    message = str(caught.value)
    assert message.startswith("p.yaml")
    assert says in message
    assert ";" in message
