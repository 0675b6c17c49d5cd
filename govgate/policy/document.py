"""The policy file: strict YAML in, a checked `Policy` out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from pydantic import Field

from govgate.canon import canonical
from govgate.errors import PolicyError, UnknownGateError
from govgate.gate import Bounds
from govgate.gates import find_gate
from govgate.gates.sign_off import SignOffs
from govgate.policy.names import same_name
from govgate.policy.scope import AdoptionRule, Mode, RevocationRule, Scope, mode_of
from govgate.policy.strict_yaml import Document, read_record, validated
from govgate.records import Record, Severity, Word

LEAST_RETENTION_DAYS = 183
"""Six months: Regulation (EU) 2024/1689, articles 19(1) and 26(6), of logs."""

_TEN_YEARS_DAYS = 3653
"""Article 18(1) of the same, of documents."""


class Rule(Record):
    """One gate, how it is bound, and who answers for that."""

    gate: Word
    bounds: dict[str, Any] = Field(default_factory=dict)
    """What the gate tolerates; `govgate gates show GATE` lists them with units."""

    collect: dict[str, Any] = Field(default_factory=dict)
    """How the gate's collector reads its inputs, such as column names."""

    severity: Severity = Severity.BLOCK
    rationale: Word
    """Why these bounds: EU AI Act Annex IV point 4 asks for it."""

    owner: Word
    """Person or role who answers for this rule."""

    controls: tuple[Word, ...] = ()
    """Numbered demands of standards that this rule supports, such as "iso42001:A.5.4"."""

    max_age_days: int = Field(default=30, ge=1, le=3660)
    """Older evidence counts as missing."""

    waivable_by: tuple[Word, ...] = ()
    """Roles that may grant a waiver; empty means nobody may. Sign-off is never waived."""

    @property
    def max_age(self) -> timedelta:
        """`max_age_days` as a timedelta."""
        return timedelta(days=self.max_age_days)

    def read_bounds(self) -> Bounds:
        """Give the bounds their gate's own type, defaults filled in.

        Returns:
            Bounds that `read_policy` has already checked.
        """
        bounds: Bounds = find_gate(self.gate).gate.bounds_type.model_validate_json(
            canonical(self.bounds)
        )
        return bounds


class Policy(Record):
    """Every rule that must hold before a model moves."""

    name: Word
    version: Word
    """Raise it with every change: one version never stands for two texts."""

    valid_days: int = Field(default=30, ge=1, le=366)
    """How long a decision under this policy allows anything."""

    retention_days: int = Field(default=_TEN_YEARS_DAYS, ge=LEAST_RETENTION_DAYS, le=36_500)
    """How long nobody can delete what the ledger holds, where its store can lock it."""

    free_aliases: tuple[Word, ...] = ()
    """Aliases that need no decision, such as "candidate"; every other is governed."""

    scopes: tuple[Scope, ...] = ()
    """How models are governed, by name; the first that fits decides, and else all is enforced."""

    adoption: AdoptionRule | None = None
    """Who may adopt what is older than the guard; None means nobody may."""

    revocation: RevocationRule = RevocationRule()
    """Who may stop a model, and let it go on; the gate runner may always stop one."""

    rules: tuple[Rule, ...] = Field(min_length=1)

    @property
    def title(self) -> str:
        """For people: name and version."""
        return f"{self.name} {self.version}"

    def is_free(self, alias: str) -> bool:
        """Tell whether an alias needs no decision; case and width of letters do not matter."""
        return any(same_name(alias, free) for free in self.free_aliases)

    def mode_of(self, model: str) -> Mode:
        """Tell how a model is governed."""
        return mode_of(model, self.scopes)


OptionsOf = Callable[[str], type[Record] | None]
"""Kind of evidence to the options of its collector, or None where nothing collects it."""


def read_policy(
    text: str, name: str = "policy.yaml", options_of: OptionsOf | None = None
) -> Policy:
    """Read a policy and check every rule against its gate.

    Args:
        text: Strict YAML, as in docs/reference/policy-file.md.
        name: The file's name, for messages.
        options_of: Finds the options that `collect:` is checked against; None leaves it unread.

    Returns:
        A policy whose every bound is known and in range.

    Raises:
        PolicyError: The text is not a policy, or a rule does not fit its gate.
    """
    policy, document = read_record(text, Policy, name)
    for index, rule in enumerate(policy.rules):
        _check(rule, document, index)
        if options_of is not None:
            _check_options(rule, document, index, options_of)
    for message in _troubles(policy, document):
        raise PolicyError(message)
    return policy


def _troubles(policy: Policy, document: Document) -> Iterator[str]:
    seen: set[str] = set()
    for index, rule in enumerate(policy.rules):
        if rule.gate in seen:
            at = document.where(("rules", index, "gate"))
            yield f"{at}: gate {rule.gate!r} has two rules; put all its bounds in one"
        seen.add(rule.gate)
        if rule.waivable_by and find_gate(rule.gate).gate.body_type is SignOffs:
            at = document.where(("rules", index, "waivable_by"))
            yield f"{at}: sign-off is people's own word and cannot be waived; remove waivable_by"


def _check(rule: Rule, document: Document, index: int) -> None:
    try:
        kind = find_gate(rule.gate).gate.bounds_type
    except UnknownGateError as why:
        msg = f"{document.where(('rules', index, 'gate'))}: {why}"
        raise UnknownGateError(msg) from why
    validated(rule.bounds, kind, document, ("rules", index, "bounds"), PolicyError)


def _check_options(rule: Rule, document: Document, index: int, options_of: OptionsOf) -> None:
    path = ("rules", index, "collect")
    options = options_of(find_gate(rule.gate).gate.body_type.KIND)
    if options is not None:
        validated(rule.collect, options, document, path, PolicyError)
    elif rule.collect:
        msg = f"{document.where(path)}: nothing collects for gate {rule.gate!r}; remove `collect`"
        raise PolicyError(msg)
