"""Serving what was taken out of service."""

import uuid

from govgate.adapters.clock import SystemClock
from govgate.engine import REVOCATION
from govgate.records import Revocation, RevocationAction, Subject
from tests.integrations.mlflow.bypasses.databases import add_tag
from tests.integrations.mlflow.bypasses.lab import API, JUDGED, digest_of, write
from tests.integrations.mlflow.bypasses.probe import Step, probe


def own_files():
    """Bytes that no other model has: an order is about bytes under whatever name."""
    return {**JUDGED, "notes.txt": uuid.uuid4().bytes}


def order(side, version, files, action="revoke", person=None, governed=None):
    """Write an order into the ledger; give its envelope. On stock: any text."""
    if not side.guarded:
        return "{}"
    record = Revocation(
        action=RevocationAction(action),
        subject_content=digest_of(files),
        target=side.registered(version),
        reason="leaks training rows",
        ordered_at=SystemClock().now(),
    )
    name = f"models:/{version.name}/{version.version}"
    subject = Subject(name=name, content=record.subject_content)
    return write(governed or side.governed, record, REVOCATION, subject, person)


def show(side, version, envelope):
    return side.set_tag(version, "govgate.revocation", envelope)


def stopped(side, aliases=("champion",)):
    """A version in production that was stopped, and the files it has."""
    files = own_files()
    version = side.promoted(aliases=aliases, files=files)
    assert show(side, version, order(side, version, files)).ok
    return version, files


def reading(side, version, ask, alias="champion"):
    return Step(ask, lambda: side.served(version.name, alias) is not None)


@probe("Q01", "reads through the alias", "QUARANTINED")
def alias_of_what_was_stopped(side):
    version, _ = stopped(side)
    return reading(side, version, lambda: side.resolve(version.name))


@probe("Q02", "reads by the number", "QUARANTINED")
def number_of_what_was_stopped(side):
    version, _ = stopped(side)
    return Step(lambda: side.download_uri(version), lambda: side.files_of(version) is not None)


@probe("Q03", "reads through a free alias", "QUARANTINED")
def free_alias_of_what_was_stopped(side):
    files = own_files()
    version = side.attested(files=files)
    assert side.set_alias(version, "candidate").ok
    order(side, version, files)
    return reading(
        side, version, lambda: side.resolve(version.name, "candidate"), alias="candidate"
    )


@probe("Q04", "fetches the files through the web page's own door", "QUARANTINED")
def page_of_what_was_stopped(side):
    version, _ = stopped(side)

    def ask():
        address = f"{side.server.url}/model-versions/get-artifact"
        asked = {"name": version.name, "version": version.version, "path": "model.bin"}
        return side.session.get(address, params=asked, timeout=60)

    return Step(ask, lambda: ask().ok)


@probe("Q05", "reads the stage's newest version", "QUARANTINED")
def stage_of_what_was_stopped(side):
    version, _ = stopped(side, ("stage:Production",))
    path = f"{API}/registered-models/get-latest-versions"
    body = {"name": version.name, "stages": ["Production"]}
    return Step(lambda: side.ask("POST", path, **body), lambda: side.ask("POST", path, **body).ok)


@probe("Q06", "sets the alias of what was stopped before it was set", "QUARANTINED")
def alias_set_after_the_order(side):
    files = own_files()
    version = side.attested(files=files)
    order(side, version, files)
    return Step(
        lambda: side.set_alias(version),
        lambda: side.alias_of(version.name) == version.version,
    )


@probe("Q07", "moves it to Production", "QUARANTINED")
def stage_set_after_the_order(side):
    files = own_files()
    version = side.attested(aliases=("stage:Production",), files=files)
    order(side, version, files)
    return Step(lambda: side.set_stage(version), lambda: side.stage_of(version) == "Production")


@probe("Q08", "hands over its decision once more", "QUARANTINED")
def decision_replayed(side):
    version, _ = stopped(side)
    envelope = side.tags(version).get("govgate.attestation", "{}")
    return reading(side, version, lambda: side.attest(version, envelope))


