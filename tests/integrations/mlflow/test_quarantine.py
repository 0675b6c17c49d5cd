"""A model out of service, and every way somebody might try to serve it all the same."""

import json
import shutil
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.model_files import content_of_folder
from govgate.canon import canonical
from govgate.engine import REVOCATION
from govgate.errors import DeniedError
from govgate.integrations.mlflow.entities import as_version
from govgate.project import open_guard
from govgate.project.cross_check import cross_check
from govgate.records import Registered, Revocation, RevocationAction, Subject
from govgate.testing import SetClock

ROLES = "revocation: {by: [model-owner], release_by: [risk, trainer]}"


@pytest.fixture
def served(real):
    """A registry whose policy names who may stop a model, with one in production."""
    real.amend(ROLES)
    real.promoted()
    return real


def order(real, action="revoke", person=None, **changed):
    """Write an order about models:/credit/1 into the ledger; return its envelope."""
    version = real.store._stock.get_model_version("credit", "1")
    content = content_of_folder(Path(version.source))
    target = {
        "registry": real.guard.registry_id,
        "model": "credit",
        "version": "1",
        "created_ms": version.creation_timestamp,
    }
    said = {
        "action": RevocationAction(action),
        "subject_content": content,
        "target": Registered(**target | changed.pop("target", {})),
        "reason": "leaks training rows",
        "ordered_at": SystemClock().now(),
    }
    record = Revocation(**said | changed)
    subject = Subject(name="models:/credit/1", content=record.subject_content)
    return real.write(record, REVOCATION, subject, person)


def show(real, envelope):
    real.registry.tag(
        real.store._stock.get_model_version("credit", "1"), "govgate.revocation", envelope
    )


def serve(real):
    """Everything a client does with a model in production."""
    yield lambda: real.store.get_model_version_by_alias("credit", "champion")
    yield lambda: real.store.get_model_version_download_uri("credit", "1")
    yield real.alias()


def all_refused(real, refused, reason):
    for step in serve(real):
        with refused(reason):
            step()


@pytest.mark.parametrize("person", [None, "olga"])
def test_an_order_in_the_ledger_stops_a_model_without_any_tag(served, refused, person):
    order(served, person=person)

    all_refused(served, refused, "QUARANTINED")


def test_an_order_handed_over_is_shown(served, refused):
    show(served, order(served))

    tags = served.registry.tags(served.store._stock.get_model_version("credit", "1"))
    assert tags["govgate.decision"] == "quarantined"
    assert tags["govgate.recorded_by"] == "anonymous"
    assert "govgate.attestation" in tags
    all_refused(served, refused, "QUARANTINED")


def test_the_tags_of_a_quarantined_model_still_agree_with_the_ledger(served):
    show(served, order(served))

    version = as_version(served.store._stock.get_model_version("credit", "1"))
    checked = cross_check(served.governed.project().book, [version])
    assert (checked.compared, checked.problems) == (1, ())


def test_deleting_the_tag_in_the_database_lifts_nothing(served, refused):
    show(served, order(served))
    served.registry.sql("DELETE FROM model_version_tags WHERE key = 'govgate.revocation'")
    served.registry.sql(
        "UPDATE model_version_tags SET value = 'allowed' WHERE key = 'govgate.decision'"
    )

    all_refused(served, refused, "QUARANTINED")


def test_a_restarted_server_still_refuses(served, refused):
    order(served)
    served.store._guard = open_guard(served.governed.folder)

    all_refused(served, refused, "QUARANTINED")


def test_a_quarantined_model_can_be_replaced_by_an_older_one(real, refused):
    real.amend(ROLES)
    real.attested(text="older")
    real.attested(text="newer")
    real.alias("2")()
    version = real.store._stock.get_model_version("credit", "2")
    target = {"version": "2", "created_ms": version.creation_timestamp}
    order(real, target=target, subject_content=content_of_folder(Path(version.source)))
    with refused("QUARANTINED"):
        real.alias("2")()

    real.alias("1")()

    assert real.store.get_model_version_by_alias("credit", "champion").version == 1


