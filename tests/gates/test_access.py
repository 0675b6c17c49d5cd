"""One row for each way to fail, and one exactly on each bound."""

import pytest

from govgate.gates.access import Access, AccessBounds, AccessFacts, Grant, Identity

PARTS = tuple(Identity(part=p, holds=(f"key-{p}",)) for p in ("gate", "log", "approvers"))


def grant(who="ann", may="read", **more):
    return Grant(who=who, may=may, on="data", by="policy, statement 1", **more)


def facts(*grants, unknown=(), identities=PARTS):
    return AccessFacts(places=("data",), grants=grants, identities=identities, unknown=unknown)


ANN = {"readers": ("ann",)}
SAME = (*PARTS[:2], Identity(part="approvers", holds=("key-a", "key-gate")))
CASES = [
    (facts(), {}, True),  # OK
    (facts(grant()), ANN, True),  # OK
    (facts(grant()), {}, False),  # NOT OK: nobody is named
    (facts(grant("everyone")), ANN, False),  # NOT OK
    (facts(grant("everyone")), {"readers": ("everyone",)}, True),  # OK: open data, on purpose
    (facts(grant(may="write")), ANN, False),  # NOT OK
    (facts(grant(may="write")), {"writers": ("ann",)}, True),  # OK
    (facts(grant()), {"writers": ("ann",)}, True),  # OK: who may write may read
    (facts(grant(may="administer")), {"writers": ("ann",)}, False),  # NOT OK
    (facts(grant(may="administer")), {"administrators": ("ann",)}, True),  # OK
    (facts(grant(), grant(may="write")), {"administrators": ("ann",)}, True),  # OK
    (facts(grant("bob", conditional=True)), {}, False),  # NOT OK
    (facts(grant("bob", conditional=True)), {"conditions": "trust"}, True),
    (facts(grant("bob")), {"conditions": "trust"}, False),  # NOT OK
    (facts(grant(wildcard=True)), ANN, False),  # NOT OK
    (facts(grant(wildcard=True)), ANN | {"wildcards": "accept"}, True),
    (facts(unknown=("why; grant it",)), {}, False),  # NOT OK
    (facts(identities=SAME), {}, False),  # NOT OK: an approver has the gate's key
    (facts(identities=SAME), {"separate": ("gate", "log")}, True),
    (facts(identities=PARTS[:2]), {}, False),  # NOT OK: nobody knows the approvers
    (facts(identities=(*PARTS[:2], Identity(part="approvers", holds=()))), {}, False),
    (facts(identities=()), {"separate": ()}, True),
]


@pytest.mark.parametrize(("body", "bounds", "satisfied"), CASES)
def test_only_those_named_have_access(body, bounds, satisfied):
    found = list(Access().judge(body, AccessBounds(**bounds)))
    assert all(f.satisfied for f in found) is satisfied
    assert all(f.remedy for f in found if not f.satisfied)


def test_the_picture_counts_who_may_do_what():
    body = facts(grant("a"), grant("b"), grant("b", may="write"))
    (bars,) = Access().plots(body, AccessBounds())
    assert bars.series == {"read": (2.0,), "write": (1.0,), "administer": (0.0,)}
