"""Judge a request against a policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from govgate.canon import canonical, digest
from govgate.engine.signatures import sign_offs_body
from govgate.engine.spends import spends_body
from govgate.errors import EvidenceError
from govgate.gate import Body, Bounds, End
from govgate.gates import Installed, find_gate
from govgate.gates.privacy_budget import PrivacySpends
from govgate.gates.sign_off import SignOffs
from govgate.policy import People, Policy, Rule
from govgate.records import (
    AtLeast,
    Decision,
    Evidence,
    Exactly,
    Finding,
    Package,
    Request,
    SignOff,
    Verdict,
    Waiver,
)
from govgate.records.spend import SPEND


@dataclass(frozen=True)
class Shown:
    """What the ledger held when the judge looked; signatures are already checked."""

    evidence: tuple[Evidence, ...] = ()
    """What was measured; evidence about other bytes is never judged."""

    waivers: tuple[Waiver, ...] = ()
    """Exceptions granted; those that do not hold are ignored."""

    sign_offs: tuple[SignOff, ...] = ()
    """Yes and no of people; those for another package are ignored."""

    spends: tuple[Evidence, ...] = ()
    """What other subjects spent of a privacy budget before this one; the only evidence about
    other bytes that is ever judged, as a budget is for all of them together."""


def assess(
    request: Request, policy: Policy, people: People, shown: Shown, *, at: datetime
) -> Decision:
    """Judge a request against a policy, and say why.

    The same arguments give the same decision, so an audit is this function
    run again on what the ledger holds; see `recheck`.

    Args:
        request: What is asked for which bytes.
        policy: What is demanded.
        people: Who holds which role.
        shown: Evidence, waivers and sign-offs, in any order.
        at: The moment of judgement, with a time zone.

    Returns:
        A decision holding one verdict for each rule, in the policy's order.
    """
    content = request.subject.content
    log = sorted({e.digest: e for e in shown.evidence}.items())
    considered = tuple(name for name, e in log if e.subject.content == content)
    holding = _holding(shown.waivers, policy, people, request, at)
    seen = {
        rule.gate: _findings(rule, [e for _, e in log], content, shown.spends, at)
        for rule in policy.rules
        if not _wants_sign_offs(rule)
    }
    measured = {
        r.gate: _verdict(r, seen[r.gate][0], holding) for r in policy.rules if r.gate in seen
    }
    package = Package(
        request=request,
        policy=policy.digest,
        considered=considered,
        judgement=digest([v.model_dump(mode="json") for v in measured.values()]),
    )
    signed = [s for s in shown.sign_offs if s.package == package.digest and s.signed_at <= at]
    body = sign_offs_body(package, signed, people)
    verdicts = tuple(
        measured.get(rule.gate) or _verdict(rule, _judged(rule, body), holding)
        for rule in policy.rules
    )
    relied_on = {v.waiver for v in verdicts if v.waiver}
    ends = [at + timedelta(days=policy.valid_days)]
    ends += [w.expires_at for w in holding if w.digest in relied_on]
    # what has ended already is a finding, and may be waived
    ends += [end.at for _, found in seen.values() for end in found if end.at > at]
    return Decision(
        request=request,
        policy=policy.digest,
        policy_name=policy.title,
        decided_at=at,
        expires_at=min(ends),
        considered=considered,
        sign_offs=tuple(sorted({s.digest for s in signed})),
        people=people.digest,
        package=package,
        verdicts=verdicts,
    )


def _wants_sign_offs(rule: Rule) -> bool:
    return bool(find_gate(rule.gate).gate.body_type is SignOffs)


def _holding(
    waivers: Iterable[Waiver], policy: Policy, people: People, request: Request, at: datetime
) -> list[Waiver]:
    """Waivers that hold now, each granted by someone whose role the rule names, no trainer."""
    roles = {rule.gate: rule.waivable_by for rule in policy.rules}
    return [
        w
        for w in sorted(waivers, key=lambda w: w.digest)
        if w.covers(request.subject.content, w.gate, at)
        and w.granted_by != request.trained_by
        and any(people.holds(w.granted_by, role) for role in roles.get(w.gate, ()))
    ]


def _verdict(rule: Rule, findings: list[Finding], holding: list[Waiver]) -> Verdict:
    satisfied = bool(findings) and all(f.satisfied for f in findings)
    covering = [w.digest for w in holding if w.gate == rule.gate and not satisfied]
    return Verdict(
        gate=rule.gate,
        made_by=find_gate(rule.gate).made_by,
        severity=rule.severity,
        findings=tuple(findings),
        waiver=covering[0] if covering else None,
    )


def _findings(
    rule: Rule, log: list[Evidence], content: str, others: Iterable[Evidence], at: datetime
) -> tuple[list[Finding], list[End]]:
    """Set every fresh piece of evidence of the rule's kind against its bounds; say what ends."""
    gate = find_gate(rule.gate).gate
    kind = gate.body_type.KIND
    if kind == PrivacySpends.KIND:
        return _spent(rule, log, content, others, at), []
    of_kind = [e for e in log if e.kind == kind]
    ours = [e for e in of_kind if e.subject.content == content]
    fresh = [e for e in ours if at - rule.max_age <= e.taken_at <= at]
    if not fresh:
        return [_missing(rule, kind, stale=bool(ours), others=len(of_kind) - len(ours))], []
    if gate.newest_speaks:
        newest = max(e.taken_at for e in fresh)
        fresh = [e for e in fresh if e.taken_at == newest]
    found: list[Finding] = []
    ends: list[End] = []
    for item in fresh:
        found += _population(item)
        try:
            body = gate.body_type.model_validate_json(canonical(item.body))
        except ValidationError as why:
            found.append(_broken(kind, _first(why)))
        else:
            found += _judged(rule, body)
            ends += gate.ends(body, rule.read_bounds())
    return [*found, *(_ended(end, at) for end in ends)], ends


