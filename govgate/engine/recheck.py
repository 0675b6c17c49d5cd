"""Make a decision again, and compare."""

from govgate.engine.assess import Shown, assess
from govgate.errors import TamperedError
from govgate.policy import People, Policy
from govgate.records import Decision


def recheck(decision: Decision, policy: Policy, people: People, shown: Shown) -> None:
    """Check that a decision follows from what the ledger held when it was made.

    Args:
        decision: What was decided.
        policy: The policy it names.
        people: The people file it names.
        shown: All that the ledger held before the decision.

    Raises:
        TamperedError: Other inputs were used, some were hidden, or the answer differs.
    """
    for what, named, given in (
        ("policy", decision.policy, policy.digest),
        ("people file", decision.people, people.digest),
    ):
        if named != given:
            msg = f"the decision names {what} {named}, not {given}; recheck with the one it names"
            raise TamperedError(msg)
    again = assess(decision.request, policy, people, shown, at=decision.decided_at)
    if again != decision:
        parts = [
            name
            for name in type(decision).model_fields
            if getattr(again, name) != getattr(decision, name)
        ]
        msg = f"decision {decision.digest} does not follow from the ledger: {', '.join(parts)} "
        msg += "differ; treat the model as not allowed and find out who wrote it"
        raise TamperedError(msg)
