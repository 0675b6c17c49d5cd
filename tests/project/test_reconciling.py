"""What moved past the server is found, named, and told what to do."""

import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pandas as pd
import pytest

from govgate.engine import ADOPTION, REVOCATION, registered
from govgate.errors import StoreError
from govgate.ports import Alias, ModelVersion
from govgate.project import (
    Guard,
    create_person_key,
    create_project,
    open_guard,
    open_project,
)
from govgate.project.book import GATE, Writing
from govgate.project.places import sealed_base
from govgate.project.reconciling import reconcile
from govgate.records import Adoption, Revocation, RevocationAction, Subject, Target
from govgate.testing import SetClock

POLICY = """\
name: credit
version: "1"
free_aliases: [candidate]
rules:
  - gate: bias
    rationale: r
    owner: risk
    bounds: {attributes: [sex], max_opportunity_gap: null, max_odds_gap: null}
"""
COPY = "0f" * 8
JUDGED, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32


@dataclass
class Shelf:
    """A registry in memory whose server is honest, until somebody goes past it."""

    folder: object
    held: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    bytes_now: dict = field(default_factory=dict)

    def add(self, number):
        created = 1_700_000_000_000 + int(number)
        self.held[number] = ModelVersion("credit", number, created, "", "", {}, ())

    def version(self, _name, number):
        return self.held[number]

    def versions(self):
        return iter(self.held.values())

    def aliases(self):
        return (Alias("credit", name, number) for name, number in self.rows.items())

    def content(self, version):
        found = self.bytes_now.get(version.version, JUDGED)
        if found is None:
            msg = "the store is down; try again"
            raise StoreError(msg)
        return found

    def attest(self, version, envelope):
        tags = dict(open_guard(self.folder).examine(envelope, version, JUDGED).tags)
        tags["govgate.attestation"] = envelope.decode()
        tags["govgate.sealed_uri"] = (
            f"mlflow-artifacts:/{sealed_base('1', JUDGED)}/{COPY}/artifacts"
        )
        self.held[version.version] = replace(version, tags=tags)

    def set_alias(self, version, alias):
        if alias.startswith("stage:"):
            stage = alias.removeprefix("stage:")
            self.held[version.version] = replace(self.held[version.version], stage=stage)
        else:
            self.rows[alias] = version.version

    def tag(self, number, **tags):
        """Change tags as somebody with the database would; None takes one away."""
        new = {f"govgate.{key}": value for key, value in tags.items()}
        both = self.held[number].tags | new
        kept = {key: value for key, value in both.items() if value is not None}
        self.held[number] = replace(self.held[number], tags=kept)


@pytest.fixture
def project(tmp_path):
    """Versions 1 and 2 of credit, promoted one after the other; version 3 is only there."""
    folder = tmp_path / "project"
    create_project(folder, name="credit")
    public = create_person_key(folder / "people" / "tess", "tess")
    person = f'people:\n  - {{id: tess, name: T, roles: [trainer], keys: ["{public}"]}}\n'
    (folder / "people.yaml").write_text(person)
    (folder / "policy.yaml").write_text(POLICY)
    project = open_project(folder)
    project.__dict__["registry"] = Shelf(folder)
    chosen = [1, 0] * 2000
    sex = ["f"] * 2000 + ["m"] * 2000
    frame = pd.DataFrame({"sex": sex, "prediction": chosen, "label": chosen})
    for number in "12":
        project.registry.add(number)
        model = f"models:/credit/{number}"
        aliases = ["champion", "stage:Production"]
        request = project.request(model, trained_by="tess", aliases=aliases)
        project.record(project.measure(request, {"predictions": frame}))
        project.decide(request)
        project.promote(model)
        project.registry.held["1"] = replace(project.registry.held["1"], stage="Archived")
    project.registry.add("3")
    return project


def drift_of(project):
    return [(d.about, d.reason) for d in project.audit_registry().drift]


def test_an_honest_registry_agrees(project):
    project.registry.rows["candidate"] = "3"

    found = project.audit_registry()

    assert found.drift == ()
    assert (found.versions, found.places, found.promotions) == (3, 2, 2)


CHAMPION_2 = "models:/credit/2 @champion"
NOT_SHOWN = (CHAMPION_2, "PROMOTION_NOT_SHOWN")


