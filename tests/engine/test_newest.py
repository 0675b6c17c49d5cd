"""A state that is mended without new bytes is judged by its newest evidence, and that alone."""

from datetime import timedelta

import pytest

from govgate.engine import Shown, assess
from govgate.gates import find_gate, gate_names
from govgate.gates.access import AccessFacts, Grant
from govgate.policy import read_policy
from govgate.records import Evidence

POLICY = read_policy("""
name: p
version: "1"
rules:
  - gate: access
    rationale: r
    owner: o
    max_age_days: 30
    bounds: {readers: [ann], separate: []}
""")


@pytest.fixture
def say(world):
    def at(hours_ago, who):
        grant = Grant(who=who, may="read", on="data", by="mode of files")
        return Evidence(
            subject=world.request.subject,
            kind=AccessFacts.KIND,
            taken_at=world.noon - timedelta(hours=hours_ago),
            taken_by="access/v1 (govgate 0)",
            population={"places": 1},
            materials={},
            body=AccessFacts(places=("data",), grants=(grant,)).model_dump(mode="json"),
        )

    return at


CASES = [
    ([(1, "ann")], True),  # OK
    ([(2, "everyone"), (1, "ann")], True),  # OK: it was mended
    ([(2, "ann"), (1, "everyone")], False),  # NOT OK: it was well once
    ([(1, "ann"), (1, "everyone")], False),  # NOT OK: at one moment both, so which?
    ([(2, "ann"), (-1, "ann")], True),  # OK: what is to come does not count
    ([(2, "everyone"), (-1, "ann")], False),  # NOT OK: nor does it mend
    ([(24 * 30, "ann")], True),  # OK: exactly as old as may be
    ([(24 * 30 + 1, "ann")], False),  # NOT OK: stale
    ([(24 * 30 + 1, "everyone"), (1, "ann")], True),  # OK
]


@pytest.mark.parametrize(("said", "allowed"), CASES)
def test_the_newest_speaks(world, say, said, allowed):
    for order in (said, said[::-1]):
        shown = Shown(tuple(say(*one) for one in order))
        decision = assess(world.request, POLICY, world.people, shown, at=world.noon)
        assert decision.allowed is allowed
        # What was passed over is still named, so that hiding it shows in an audit.
        assert len(decision.considered) == len(said)


@pytest.mark.parametrize("name", gate_names())
def test_gates_of_what_is_mended_alone_hear_the_newest_alone(name):
    assert find_gate(name).gate.newest_speaks is (name in {"access", "encryption", "provenance"})