@probe("Q09", "hands over a new decision", "QUARANTINED")
def new_decision(side):
    version, files = stopped(side)
    envelope = side.decided(version, files=files)
    return reading(side, version, lambda: side.attest(version, envelope))


@probe("Q10", "registers the same bytes under another name", "QUARANTINED")
def bytes_under_another_name(side):
    _, files = stopped(side)
    other = side.model(files=files)
    envelope = side.decided(other, files=files)

    def last():
        answer = side.attest(other, envelope)
        side.set_alias(other)
        return answer

    return Step(last, lambda: side.alias_of(other.name) == other.version)


@probe("Q11", "deletes the tag that shows the order", "RESERVED_TAG")
def order_tag_deleted(side):
    version, _ = stopped(side)
    named = {"name": version.name, "version": version.version, "key": "govgate.revocation"}
    return Step(
        lambda: side.ask("DELETE", f"{API}/model-versions/delete-tag", **named),
        lambda: "govgate.revocation" not in side.tags(version),
    )


@probe("Q12", "deletes it in the database, and writes `allowed`", "QUARANTINED")
def order_row_deleted(side):
    version, _ = stopped(side)
    side.sql(
        "DELETE FROM model_version_tags WHERE name = :name"
        " AND key IN ('govgate.revocation', 'govgate.decision')",
        name=version.name,
    )
    add_tag(side, version, "govgate.decision", "allowed")
    return reading(side, version, lambda: side.resolve(version.name))


def showing(side, envelope_of, files=None):
    """Hand over an order about what was stopped, then read."""
    version, files = stopped(side)
    envelope = envelope_of(version, files)
    return reading(side, version, lambda: show(side, version, envelope))


@probe("Q13", "as its trainer, releases it", "NOT_AUTHORISED")
def released_by_the_trainer(side):
    return showing(side, lambda v, files: order(side, v, files, "release", "tess"))


@probe("Q14", "with a stolen gate key, releases it", "NOT_AUTHORISED")
def released_by_the_gate(side):
    return showing(side, lambda v, files: order(side, v, files, "release"))


@probe("Q15", "with a role that may stop and not release, releases it", "NOT_AUTHORISED")
def released_by_who_may_only_stop(side):
    return showing(side, lambda v, files: order(side, v, files, "release", "olga"))


@probe("Q16", "hands over an earlier release, after it was stopped again", "SUPERSEDED")
def earlier_release(side):
    def released_and_stopped(version, files):
        envelope = order(side, version, files, "release", "rami")
        order(side, version, files)
        return envelope

    return showing(side, released_and_stopped)


@probe("Q17", "hands over the release of another version", "SUBJECT_MISMATCH")
def release_of_another(side):
    other, files = stopped(side)
    envelope = order(side, other, files, "release", "rami")
    return showing(side, lambda _, __: envelope)


@probe("Q18", "keeps the release out of the ledger", "NOT_IN_LEDGER")
def release_beside_the_ledger(side):
    from tests.integrations.mlflow.bypasses.attestations import elsewhere

    def beside(version, files):
        if not side.guarded:
            return "{}"
        return order(side, version, files, "release", "rami", elsewhere(side))

    return showing(side, beside)


@probe("Q19", "after a release, reads what was decided before it", "REVOKED")
def decision_before_the_release(side):
    version, files = stopped(side)
    order(side, version, files, "release", "rami")
    return reading(side, version, lambda: side.resolve(version.name))


@probe("Q20", "after a release, puts the earlier decision back in the database", "REVOKED")
def earlier_decision_put_back(side):
    version, files = stopped(side)
    earlier = side.tags(version).get("govgate.attestation", "{}")
    order(side, version, files, "release", "rami")
    assert side.attest(version, side.decided(version, files=files)).ok
    side.sql(
        "UPDATE model_version_tags SET value = :value WHERE name = :name"
        " AND key = 'govgate.attestation'",
        value=earlier,
        name=version.name,
    )
    return reading(side, version, lambda: side.resolve(version.name))
