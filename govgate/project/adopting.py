"""Letting what was in production before the guard came stay there, for a while."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from govgate.engine import ADOPTION
from govgate.errors import AuthorityError, GovgateError
from govgate.policy import AdoptionRule, Mode, matches
from govgate.ports import ModelVersion, Registry
from govgate.project.book import Writing
from govgate.project.front import Project
from govgate.records import Adoption, Subject

_GOVERNED_STAGES = ("Staging", "Production")


@dataclass(frozen=True)
class Adopter:
    """Who answers for what is adopted, why and for how long."""

    person: str
    key: Path
    days: int
    reason: str


@dataclass(frozen=True)
class Adopted:
    """One version that was looked at."""

    version: ModelVersion
    aliases: tuple[str, ...]
    """Governed aliases and stages it carries."""

    adoption: Adoption | None = None
    why_not: str = ""
    """Why it is not adopted; empty when it is."""


def adopt(project: Project, glob: str, by: Adopter, *, dry_run: bool = False) -> list[Adopted]:
    """Adopt every version at a governed place that is older than the guard.

    Args:
        project: Whose registry, ledger and policy.
        glob: Models to look at, such as "credit-*".
        by: Who answers for it.
        dry_run: Look only: nothing is written.

    Returns:
        Every version looked at, adopted or not and why.

    Raises:
        AuthorityError: The policy lets nobody adopt, or not this person, or not for so long.
    """
    rule = _require_authority(project, by)
    now = project.now()
    seen = [_looked(project, rule, by, v, now) for v in _placed(project.registry)
            if matches(v.name, glob)]  # fmt: skip
    seen = [one for one in seen if one.aliases]
    chosen = [one for one in seen if one.adoption]
    if dry_run or not chosen:
        return seen
    writings = [Writing(ADOPTION, one.adoption.subject, one.adoption) for one in chosen
                if one.adoption]  # fmt: skip
    start = project.write_as(writings, by.person, by.key)
    project.book.publish()
    handed = {id(one): _hand_over(project, one, start + n) for n, one in enumerate(chosen)}
    return [handed.get(id(one), one) for one in seen]


def _placed(registry: Registry) -> Iterator[ModelVersion]:
    """Yield every version that is at an alias or a governed stage, with all its aliases."""
    aliases: dict[tuple[str, str], list[str]] = {}
    for alias in registry.aliases():
        aliases.setdefault((alias.model, alias.version), []).append(alias.name)
    for version in registry.versions():
        here = tuple(sorted(aliases.get((version.name, version.version), ())))
        if here or version.stage in _GOVERNED_STAGES:
            yield replace(version, aliases=here)


def _require_authority(project: Project, by: Adopter) -> AdoptionRule:
    rule = project.policy.adoption
    if rule is None:
        msg = f"{project.policy.title} lets nobody adopt; add a section `adoption` to it, or "
        raise AuthorityError(msg + "assess the models")
    if not any(project.people.holds(by.person, role) for role in rule.by):
        msg = f"{by.person} may not adopt under {project.policy.title}; ask {' or '.join(rule.by)}"
        raise AuthorityError(msg)
    if not 1 <= by.days <= rule.max_days:
        msg = f"{by.days} days are not from 1 to {rule.max_days}, which {project.policy.title} "
        raise AuthorityError(msg + "grants; give fewer days")
    return rule


def _looked(
    project: Project, rule: AdoptionRule, by: Adopter, version: ModelVersion, now: datetime
) -> Adopted:
    aliases = tuple(sorted(_governed(project, version)))
    if not aliases:
        return Adopted(version, ())
    made = datetime.fromtimestamp(version.created_ms / 1000, UTC)
    if made >= rule.before:
        msg = f"made {made:%Y-%m-%d %H:%M}, not before {rule.before:%Y-%m-%d %H:%M}; assess it"
        return Adopted(version, aliases, why_not=msg)
    tags = version.tags
    if "govgate.attestation" in tags and tags.get("govgate.gates") != "adopted":
        return Adopted(version, aliases, why_not="carries a decision already; assess it again")
    name = f"models:/{version.name}/{version.version}"
    try:
        adoption = Adoption(
            subject=Subject(name=name, content=project.registry.content(version)),
            target=project.target(version, aliases),
            reason=by.reason,
            adopted_by=by.person,
            adopted_at=now,
            expires_at=now + timedelta(days=by.days),
        )
    except ValidationError as why:
        return Adopted(version, aliases, why_not=f"{why.errors()[0]['msg']}; give a reason")
    except GovgateError as why:
        return Adopted(version, aliases, why_not=str(why.args[0]))
    return Adopted(version, aliases, adoption)


def _governed(project: Project, version: ModelVersion) -> Iterator[str]:
    if project.policy.mode_of(version.name) is Mode.EXEMPT:
        return
    places = [*version.aliases]
    if version.stage in _GOVERNED_STAGES:
        places.append(f"stage:{version.stage}")
    for place in places:
        if not project.policy.is_free(place):
            yield place


def _hand_over(project: Project, one: Adopted, index: int) -> Adopted:
    entry = next(project.book.entries(start=index))
    try:
        project.registry.attest(one.version, entry.envelope)
    except GovgateError as why:
        return Adopted(one.version, one.aliases, why_not=str(why.args[0]))
    return one
