"""From recorded spends to what the privacy-budget gate is shown.

Derived at each judgement, as sign-offs are: a list that somebody kept could leave one out.
"""

from collections.abc import Iterable

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import EvidenceError
from govgate.gates.privacy_budget import PrivacySpends
from govgate.records import Evidence
from govgate.records.spend import SPEND, CountedSpend, Spend


def read_spend(evidence: Evidence) -> Spend:
    """Read what a release cost.

    Raises:
        EvidenceError: It does not say so in numbers that can be added up.
    """
    try:
        return Spend.model_validate_json(canonical(evidence.body))
    except ValueError as why:
        said = why.errors()[0] if isinstance(why, ValidationError) else {"loc": (), "msg": str(why)}
        where = ".".join(map(str, said["loc"])) or "body"
        msg = f"the spend of {evidence.subject.name} cannot be counted ({where}: {said['msg']}); "
        raise EvidenceError(msg + "record it with `govgate privacy spend`") from why


def spends_body(content: str, own: Iterable[Evidence], others: Iterable[Evidence]) -> PrivacySpends:
    """Show the gate what a subject spent, and all that was spent before on the same data.

    Args:
        content: The subject's.
        own: Its spends; one that cannot be read is an error.
        others: Spends of other subjects that the ledger held before the last of its own.

    Raises:
        EvidenceError: One of its own cannot be read.
    """
    ours = [_counted(evidence, read_spend(evidence)) for evidence in own]
    data_sets = {spend.data_set for spend in ours}
    counted, unreadable = [], 0
    for evidence in others:
        if evidence.kind != SPEND or evidence.subject.content == content:
            continue
        try:
            spend = read_spend(evidence)
        except EvidenceError:
            # It may be about these people unless it says clearly that it is not.
            named = evidence.body.get("data_set")
            unreadable += not isinstance(named, str) or named in data_sets
            continue
        if spend.data_set in data_sets:
            counted.append(_counted(evidence, spend))
    by_digest = sorted((*ours, *counted), key=lambda spend: spend.digest)
    return PrivacySpends(subject=content, spends=tuple(by_digest), unreadable=unreadable)


def _counted(evidence: Evidence, spend: Spend) -> CountedSpend:
    return CountedSpend(subject=evidence.subject.content, **dict(spend))
