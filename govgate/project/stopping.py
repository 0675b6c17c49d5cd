"""Taking a model out of service at once, and letting it go on."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from govgate.engine import REVOCATION, Order, counts, registered, who_may
from govgate.errors import AuthorityError, DeniedError, EvidenceError, ProjectError, StoreError
from govgate.ledger import Actor, ActorKind
from govgate.ports import ModelVersion
from govgate.project.book import GATE, Writing
from govgate.project.front import Project
from govgate.project.naming import read_model_name
from govgate.records import Decision, Revocation, RevocationAction, Subject


@dataclass(frozen=True)
class Orderer:
    """The person who gives an order, and their private key."""

    person: str
    key: Path


@dataclass(frozen=True)
class Ordered:
    """What came of an order; in the ledger, and so in force, whatever the registry said."""

    index: int
    version: ModelVersion
    refused: str
    """Why the registry did not show it; empty when it does."""


def order(
    project: Project,
    model: str,
    action: RevocationAction,
    reason: str,
    by: Orderer | None = None,
) -> Ordered:
    """Put a version into quarantine, or let it out.

    Args:
        project: Whose ledger and registry.
        model: "models:/NAME/VERSION".
        action: Revoke or release.
        reason: For everybody who is refused, and for the auditor.
        by: The person who orders it; None is the gate runner, who may only revoke.

    Returns:
        Where it stands in the ledger.

    Raises:
        AuthorityError: They may not, or gave no reason.
    """
    version = _version(project, model)
    content, trained_by = _judged(project, version)
    try:
        revocation = Revocation(
            action=action,
            subject_content=content,
            target=registered(version, project.settings.registry.id),
            reason=reason,
            ordered_at=project.now(),
        )
    except ValidationError as why:
        msg = f"the order cannot be given: {why.errors()[0]['msg']}; give a reason in a few words"
        raise AuthorityError(msg) from why
    actor = Actor(kind=ActorKind.HUMAN, id=by.person) if by else GATE
    _require_authority(project, Order(0, revocation, actor), trained_by)
    subject = Subject(name=f"models:/{version.name}/{version.version}", content=content)
    writing = Writing(REVOCATION, subject, revocation)
    if by is None:
        index = project.book.write([writing], project.book.gate_signer(), GATE)
    else:
        index = project.write_as([writing], by.person, by.key)
    project.book.publish()
    return Ordered(index, version, _hand_over(project, version, index))


def roll_back(project: Project, version: ModelVersion) -> dict[str, str]:
    """Point each alias of a version to the newest older one that the registry allows there.

    Args:
        project: Whose registry.
        version: The version to be replaced, with its aliases.

    Returns:
        Alias to the version it points to now; an alias that no older one may carry is left out.
    """
    older = [
        v
        for v in project.registry.versions()
        if v.name == version.name and int(v.version) < int(version.version)
    ]
    older.sort(key=lambda v: int(v.version), reverse=True)
    moved: dict[str, str] = {}
    for alias in version.aliases:
        for candidate in older:
            try:
                project.registry.set_alias(candidate, alias)
            except DeniedError:
                continue
            moved[alias] = candidate.version
            break
    return moved


def _version(project: Project, model: str) -> ModelVersion:
    named = read_model_name(model)
    if named.folder is not None or named.version.startswith("@"):
        msg = f"{model} is not one version of a registry; write models:/NAME/VERSION"
        raise ProjectError(msg)
    return project.registry.version(named.name, named.version)


def _judged(project: Project, version: ModelVersion) -> tuple[str, str | None]:
    """The bytes that were judged and who trained them, or else the bytes that are there."""
    try:
        decision: Decision = project.latest(f"models:/{version.name}/{version.version}").decision
    except EvidenceError:
        return project.registry.content(version), None
    target = decision.request.target
    if target is not None and target.created_ms != version.created_ms:
        return project.registry.content(version), None
    return decision.request.subject.content, decision.request.trained_by


def _require_authority(project: Project, given: Order, trained_by: str | None) -> None:
    rule = project.policy.revocation
    if not counts(given, rule, project.people, trained_by):
        raise AuthorityError(who_may(given, rule))


def _hand_over(project: Project, version: ModelVersion, index: int) -> str:
    entry = next(project.book.entries(start=index))
    try:
        project.registry.order(version, entry.envelope)
    except (DeniedError, StoreError) as why:
        return str(why.args[0])
    return ""
