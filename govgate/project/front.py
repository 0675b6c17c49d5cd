"""One folder's project, with everything wired: what the command line and pipelines call."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from govgate.adapters.clock import SystemClock
from govgate.adapters.keys import FileSigner
from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.adapters.model_files import content_of_folder
from govgate.canon import SPEC
from govgate.engine import (
    Demands,
    Shown,
    assess,
    attestation_of,
    promote,
    recheck,
    require,
    sentence,
)
from govgate.errors import AuthorityError, EvidenceError, PolicyError, ProjectError
from govgate.ledger import Actor, ActorKind, Checkpoint, Entry, Report, keyid
from govgate.plot import Plot
from govgate.policy import People, Policy, read_people
from govgate.ports import ModelVersion, Surroundings, Workers
from govgate.project.attaching import attach_file
from govgate.project.book import GATE, Book, Progress, Writing
from govgate.project.cross_check import CrossCheck, cross_check
from govgate.project.erasing import erasure_of_file, require_eraser
from govgate.project.guard import Guard
from govgate.project.keeping import Kept, KeptFiles
from govgate.project.keys import open_secrets
from govgate.project.measuring import (
    Inputs,
    check_names,
    lint_policy,
    measure_rule,
    needs_of,
    open_inputs,
    read_by,
)
from govgate.project.naming import ModelName, read_aliases, read_model_name
from govgate.project.orders import require_unstopped
from govgate.project.picturing import pictures_of
from govgate.project.provenance import DATASETS, LINEAGE, lineage_table, records_table
from govgate.project.proving import Proven, check_proof, prove, write_new
from govgate.project.reading import Decided, decided, is_recorded, policy_of, shown_by
from govgate.project.reconciling import Reconciled, reconcile
from govgate.project.settings import Settings, find_folder, read_settings, read_text
from govgate.project.spending import require_readable, spent_before
from govgate.project.surroundings import Around
from govgate.project.working import open_workers
from govgate.records import (
    Attestation,
    Decision,
    Evidence,
    Meaning,
    Promotion,
    Request,
    SignOff,
    Subject,
    Target,
    Waiver,
)
from govgate.records.spend import SPEND

_POLICY, _DECISION = f"{SPEC}policy/v1", f"{SPEC}decision/v1"
"""Texts that a statement of that kind holds."""


def open_project(folder: Path | None = None) -> "Project":
    """Open the project of a folder.

    Args:
        folder: A folder with govgate.yaml; None takes GOVGATE_PROJECT, then this folder
            and those above.

    Returns:
        The project, its settings, policy and people read and checked.

    Raises:
        ProjectError: There is no project, or its files are not in order.
        PolicyError: The policy or the people file cannot be read.
    """
    start = folder or Path(os.environ.get("GOVGATE_PROJECT") or ".")
    return Project(find_folder(start.resolve()))


class Project:
    """The front door. Nothing here judges; it fetches, calls the engine, and records."""

    def __init__(self, folder: Path) -> None:
        """Read the settings, the policy and the people of a folder."""
        self.folder = folder
        self.settings: Settings = read_settings(folder)
        self.policy: Policy = lint_policy(folder / self.settings.policy)
        self.people: People = read_people(
            read_text(folder / self.settings.people), self.settings.people
        )
        self._clock = SystemClock()

    @cached_property
    def book(self) -> Book:
        """The ledger."""
        return Book(self.folder, self.settings, self.people, self.policy.retention_days)

    @cached_property
    def registry(self) -> MlflowRegistry:
        """The model registry; MLFLOW_TRACKING_URI, where it is an address, goes first."""
        workspace = self.settings.registry.workspace
        return MlflowRegistry(self._registry_uri, content_of_folder, workspace=workspace)

    @property
    def _registry_uri(self) -> str:
        env = os.environ.get("MLFLOW_TRACKING_URI", "")
        return env if env.startswith("http") else self.settings.registry.uri

    @cached_property
    def workers(self) -> Workers:
        """Who measures tables of many parts."""
        return open_workers(self.settings.workers)

    def use_workers(self, chosen: Any) -> None:
        """Measure with others than the project file names.

        Args:
            chosen: `WorkerSettings`, or a `distributed.Client` that is connected.
        """
        self.workers = open_workers(chosen)

    @cached_property
    def around(self) -> Surroundings:
        """The places where this project's data, models and ledger are."""
        return Around(self.folder, {"registry": self._registry_uri})

    def now(self) -> datetime:
        """The present moment, as this project's records have it."""
        return self._clock.now()

    def request(
        self, model: str, *, trained_by: str | None = None, aliases: Sequence[str] = ()
    ) -> Request:
        """Say what is asked for a model.

        Args:
            model: "models:/NAME/VERSION", "models:/NAME@ALIAS" or a model folder.
            trained_by: Id of the person who trained it; None takes it from the ledger.
            aliases: Aliases the version may carry; none asks for what was asked last, or
                for a decision that promotes nothing.

        Returns:
            The request, about the bytes that are there now.

        Raises:
            ProjectError: The trainer is unknown or another than before, or a folder is to
                carry an alias.
        """
        named, wanted = read_model_name(model), read_aliases(aliases)
        if named.folder is not None:
            if wanted:
                msg = f"{model} is a folder, which carries no alias; register it first"
                raise ProjectError(msg)
            subject = self.subject(model)
            return Request(subject=subject, trained_by=self._trainer(trained_by, subject))
        version = self.registry.version(named.name, named.version)
        subject = self._registered(version)
        if not wanted:
            asked = [r.target for r in self._asked(subject.content) if r.subject == subject]
            wanted = asked[-1].aliases if asked and asked[-1] else ()
        return Request(
            subject=subject,
            trained_by=self._trainer(trained_by, subject),
            target=self.target(version, wanted) if wanted else None,
        )

    def _asked(self, content: str) -> list[Request]:
        """What was asked about these bytes so far, under whatever name."""
        entries = [e for e in self.entries_about(content) if e.kind == "decision/v1"]
        return [attestation_of(e).decision.request for e in entries]

    def _trainer(self, trained_by: str | None, subject: Subject) -> str:
        before = [r.trained_by for r in self._asked(subject.content)]
        trainer = trained_by or (before[-1] if before else "")
        if trainer not in self.people.by_id:
            known = ", ".join(self.people.by_id)
            msg = f"the trainer {trainer!r} is not in {self.settings.people} ({known}); "
            raise ProjectError(msg + "name one with --trained-by, or add the person")
        if before and trainer not in before:
            msg = f"the ledger says that {before[-1]} trained {subject.name}, not {trainer}"
            raise ProjectError(msg + "; leave --trained-by out, or register what was trained anew")
        return trainer

    def target(self, version: ModelVersion, aliases: tuple[str, ...]) -> Target:
        """Name a registered version, and where it is to go."""
        return Target(
            registry=self.settings.registry.id,
            workspace=version.workspace,
            model=version.name,
            version=version.version,
            created_ms=version.created_ms,
            aliases=aliases,
        )

    def subject(self, model: str) -> Subject:
        """Name a model's bytes as they are now.

        Args:
            model: As in `request`.
        """
        named = read_model_name(model)
        if named.folder is not None:
            return Subject(name=named.folder.name, content=content_of_folder(named.folder))
        return self._registered(self.registry.version(named.name, named.version))

    def _registered(self, version: ModelVersion) -> Subject:
        name = f"models:/{version.name}/{version.version}"
        return Subject(name=name, content=self.registry.content(version))

    def measure(self, request: Request, inputs: Inputs) -> list[Evidence]:
        """Measure what the policy's gates ask for, from what was handed over.

        Args:
            request: Whose evidence it will be.
            inputs: Name to a file, a folder or an s3:// address of rows, or to a frame.

        Returns:
            One piece of evidence for each gate whose inputs are all there.

        Raises:
            EvidenceError: An input cannot be measured, or no gate reads it.
        """
        check_names(self.policy, inputs)
        rules = self.policy.rules
        known = self._with_known(request, inputs, {n for rule in rules for n in needs_of(rule)})
        tables = open_inputs(known, self.workers)
        taken = (measure_rule(rule, request.subject, tables, around=self.around) for rule in rules)
        return [evidence for evidence in taken if evidence is not None]

    def _with_known(self, request: Request, inputs: Inputs, needed: set[str]) -> Inputs:
        """Add what nobody hands over: the lineage in the registry, the records of data sets.

        Raises:
            EvidenceError: Somebody handed it over.
        """
        own: dict[str, Any] = {}
        if DATASETS in needed:
            own[DATASETS] = records_table(self.folder / self.settings.datasets)
        if LINEAGE in needed and (named := _registered_as(request.subject.name)):
            own[LINEAGE] = lineage_table(self.registry, self.registry.version(*named))
        if given := sorted(own.keys() & inputs.keys()):
            msg = f"{given[0]} is what the project knows itself; leave it out of the inputs"
            raise EvidenceError(msg)
        return {**inputs, **own}

    def measure_gate(self, gate: str, request: Request, inputs: Inputs) -> Evidence | None:
        """As `measure`, for one gate; None when the gate needs no table.

        Raises:
            EvidenceError: An input is missing or cannot be measured.
            PolicyError: The policy has no such rule.
        """
        rule = next((r for r in self.policy.rules if r.gate == gate), None)
        if rule is None:
            msg = f"{self.policy.title} has no rule for gate {gate!r}; add one to its rules"
            raise PolicyError(msg)
        needed = set(needs_of(rule))
        known = self._with_known(request, inputs, needed)
        if missing := sorted(needed - known.keys()):
            msg = f"gate {gate} needs {', '.join(missing)}; hand them over as inputs"
            raise EvidenceError(msg)
        tables = open_inputs(read_by(rule, known), self.workers)
        return measure_rule(rule, request.subject, tables, around=self.around)

    def read_evidence(self, path: Path) -> Evidence:
        """Read evidence that was measured elsewhere.

        Raises:
            EvidenceError: The file is not a piece of evidence.
        """
        try:
            return Evidence.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as why:
            said = why.errors()[0]["msg"] if isinstance(why, ValidationError) else why
            msg = f"{path} is not evidence ({said}); see docs/spec/entry.md for its fields"
            raise EvidenceError(msg) from why

    def record(self, evidence: Iterable[Evidence]) -> None:
        """Append evidence to the ledger; durable, at least in the outbox, when this returns.

        Raises:
            EvidenceError: A spend of a privacy budget cannot be counted.
        """
        writings = []
        for e in evidence:
            require_readable(e)
            writings.append(Writing("evidence/v1", e.subject, e))
        if writings:
            self.book.write_or_keep(writings, self.book.gate_signer(), GATE)

    def judge(self, request: Request, evidence: Iterable[Evidence] = ()) -> Decision:
        """Judge what the ledger holds and what is given, and record nothing."""
        shown = shown_by(self.entries_about(request.subject.content))
        more, content = [*evidence], request.subject.content
        given = any(e.kind == SPEND for e in more)
        spends = spent_before(self.book, self.policy, content, given=given)
        together = Shown((*shown.evidence, *more), shown.waivers, shown.sign_offs, spends)
        return assess(request, self.policy, self.people, together, at=self._clock.now())

    def pictures(
        self, decision: Decision, evidence: Iterable[Evidence] = ()
    ) -> dict[str, tuple[Plot, ...]]:
        """Draw what a decision was made on: gate to its pictures, for gates that have any.

        Args:
            decision: As `judge` or `decide` gave it.
            evidence: What was judged besides what the ledger holds.
        """
        shown = shown_by(self.entries_about(decision.request.subject.content))
        return pictures_of(decision, self.policy, (*shown.evidence, *evidence))

    def decide(self, request: Request) -> Decided:
        """Judge what the ledger holds, and record the decision; durable and published.

        Raises:
            PolicyError: This version of the policy was used with another text.
        """
        self._record_policy()
        entries = self.entries_about(request.subject.content)
        spends = spent_before(self.book, self.policy, request.subject.content)
        shown = replace(shown_by(entries), spends=spends)
        decision = assess(request, self.policy, self.people, shown, at=self._clock.now())
        counted = {e.envelope.decode() for e in entries if e.record_digest in decision.sign_offs}
        attestation = Attestation(decision=decision, sign_offs=tuple(sorted(counted)))
        writing = Writing("decision/v1", request.subject, attestation)
        index = self.book.write([writing], self.book.gate_signer(), GATE)
        self.book.publish()
        return self._at(index)

    def _record_policy(self) -> None:
        if is_recorded(self.policy, self.book.entries(_POLICY)):
            return
        subject = Subject(name=f"policy {self.policy.title}", content=self.policy.digest)
        writing = Writing("policy/v1", subject, self.policy)
        self.book.write([writing], self.book.gate_signer(), GATE)

    def require_unstopped(self, request: Request) -> None:
        """Check that no quarantine stands on what is asked for.

        Raises:
            DeniedError: QUARANTINED.
        """
        require_unstopped(self.book, Demands(self.policy, self.people), request)

    def latest(self, model: str) -> Decided:
        """Return the newest decision about a model.

        Raises:
            EvidenceError: There is none.
        """
        name, content = self._named(read_model_name(model))
        found = [
            e
            for e in self.book.entries(_DECISION)
            if e.kind == "decision/v1" and (e.subject.content == content or e.subject.name == name)
        ]
        if not found:
            msg = f"the ledger holds no decision about {model}; run `govgate assess {model}`"
            raise EvidenceError(msg)
        return decided(found[-1])

    def _named(self, named: ModelName) -> tuple[str, str]:
        """Name of a registered version, or content of a folder; the other is ""."""
        if named.folder is not None:
            return "", content_of_folder(named.folder)
        version = named.version
        if version.startswith("@"):
            version = self.registry.version(named.name, version).version
        return f"models:/{named.name}/{version}", ""

    def draft_sign_off(self, model: str, person: str, role: str, meaning: Meaning) -> SignOff:
        """Write what a person would sign about the newest decision on a model.

        Raises:
            AuthorityError: The person does not hold the role, or trained the model.
        """
        package = self.judge(self.latest(model).decision.request).package
        if not self.people.holds(person, role):
            roles = self.people.by_id[person].roles if person in self.people.by_id else ()
            msg = f"{person} does not hold role {role} (holds: {', '.join(roles) or 'none'}); "
            raise AuthorityError(msg + f"see {self.settings.people}")
        if person == package.request.trained_by:
            msg = f"{person} trained {model} and never counts as a signer; ask somebody else"
            raise AuthorityError(msg)
        return SignOff(
            package=package.digest,
            signed_by=person,
            role=role,
            meaning=meaning,
            sentence=sentence(package, meaning, role),
            signed_at=self._clock.now(),
        )

    def sign(self, model: str, sign_off: SignOff, key: Path) -> int:
        """Sign with the person's own key, and record it.

        Returns:
            The index of the entry.

        Raises:
            AuthorityError: The key is not the person's.
        """
        subject = self.latest(model).decision.request.subject
        return self._sign(Writing("sign-off/v1", subject, sign_off), sign_off.signed_by, key)

    def _sign(self, writing: Writing, person: str, key: Path) -> int:
        index = self.write_as([writing], person, key)
        self.book.publish()
        return index

    def write_as(self, writings: Sequence[Writing], person: str, key: Path) -> int:
        """Append records that a person signs with their own key; publish them afterwards.

        Returns:
            The index of the first entry.

        Raises:
            AuthorityError: The key is not the person's.
        """
        signer = FileSigner(key)
        owner = self.people.owner_of_key.get(keyid(signer.public))
        if owner is None or owner.id != person:
            msg = f"{key} is the key of {owner.id if owner else 'nobody'}, not of {person}; "
            raise AuthorityError(msg + f"put the line of its .pub file into {self.settings.people}")
        return self.book.write(writings, signer, Actor(kind=ActorKind.HUMAN, id=person))

    def waive(self, model: str, waiver: Waiver, key: Path) -> int:
        """Sign a waiver with the grantor's own key, and record it.

        Returns:
            The index of the entry.

        Raises:
            AuthorityError: The grantor's role may not waive this gate, or the key is another's.
        """
        request = self.latest(model).decision.request
        rule = next((r for r in self.policy.rules if r.gate == waiver.gate), None)
        roles = rule.waivable_by if rule else ()
        if not any(self.people.holds(waiver.granted_by, role) for role in roles):
            msg = f"{waiver.granted_by} may not waive {waiver.gate} under {self.policy.title} "
            msg += f"(it names {', '.join(roles) or 'nobody'}); mend the model, or ask one of them"
            raise AuthorityError(msg)
        if waiver.granted_by == request.trained_by:
            msg = f"{waiver.granted_by} trained {model} and may not waive for it; ask somebody else"
            raise AuthorityError(msg)
        return self._sign(Writing("waiver/v1", request.subject, waiver), waiver.granted_by, key)

    @cached_property
    def kept(self) -> KeptFiles:
        """The files that are kept with models."""
        return KeptFiles(self.book, open_secrets(self.folder, self.settings))

    def attach(
        self, path: Path, model: str, *, personal: bool = False, media_type: str | None = None
    ) -> Kept:
        """Keep a file with a model; durable and published when this returns.

        Args:
            path: The file, of any size.
            model: As in `request`.
            personal: Whether it may have to be erased: it is sealed, and only a salted digest
                of it stands in the ledger.
            media_type: Such as "text/html"; None takes it from the name.

        Raises:
            EvidenceError: It cannot be read, or changes while it is read.
            StoreError: It could not be kept; the same call again goes on.
        """
        return attach_file(
            self.book,
            self.kept,
            path,
            self.subject(model),
            personal=personal,
            media_type=media_type,
        )

    def keep_drift_page(self, model: str, inputs: Inputs) -> Kept:
        """Draw the model's data with Evidently, from a sample, and keep the page with the model.

        It shows what rows are like, so it is kept as a file with personal data.

        Args:
            model: As in `request`.
            inputs: Among them reference and current, as in `measure`.

        Raises:
            EvidenceError: There is nothing to draw.
            StoreError: It could not be kept.
        """
        from govgate.project.drift_page import NAME, draw_drift

        page = draw_drift(self.policy, inputs)
        with TemporaryDirectory(prefix="govgate-") as folder:
            path = Path(folder) / NAME
            path.write_bytes(page)
            return self.attach(path, model, personal=True)

    def attachments(self, model: str) -> list[Kept]:
        """Say which files are kept with a model; asks no registry, but for an alias."""
        name, content = self._named(read_model_name(model))
        return [
            k for k in self.kept.all() if name == k.subject.name or content == k.subject.content
        ]

    def fetch(self, digest: str, output: Path) -> Kept:
        """Write a kept file to a new file, once all of it was checked.

        Args:
            digest: As `attachments` gives it.
            output: Where no file is yet.

        Raises:
            EvidenceError: There is none, it was erased, or its key is lost.
            TamperedError: It is not what was kept.
            StoreError: It cannot be read or written.
        """
        return self.kept.fetch(digest, output)

    def erase(self, commitment: str, person: str, key: Path, reason: str) -> Kept:
        """Record with a person's own key that a file is erased, then destroy its key.

        Where that was cut short, the same call again finishes it.

        Raises:
            EvidenceError: The ledger holds no such file, or a plain one.
            AuthorityError: The person lacks the role, trained the model, or the key is another's.
            StoreError: The key of the file may still be there.
        """
        self.book.flush()
        kept = self.kept.erasable(commitment)
        asked = [r for k in kept for r in self._asked(k.subject.content)]
        require_eraser(self.people, person, {r.trained_by for r in asked})
        handle = kept[-1].attachment.handle
        if kept[-1].erasure is None:
            self._sign(erasure_of_file(handle, person, reason, self.now()), person, key)
        return self.kept.destroy(handle)

    def promote(self, model: str) -> Decided:
        """Judge once more what the ledger holds, record it, and move the aliases.

        Raises:
            DeniedError: The decision or the registry says no; no alias has moved.
            EvidenceError: The model was assessed for no alias.
        """
        request = self.latest(model).decision.request
        self.require_unstopped(request)
        ready = self.decide(request)
        require(ready.decision, at=self._clock.now())
        target = request.target
        if target is None:
            msg = f"{model} was assessed for no alias; run `govgate assess {model} --alias NAME`"
            raise EvidenceError(msg)
        version = self.registry.version(target.model, target.version)
        now = self._clock.now()
        promote(ready.decision, ready.envelope, self.registry, version, at=now)
        done = Promotion(decision=ready.decision.digest, target=target, promoted_at=now)
        writing = Writing("promotion/v1", request.subject, done)
        self.book.write([writing], self.book.gate_signer(), GATE)
        self.book.publish()
        return ready

    def verify_ledger(
        self, progress: Progress | None = None, *, full: bool = True, processes: int = 1
    ) -> Report:
        """Check the whole log, offline.

        Args:
            progress: Called with (entries done, entries in all).
            full: Whether to check again the signatures that were checked here before.
            processes: How many may share the work.

        Raises:
            LedgerError: It does not hold.
        """
        show = progress or (lambda *_: None)
        return self.book.verify(show, full=full, processes=processes)

    def cross_check(self) -> CrossCheck:
        """Hold the registry's tags against the ledger.

        Raises:
            StoreError: The registry does not answer.
        """
        return cross_check(self.book, self.registry.versions())

    def audit_registry(self, *, all_copies: bool = False) -> Reconciled:
        """Hold all that the registry shows against the ledger, which is verified first.

        Args:
            all_copies: Whether to read the sealed bytes of every version, wherever it is.

        Raises:
            LedgerError: The ledger does not hold.
            StoreError: The registry does not answer.
        """
        self.verify_ledger(full=False)
        guard = Guard(self.folder)
        return reconcile(self.book, guard, self.registry, at=self.now(), all_copies=all_copies)

    def prove(self, about: str, output: Path | None = None, entry_to: Path | None = None) -> Proven:
        """Prove that an entry is in the ledger.

        Args:
            about: Number of an entry, or a model, whose newest decision is meant.
            output: Where to write the proof; None writes none.
            entry_to: Where to write the entry's exact bytes; None writes none.

        Raises:
            LedgerError: The entry is not published.
            EvidenceError: There is no decision about the model.
            StoreError: A file exists already, or cannot be written.
        """
        number = about.isascii() and about.isdigit()
        proven = prove(self.book, int(about) if number else self.latest(about).index)
        for path, data in ((output, proven.proof.encode()), (entry_to, proven.envelope)):
            if path is not None:
                write_new(path, data)
        return proven

    def check_proof(self, proof: Path, entry: Path) -> Checkpoint:
        """Check a proof file and its entry against the trusted log key; reads no ledger."""
        return check_proof(self.book, proof, entry)

    def recheck(self, model: str) -> Decided:
        """Make the newest decision about a model again from the entries before it.

        Raises:
            TamperedError: The answer differs.
        """
        found = self.latest(model)
        decision = found.decision
        entries = self.entries_about(decision.request.subject.content)
        before = [e for e in entries if (e.index or 0) < found.index]
        policy = policy_of(decision, self.book.entries(_POLICY))
        content = decision.request.subject.content
        spends = spent_before(self.book, policy, content, end=found.index)
        recheck(decision, policy, self.people, replace(shown_by(before), spends=spends))
        return found

    def entries_about(self, content: str) -> list[Entry]:
        """All that the ledger holds about these bytes, in order.

        Args:
            content: Tree digest of a model's bytes.
        """
        digest = content.removeprefix("sha256:")
        return [e for e in self.book.entries(digest) if e.subject.content == content]

    def _at(self, index: int) -> Decided:
        return decided(next(self.book.entries(start=index)))


def _registered_as(name: str) -> tuple[str, str] | None:
    """Name and version of a registered model; None of a folder."""
    if not name.startswith("models:/"):
        return None
    named = read_model_name(name)
    return named.name, named.version
