"""The people who answer for a model have said yes to these very bytes.

Source: thresholds of distinct signers, The Update Framework specification,
section 4; meanings of a signature, 21 CFR 11.50.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures.matching import seats_filled
from govgate.records import AtLeast, AtMost, Digest, Finding, Meaning, Record, Utc, Word


class Signature(Record):
    """One person's yes or no; the key and the holding of the role are already checked."""

    person: Word
    """Person's id in people.yaml."""

    role: Word
    """Role signed in, such as "model-owner", "risk", "legal"."""

    meaning: Meaning
    package: Digest
    """What was signed; a yes to another package is no yes."""

    signed_at: Utc


class SignOffs(Body):
    """Every signature shown for a package."""

    KIND: ClassVar[str] = "sign-offs/v1"

    package: Digest
    """What has to be signed."""

    trained_by: Word
    """Person who trained the model; never counts as a signer."""

    signatures: tuple[Signature, ...]


class SignOffBounds(Bounds):
    """How many of each role must sign."""

    threshold: dict[Word, Annotated[int, Field(ge=1)]] = Field(
        default={"model-owner": 1, "risk": 1}, min_length=1
    )
    """Role to people; one person fills one of these slots at most."""


class SignOff(Gate[SignOffs, SignOffBounds]):
    """Enough distinct people of each role said yes, nobody said no, the trainer not counted.

    Of one person's signatures in one role the latest stands. A no stands until
    the same person says yes in the same role.
    """

    title = "The people who answer for the model signed off"

    def judge(self, body: SignOffs, bounds: SignOffBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        standing = _standing(body, bounds)
        offers: dict[str, set[str]] = defaultdict(set)
        for (person, role), meaning in standing.items():
            if meaning is Meaning.APPROVAL:
                offers[person].add(role)
        filled = seats_filled(offers, bounds.threshold)
        for role, needed in sorted(bounds.threshold.items()):
            missing = needed - filled[role]
            yield Finding(
                about=f"signatures, {role}",
                observed=float(filled[role]),
                limit=AtLeast(value=float(needed)),
                unit="{person}",
                remedy=f"ask {missing} more of role {role} to run `govgate sign`",
            )
        no = sorted(who for who, meaning in standing.items() if meaning is Meaning.REJECTION)
        named = ", ".join(f"{person} ({role})" for person, role in no)
        yield Finding(
            about="rejections",
            observed=float(len({person for person, _ in no})),
            limit=AtMost(value=0.0),
            unit="{person}",
            remedy=f"settle what {named or 'they'} objected to; then the same people sign again, "
            "or new bytes are submitted",
        )

    def planted(self) -> Planted[SignOffs, SignOffBounds]:
        """See `Gate.planted`."""
        package, when = "sha256:" + "0" * 64, datetime(2026, 1, 1, tzinfo=UTC)

        def signed(person: str, role: str) -> Signature:
            return Signature(
                person=person,
                role=role,
                meaning=Meaning.APPROVAL,
                package=package,
                signed_at=when,
            )

        owner, both = signed("ada", "model-owner"), signed("ada", "risk")
        return Planted(
            bounds=SignOffBounds(),
            good=SignOffs(
                package=package, trained_by="tess", signatures=(owner, both, signed("bo", "risk"))
            ),
            bad=SignOffs(package=package, trained_by="tess", signatures=(owner, both)),
        )


def _standing(body: SignOffs, bounds: SignOffBounds) -> dict[tuple[str, str], Meaning]:
    """Person and demanded role to what the person last said of this package.

    At one and the same moment a no outlives a yes.
    """
    counting = (
        s
        for s in body.signatures
        if s.package == body.package and s.person != body.trained_by and s.role in bounds.threshold
    )
    in_time = sorted(counting, key=lambda s: (s.signed_at, s.meaning is Meaning.REJECTION))
    return {(s.person, s.role): s.meaning for s in in_time}