def _ended(end: End, at: datetime) -> Finding:
    # In words that stay the same until then: people sign a package of findings.
    return Finding(
        about=end.about,
        observed="over" if at >= end.at else "not over",
        limit=Exactly(value="not over"),
        unit="",
        remedy=end.remedy,
    )


def _spent(
    rule: Rule, log: list[Evidence], content: str, others: Iterable[Evidence], at: datetime
) -> list[Finding]:
    """Set all that was spent on the same data against the budget; no spend is ever too old."""
    own = [e for e in log if e.kind == SPEND and e.subject.content == content]
    if not own or any(e.taken_at > at for e in own):
        return [_missing(rule, SPEND, stale=bool(own), others=0)]
    try:
        body = spends_body(content, own, others)
    except EvidenceError as why:
        return [_broken(SPEND, str(why))]
    return _judged(rule, body)


def _judged(rule: Rule, body: Body) -> list[Finding]:
    installed: Installed = find_gate(rule.gate)
    bounds: Bounds = rule.read_bounds()
    try:
        found = list(installed.gate.judge(body, bounds))
    except (EvidenceError, ValidationError) as why:
        return [_broken(body.KIND, str(why))]
    return found or [_broken(body.KIND, f"gate {rule.gate} found nothing to look at in it")]


def _population(item: Evidence) -> list[Finding]:
    return [
        Finding(
            about=f"population of {item.kind}, {name}",
            observed=float(count),
            limit=AtLeast(value=1.0),
            unit="1",
            remedy=f"collect {item.kind} again on data that holds {name}",
        )
        for name, count in sorted(item.population.items())
        if count < 1
    ]


def _missing(rule: Rule, kind: str, *, stale: bool, others: int) -> Finding:
    about_others = f" ({others} in the ledger are about other bytes)" if others else ""
    return Finding(
        about=f"evidence {kind}",
        observed="stale" if stale else "absent",
        limit=Exactly(value="present"),
        unit="",
        remedy=f"collect {kind} for these very bytes{about_others}, "
        f"no older than {rule.max_age_days} d",
    )


def _broken(kind: str, why: str) -> Finding:
    return Finding(
        about=f"evidence {kind}",
        observed=f"broken: {why}",
        limit=Exactly(value="present"),
        unit="",
        remedy=f"collect {kind} again",
    )


def _first(why: ValidationError) -> str:
    error = why.errors()[0]
    return f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['msg']}"