def alias_to_an_unjudged_version(shelf):
    shelf.rows["champion"] = "3"


def alias_of_another_name(shelf):
    shelf.rows["prod"] = "2"


def alias_to_nowhere(shelf):
    shelf.rows["champion"] = "9"


def alias_to_an_allowed_version(shelf):
    shelf.rows["champion"] = "1"


def alias_taken_away(shelf):
    del shelf.rows["champion"]


def stage_of_an_unjudged_version(shelf):
    shelf.held["3"] = replace(shelf.held["3"], stage="Staging")


def bytes_exchanged(shelf):
    shelf.bytes_now["2"] = OTHER


def bytes_out_of_reach(shelf):
    shelf.bytes_now["2"] = None


def attestation_of_another_version(shelf):
    shelf.held["2"] = replace(shelf.held["2"], tags=shelf.held["1"].tags)


def attestation_edited(shelf):
    text = shelf.held["2"].tags["govgate.attestation"]
    shelf.tag("2", attestation=text.replace('"sig":"', '"sig":"A'))


def all_tags_taken_away(shelf):
    shelf.held["2"] = replace(shelf.held["2"], tags={})


def version_deleted_and_made_anew(shelf):
    shelf.held["2"] = replace(shelf.held["2"], created_ms=1)


def sealed_place_forged(shelf):
    shelf.tag("2", sealed_uri="mlflow-artifacts:/1/models/m-evil/artifacts")


def sealed_place_taken_away(shelf):
    shelf.tag("2", sealed_uri=None)


def sealed_place_of_other_bytes(shelf):
    shelf.tag("2", sealed_uri=f"mlflow-artifacts:/{sealed_base('1', OTHER)}/{COPY}/artifacts")


PRODUCTION_2 = "models:/credit/2 @stage:Production"


# Who goes past the server, and all that is found of it.
@pytest.mark.parametrize(
    ("write", "found"),
    [
        (
            alias_to_an_unjudged_version,
            {("models:/credit/3 @champion", "NO_ATTESTATION"), NOT_SHOWN},
        ),
        (alias_of_another_name, {("models:/credit/2 @prod", "TARGET_MISMATCH")}),
        (alias_to_nowhere, {("models:/credit/9 @champion", "NO_ATTESTATION"), NOT_SHOWN}),
        (alias_to_an_allowed_version, {NOT_SHOWN}),
        (alias_taken_away, {NOT_SHOWN}),
        (stage_of_an_unjudged_version, {("models:/credit/3 @stage:Staging", "NO_ATTESTATION")}),
        (bytes_exchanged, {(p, "DIGEST_MISMATCH") for p in (CHAMPION_2, PRODUCTION_2)}),
        (bytes_out_of_reach, {(p, "VERIFY_UNAVAILABLE") for p in (CHAMPION_2, PRODUCTION_2)}),
        (sealed_place_forged, {(p, "NOT_SEALED") for p in (CHAMPION_2, PRODUCTION_2)}),
        (sealed_place_taken_away, {(p, "NOT_SEALED") for p in (CHAMPION_2, PRODUCTION_2)}),
        (
            sealed_place_of_other_bytes,
            {(p, "DIGEST_MISMATCH") for p in (CHAMPION_2, PRODUCTION_2)},
        ),
        (
            attestation_of_another_version,
            {
                *((p, "SUBJECT_MISMATCH") for p in (CHAMPION_2, PRODUCTION_2)),
                ("models:/credit/2", "TAGS_DISAGREE"),
            },
        ),
        (
            attestation_edited,
            {
                *((p, "BAD_SIGNATURE") for p in (CHAMPION_2, PRODUCTION_2)),
                ("models:/credit/2", "TAGS_DISAGREE"),
            },
        ),
        (all_tags_taken_away, {(p, "NO_ATTESTATION") for p in (CHAMPION_2, PRODUCTION_2)}),
        (
            version_deleted_and_made_anew,
            {
                *((p, "SUBJECT_MISMATCH") for p in (CHAMPION_2, PRODUCTION_2)),
                *((p, "PROMOTION_NOT_SHOWN") for p in (CHAMPION_2, PRODUCTION_2)),
            },
        ),
    ],
)
def test_what_went_past_the_server_is_found(project, write, found):
    write(project.registry)

    assert set(drift_of(project)) == found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("policy", "lenient 9"),
        ("signers", "olga (model-owner)"),
        ("expires", "2999-01-01T00:00:00+00:00"),
        ("gates", None),
        ("decision", "pending"),
    ],
)
def test_a_derived_tag_that_says_otherwise_is_found(project, key, value):
    project.registry.tag("2", **{key: value})

    assert drift_of(project) == [("models:/credit/2", "TAGS_DISAGREE")]