def test_a_new_decision_alone_lifts_no_quarantine(served, refused):
    order(served)
    version = served.store._stock.get_model_version("credit", "1")

    with refused("QUARANTINED"):
        served.attest(version, served.decided(version))

    all_refused(served, refused, "QUARANTINED")


def test_after_a_release_a_new_decision_is_needed_and_is_enough(served, refused):
    show(served, order(served))
    show(served, order(served, "release", "rami"))
    version = served.store._stock.get_model_version("credit", "1")
    assert served.registry.tags(version)["govgate.decision"] == "revoked"
    all_refused(served, refused, "REVOKED")

    served.attest(version, served.decided(version))

    for step in serve(served):
        step()
    assert served.registry.tags(version)["govgate.decision"] == "allowed"


def test_the_decision_of_before_put_back_after_a_release_opens_nothing(served, refused):
    order(served)
    order(served, "release", "rami")
    version = served.store._stock.get_model_version("credit", "1")
    old = served.registry.tags(version)["govgate.attestation"]
    served.attest(version, served.decided(version))
    served.registry.sql(
        "UPDATE model_version_tags SET value = ? WHERE key = 'govgate.attestation'", old
    )

    all_refused(served, refused, "REVOKED")


def append(real, *envelopes):
    """Append raw entries, as anybody who can write to the store could."""
    project = real.governed.project()
    project.book._log.append([e.encode() for e in envelopes], RandomIds().new())
    project.book.publish()


def in_another_envelope(envelope):
    """Hold the same statement and signature in other bytes: with one more signature, by nobody."""
    said = json.loads(envelope)
    extra = {"keyid": "00" * 32, "sig": b64encode(bytes(64)).decode()}
    return canonical({**said, "signatures": [extra, *said["signatures"]]}).decode()


@pytest.mark.parametrize("disguise", [str, in_another_envelope])
def test_an_old_decision_appended_once_more_opens_nothing(served, refused, disguise):
    old = served.registry.tags(served.store._stock.get_model_version("credit", "1"))[
        "govgate.attestation"
    ]
    order(served)
    order(served, "release", "rami")
    again = disguise(old)
    append(served, again)
    served.registry.sql(
        "UPDATE model_version_tags SET value = ? WHERE key = 'govgate.attestation'", again
    )

    all_refused(served, refused, "REVOKED")


@pytest.mark.parametrize("disguise", [str, in_another_envelope])
def test_an_old_release_appended_once_more_lifts_nothing(served, refused, disguise):
    order(served)
    released = order(served, "release", "rami")
    order(served)
    append(served, disguise(released))

    all_refused(served, refused, "QUARANTINED")


def test_the_trainer_releases_nothing_though_the_role_would_do(served, refused):
    order(served)
    envelope = order(served, "release", "tess")

    with refused("NOT_AUTHORISED"):
        show(served, envelope)
    all_refused(served, refused, "QUARANTINED")


def test_the_gate_key_releases_nothing(served, refused):
    order(served)
    envelope = order(served, "release")

    with refused("NOT_AUTHORISED"):
        show(served, envelope)
    all_refused(served, refused, "QUARANTINED")


@pytest.mark.parametrize(("action", "person"), [("revoke", "rami"), ("release", "olga")])
def test_a_person_without_the_role_orders_nothing(served, refused, action, person):
    if action == "release":
        order(served)
    with refused("NOT_AUTHORISED"):
        show(served, order(served, action, person))

    if action == "revoke":
        for step in serve(served):
            step()
    else:
        all_refused(served, refused, "QUARANTINED")


def test_striking_the_signer_off_the_list_lifts_nothing(served, refused):
    order(served, person="olga")
    people = served.governed.folder / "people.yaml"
    lines = people.read_text().splitlines()
    people.write_text("\n".join(line for line in lines if "olga" not in line) + "\n")

    with refused("QUARANTINED"):
        served.store.get_model_version_by_alias("credit", "champion")


def test_an_older_order_is_not_shown_over_a_newer_one(served, refused):
    first = order(served)
    show(served, order(served, "release", "rami"))

    with refused("SUPERSEDED"):
        show(served, first)


