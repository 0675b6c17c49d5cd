"""Which orders count, and what they make of a model."""

from datetime import timedelta

import pytest

from govgate.engine import Concern, Order, counts, require_after, require_unquarantined, who_may
from govgate.errors import DeniedError
from govgate.ledger import Actor, ActorKind
from govgate.policy import RevocationRule
from govgate.records import Registered, Revocation, RevocationAction

RULE = RevocationRule(by=("model-owner",), release_by=("risk",))
NOBODY = RevocationRule()
GATE = Actor(kind=ActorKind.SERVICE, id="gate")
BYTES, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
ONE = Registered(registry="reg", model="credit", version="1", created_ms=1000)
TWO = ONE.model_copy(update={"version": "2"})


def human(name):
    return Actor(kind=ActorKind.HUMAN, id=name)


def order(index, action="revoke", actor=GATE, content=BYTES, target=ONE, at=None, noon=None):
    revocation = Revocation(
        action=RevocationAction(action),
        subject_content=content,
        target=target,
        reason="leaks",
        ordered_at=at or noon,
    )
    return Order(index, revocation, actor)


@pytest.mark.parametrize(
    ("action", "actor", "expected"),
    [
        ("revoke", GATE, True),  # OK
        ("revoke", human("olga"), True),  # OK
        ("release", human("rami"), True),  # OK
        ("revoke", None, True),  # OK: who signed it is known no more
        ("revoke", human("rami"), False),  # NOT OK: another role
        ("release", human("olga"), False),  # NOT OK
        ("release", GATE, False),  # NOT OK: no service lets a model go on
        ("release", None, False),  # NOT OK: unknown opens nothing
        ("release", human("tess"), False),  # NOT OK: holds the role, and trained it
        ("revoke", human("nobody"), False),  # NOT OK
    ],
)
def test_who_may_give_an_order(world, noon, action, actor, expected):
    given = order(1, action, actor, noon=noon)
    assert counts(given, RULE, world.people, "tess") is expected


def stands(world, orders, version=ONE, content=BYTES):
    concern = Concern(version, content, "tess")
    try:
        newest = require_unquarantined(orders, concern, RULE, world.people)
    except DeniedError as why:
        return why.reason
    return newest and newest.index


REVOKE, RELEASE = ("revoke", GATE), ("release", human("rami"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], None),
        ([(*REVOKE, BYTES, ONE)], "QUARANTINED"),
        ([(*REVOKE, BYTES, None)], "QUARANTINED"),  # by its bytes
        ([(*REVOKE, OTHER, ONE)], "QUARANTINED"),  # by its version
        ([(*REVOKE, BYTES, TWO)], "QUARANTINED"),  # the same bytes under another version
        ([(*REVOKE, OTHER, TWO)], None),
        ([(*REVOKE, BYTES, ONE), (*RELEASE, BYTES, ONE)], 2),
        ([(*REVOKE, BYTES, ONE), (*RELEASE, BYTES, None)], "QUARANTINED"),  # not the version
        ([(*REVOKE, BYTES, ONE), (*RELEASE, OTHER, ONE)], "QUARANTINED"),  # not the bytes
        ([(*REVOKE, BYTES, ONE), (*RELEASE, BYTES, ONE), (*REVOKE, BYTES, ONE)], "QUARANTINED"),
        ([(*RELEASE, BYTES, ONE), (*REVOKE, BYTES, ONE)], "QUARANTINED"),
        ([(*REVOKE, BYTES, ONE), ("release", human("tess"), BYTES, ONE)], "QUARANTINED"),
    ],
)
def test_the_last_order_about_either_decides(world, noon, said, expected):
    orders = [order(n, *one, noon=noon) for n, one in enumerate(said, start=1)]
    assert stands(world, orders) == expected


@pytest.mark.parametrize("field", ["registry", "workspace", "model", "version", "created_ms"])
def test_a_version_that_differs_in_anything_is_another(world, noon, field):
    other = ONE.model_copy(update={field: 7 if field == "created_ms" else "other"})
    assert stands(world, [order(1, content=OTHER, target=other, noon=noon)]) is None


@pytest.mark.parametrize(
    ("index", "seconds", "newer"),
    [
        (6, 1, True),  # OK
        (6, 0, True),  # OK: exactly on the bound
        (4, 1, False),  # NOT OK: stood in the ledger before it
        (6, -1, False),  # NOT OK: a copy in another envelope, signed before it
        (None, 1, False),  # NOT OK: was never there
    ],
)
def test_a_claim_counts_after_a_release_by_place_and_by_time(noon, index, seconds, newer):
    released = order(5, *RELEASE, noon=noon)
    at = noon + timedelta(seconds=seconds)
    if newer:
        require_after(released, index, at, "")
        return
    with pytest.raises(DeniedError) as caught:
        require_after(released, index, at, "")
    assert caught.value.reason == "REVOKED"


@pytest.mark.parametrize(
    ("action", "rule", "says"),
    [
        ("release", RULE, "may not release this model; ask somebody who holds role risk, and did"),
        ("revoke", RULE, "may not revoke this model; ask somebody who holds role model-owner"),
        ("release", NOBODY, "; name roles in the policy's revocation.release_by, raise"),
        ("revoke", NOBODY, "; name roles in the policy's revocation.by, raise"),
    ],
)
def test_who_may_not_is_told_who_may(action, rule, says, noon):
    assert says in who_may(order(0, action, human("tess"), noon=noon), rule)
