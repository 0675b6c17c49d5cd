"""Promotion: everything that must hold is looked at before the registry is asked to move."""

import pytest

from govgate.engine import promote
from govgate.errors import DeniedError


class Recorder:
    """A registry that remembers what it was asked, and may hold other bytes."""

    def __init__(self, content: str) -> None:
        self.held = content
        self.asked = []

    def content(self, _version):
        return self.held

    def attest(self, version, envelope):
        self.asked.append(("attest", version.version, envelope))

    def set_alias(self, version, alias):
        self.asked.append(("alias", version.version, alias))


def test_the_attestation_is_handed_over_before_any_alias_moves(world):
    registry = Recorder(world.content)
    decision = world.attested().decision
    promote(decision, b"envelope", registry, world.version, at=world.noon)
    assert registry.asked == [("attest", "1", b"envelope"), ("alias", "1", "champion")]


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (lambda w: setattr(w, "selected", (1000, 1500)), "NOT_ALLOWED"),
        (lambda w: setattr(w, "target", None), "TARGET_MISMATCH"),
    ],
    ids=["unfair", "no alias"],
)
def test_a_no_asks_the_registry_nothing(world, bend, code):
    bend(world)
    registry = Recorder(world.content)
    with pytest.raises(DeniedError) as caught:
        promote(world.attested().decision, b"", registry, world.version, at=world.noon)
    assert caught.value.reason == code
    assert registry.asked == []


def test_bytes_changed_since_they_were_judged_ask_the_registry_nothing(world):
    registry = Recorder("sha256:" + "cd" * 32)
    with pytest.raises(DeniedError) as caught:
        promote(world.attested().decision, b"", registry, world.version, at=world.noon)
    assert caught.value.reason == "DIGEST_MISMATCH"
    assert registry.asked == []


def test_every_alias_of_the_target_moves(world):
    world.target = replace_aliases(world, ("champion", "stage:Production"))
    registry = Recorder(world.content)
    promote(world.attested().decision, b"", registry, world.version, at=world.noon)
    assert [a for _, _, a in registry.asked[1:]] == ["champion", "stage:Production"]


def replace_aliases(world, aliases):
    return world.target.model_copy(update={"aliases": aliases})