def test_an_order_about_another_version_is_not_shown_here(served, refused):
    envelope = order(served, target={"version": "2"})

    with refused("SUBJECT_MISMATCH"):
        show(served, envelope)


def test_an_order_kept_out_of_the_ledger_is_not_shown(served, refused):
    elsewhere = served.elsewhere(str)

    with refused("NOT_IN_LEDGER"):
        show(served, order(elsewhere))


@pytest.mark.parametrize("envelope", ["{}", "x", '{"payload": ""}', "\0"])
def test_what_is_no_order_is_refused(served, refused, envelope):
    with refused("NOT_IN_LEDGER"):
        show(served, envelope)


def test_the_tag_of_an_order_cannot_be_taken_away(served, refused):
    show(served, order(served))

    with refused("RESERVED_TAG"):
        served.store.delete_model_version_tag("credit", "1", "govgate.revocation")


def test_the_same_bytes_registered_anew_stay_in_quarantine(served, refused):
    order(served)
    again = served.registry.register()

    with refused("QUARANTINED"):
        served.attest(again, served.decided(again))


def test_other_bytes_put_under_the_same_version_stay_in_quarantine(served, refused):
    order(served, subject_content="sha256:" + "00" * 32)

    all_refused(served, refused, "QUARANTINED")


def test_a_quarantine_holds_at_a_free_alias_and_without_any_decision(real, refused):
    real.amend(ROLES)
    real.registry.register()
    real.alias(alias="candidate")()
    order(real)

    with refused("QUARANTINED"):
        real.store.get_model_version_by_alias("credit", "candidate")
    with refused("QUARANTINED"):
        real.alias(alias="candidate")()
    with refused("QUARANTINED"):
        real.store.get_model_version_download_uri("credit", "1")


def test_a_release_of_other_bytes_lifts_nothing(served, refused):
    order(served)
    other = {"subject_content": "sha256:" + "00" * 32, "target": {"version": "9"}}
    order(served, "release", "rami", **other)

    all_refused(served, refused, "QUARANTINED")


def test_a_ledger_cut_back_before_the_order_is_noticed(served, refused):
    before = served.folder / "before"
    shutil.copytree(served.governed.folder / "ledger", before)
    show(served, order(served))
    shutil.rmtree(served.governed.folder / "ledger")
    shutil.copytree(before, served.governed.folder / "ledger")
    shutil.rmtree(served.governed.folder / ".govgate", ignore_errors=True)
    served.store._guard = open_guard(served.governed.folder)

    all_refused(served, refused, "VERIFY_UNAVAILABLE")


def test_a_ledger_that_is_gone_refuses(served, refused):
    for step in serve(served):
        step()
    (served.governed.folder / "ledger").rename(served.folder / "unmounted")

    all_refused(served, refused, "VERIFY_UNAVAILABLE")


@pytest.mark.parametrize("minutes", [11, 60 * 24 * 400])
def test_a_clock_set_back_refuses(served, refused, minutes):
    served.guard.watch.clock = SetClock(SystemClock().now() - timedelta(minutes=minutes))

    all_refused(served, refused, "CLOCK")


def test_junk_that_looks_like_an_order_stops_nobody(served):
    junk = json.loads(order(served, target={"version": "9"}, subject_content="sha256:" + "00" * 32))
    append(served, json.dumps({**junk, "signatures": []}), json.dumps(junk, indent=1))

    for step in serve(served):
        step()


def test_a_clock_a_little_behind_is_no_reason(served, refused):
    now = SystemClock().now()
    served.guard.watch.clock = SetClock(now - timedelta(minutes=9))

    # The decision is of the future then, but the clock is not called wrong.
    with refused("EXPIRED"):
        served.store.get_model_version_by_alias("credit", "champion")


def test_a_clock_behind_the_process_itself_refuses(real):
    """Nothing in the ledger yet that would show it."""
    real.registry.register()
    real.alias(alias="candidate")()
    known = real.guard._rules.now().book.known()
    real.guard.watch.clock = SetClock(SystemClock().now() - timedelta(minutes=11))

    with pytest.raises(DeniedError) as caught:
        real.guard.watch.now(replace(known, newest_at=None))

    assert caught.value.reason == "CLOCK"