def test_every_row_says_what_to_do(project):
    for write in (alias_to_an_unjudged_version, bytes_exchanged, stage_of_an_unjudged_version):
        write(project.registry)
    project.registry.tag("2", policy="lenient 9")

    drift = project.audit_registry().drift

    assert len(drift) >= 4
    assert [d for d in drift if "; " not in d.said] == []


def test_a_decision_that_has_ended_is_drift_and_its_promotion_need_not_show(project):
    later = SetClock(project.now() + timedelta(days=31))
    guard = Guard(project.folder)
    guard.watch.clock = later

    found = reconcile(project.book, guard, project.registry, at=later.now())

    assert {d.reason for d in found.drift} == {"EXPIRED"}
    assert found.promotions == 0


def test_a_ledger_that_was_tampered_with_is_not_compared(project):
    from govgate.errors import LedgerError

    commit = max((project.folder / "ledger" / "commits").iterdir())
    commit.chmod(0o644)
    commit.write_bytes(commit.read_bytes()[:-1])

    with pytest.raises(LedgerError):
        project.audit_registry()


def test_a_decision_that_was_kept_out_of_the_ledger_is_found(project, tmp_path):
    # Somebody with the gate key decides beside the ledger, and writes the tag into the database.
    beside = open_project(shutil.copytree(project.folder, tmp_path / "beside"))
    beside.__dict__["registry"] = shelf = project.registry
    request = beside.request("models:/credit/3", trained_by="tess", aliases=["champion"])
    decided = beside.decide(request)
    assert decided.decision.allowed
    tags = {"govgate.attestation": decided.envelope.decode()}
    shelf.held["3"] = replace(shelf.held["3"], tags=tags)
    shelf.rows["champion"] = "3"

    assert set(drift_of(project)) == {("models:/credit/3 @champion", "NOT_IN_LEDGER"), NOT_SHOWN}


def test_each_sealed_copy_is_read_once_and_on_demand_those_a_rollback_would_serve(project):
    project.registry.bytes_now["1"] = OTHER
    # Version 1 is at no place any more, and its copy is another place than that of version 2.
    project.registry.tag(
        "1", sealed_uri=f"mlflow-artifacts:/{sealed_base('2', JUDGED)}/{COPY}/artifacts"
    )

    at_places, everywhere = project.audit_registry(), project.audit_registry(all_copies=True)

    assert (at_places.drift, at_places.copies) == ((), 1)
    assert [(d.about, d.reason) for d in everywhere.drift] == [
        ("models:/credit/1", "DIGEST_MISMATCH")
    ]
    assert everywhere.copies == 2


def test_the_copy_of_what_is_in_quarantine_is_read_on_demand_too(project):
    stop(project, "2")
    project.registry.bytes_now["2"] = OTHER
    elsewhere = f"mlflow-artifacts:/{sealed_base('2', JUDGED)}/{COPY}/artifacts"
    project.registry.tag("2", sealed_uri=elsewhere)

    found = {(d.about, d.reason) for d in project.audit_registry(all_copies=True).drift}

    stopped = {(CHAMPION_2, "QUARANTINED"), (PRODUCTION_2, "QUARANTINED")}
    assert found == stopped | {("models:/credit/2", "DIGEST_MISMATCH")}


def stop(project, number, action="revoke", person=None):
    """Write an order into the ledger, as the gate runner or a person; no tag tells of it."""
    version = project.registry.held[number]
    record = Revocation(
        action=RevocationAction(action),
        subject_content=OTHER,
        target=registered(version, project.settings.registry.id),
        reason="leaks",
        ordered_at=project.now(),
    )
    subject = Subject(name=f"models:/credit/{number}", content=OTHER)
    writing = Writing(REVOCATION, subject, record)
    if person is None:
        project.book.write([writing], project.book.gate_signer(), GATE)
    else:
        project.write_as([writing], person, project.folder / "people" / person)
    project.book.publish()


