"""What is decided about a request once every gate has spoken."""

from govgate.records.base import Digest, Record, Utc, Word
from govgate.records.sign_off import Package
from govgate.records.subject import Request
from govgate.records.verdict import Outcome, Verdict


class Decision(Record):
    """Allow or deny, with every verdict it rests on."""

    request: Request
    policy: Digest
    """Digest of the policy judged against."""

    policy_name: Word
    """For people: name and version, such as "credit 3"."""

    decided_at: Utc
    expires_at: Utc
    """From this moment on the decision allows nothing."""

    considered: tuple[Digest, ...]
    """Digests of all evidence about the subject that was shown, sorted."""

    sign_offs: tuple[Digest, ...]
    """Digests of the sign-offs that were shown for this package, sorted."""

    people: Digest
    """Digest of the people file that said who holds which role."""

    package: Package
    """What a signer signs; the same for the same request, policy, evidence and judgement."""

    verdicts: tuple[Verdict, ...]

    @property
    def allowed(self) -> bool:
        """True when there is a verdict and none blocks."""
        return bool(self.verdicts) and not any(v.blocks for v in self.verdicts)

    @property
    def pending(self) -> bool:
        """True when missing signatures are all that blocks, and nobody said no."""
        blocking = [v for v in self.verdicts if v.blocks]
        missing = [f.about for v in blocking for f in v.findings if not f.satisfied]
        return [v.gate for v in blocking] == ["sign-off"] and "rejections" not in missing

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Gate to outcome, in the policy's order."""
        return {v.gate: v.outcome for v in self.verdicts}