def test_what_is_in_quarantine_and_still_at_an_alias_is_found_at_free_ones_too(project):
    project.registry.rows["candidate"] = "3"
    for number in "23":
        stop(project, number)

    assert drift_of(project) == [
        (CHAMPION_2, "QUARANTINED"),
        ("models:/credit/3 @candidate", "QUARANTINED"),
        (PRODUCTION_2, "QUARANTINED"),
    ]


def test_a_promotion_of_what_is_in_quarantine_need_not_show(project):
    stop(project, "2")
    alias_taken_away(project.registry)
    project.registry.held["2"] = replace(project.registry.held["2"], stage="Archived")

    found = project.audit_registry()

    assert (found.drift, found.promotions) == ((), 0)


def amend(project, section):
    """Put a section before the policy's rules, in a version of its own."""
    policy = project.folder / "policy.yaml"
    text = policy.read_text().replace('version: "1"', 'version: "2"')
    policy.write_text(text.replace("rules:", f"{section}\nrules:"))


def test_a_model_that_is_only_audited_is_shown_as_such_and_is_no_drift(project):
    amend(project, "scopes: [{models: credit, mode: audit}]")
    alias_to_an_unjudged_version(project.registry)
    project.registry.tag("2", decision="denied")

    found = project.audit_registry()

    assert {(d.about, d.reason) for d in found.audited} == {
        ("models:/credit/3 @champion", "NO_ATTESTATION"),
        NOT_SHOWN,
    }
    assert found.drift == ()


def test_tags_that_only_the_server_writes_are_drift_in_an_audited_model_too(project):
    amend(project, "scopes: [{models: credit, mode: audit}]")
    project.registry.tag("2", signers="olga (model-owner)")

    assert drift_of(project) == [("models:/credit/2", "TAGS_DISAGREE")]


def test_tags_are_compared_after_the_policy_changed_too(project):
    amend(project, "")
    assert drift_of(project) == []
    project.registry.tag("2", policy="lenient 9")

    assert drift_of(project) == [("models:/credit/2", "TAGS_DISAGREE")]


def test_an_exempt_model_is_left_out(project):
    amend(project, "scopes: [{models: credit, mode: exempt}]")
    for write in (alias_to_an_unjudged_version, bytes_exchanged, stage_of_an_unjudged_version):
        write(project.registry)
    project.registry.tag("2", policy="lenient 9")

    found = project.audit_registry(all_copies=True)

    assert found.drift == found.audited == ()
    assert (found.versions, found.places, found.promotions, found.copies) == (0, 0, 0, 0)


RULE = 'adoption: {by: [trainer], before: "2026-01-01T00:00:00Z", max_days: 30}'


@pytest.mark.parametrize(("days_later", "ended"), [(0, ""), (21, "EXPIRED")])
def test_an_adoption_is_shown_while_it_holds_and_after_it(project, days_later, ended):
    amend(project, RULE)
    shelf, now = project.registry, project.now()
    shelf.rows["legacy"] = "3"
    version = replace(shelf.held["3"], aliases=("legacy",))
    target = registered(version, project.settings.registry.id).model_dump()
    subject = Subject(name="models:/credit/3", content=JUDGED)
    adoption = Adoption(
        subject=subject,
        target=Target(**target, aliases=("legacy",)),
        reason="before govgate",
        adopted_by="tess",
        adopted_at=now,
        expires_at=now + timedelta(days=20),
    )
    again = open_project(project.folder)
    index = again.write_as(
        [Writing(ADOPTION, subject, adoption)], "tess", project.folder / "people" / "tess"
    )
    again.book.publish()
    shelf.attest(version, next(again.book.entries(start=index)).envelope)
    guard = Guard(project.folder)
    guard.watch.clock = SetClock(now + timedelta(days=days_later))

    found = reconcile(again.book, guard, shelf, at=guard.watch.clock.now())

    (shown,) = found.adopted
    assert (shown.about, shown.aliases, shown.adopted_by, shown.why_not) == (
        "models:/credit/3",
        ("legacy",),
        "tess",
        ended,
    )
    where = "models:/credit/3 @legacy"
    assert [d.reason for d in found.drift if d.about == where] == ([ended] if ended else [])
