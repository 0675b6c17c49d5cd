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
def in_use(real):
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
def test_an_order_in_the_ledger_stops_a_model_without_any_tag(in_use, refused, person):
    order(in_use, person=person)

    all_refused(in_use, refused, "QUARANTINED")


def test_an_order_handed_over_is_shown(in_use, refused):
    show(in_use, order(in_use))

    tags = in_use.registry.tags(in_use.store._stock.get_model_version("credit", "1"))
    assert tags["govgate.decision"] == "quarantined"
    assert tags["govgate.recorded_by"] == "anonymous"
    assert "govgate.attestation" in tags
    all_refused(in_use, refused, "QUARANTINED")


def test_the_tags_of_a_quarantined_model_still_agree_with_the_ledger(in_use):
    show(in_use, order(in_use))

    version = as_version(in_use.store._stock.get_model_version("credit", "1"))
    checked = cross_check(in_use.governed.project().book, [version])
    assert (checked.compared, checked.problems) == (1, ())


def test_deleting_the_tag_in_the_database_lifts_nothing(in_use, refused):
    show(in_use, order(in_use))
    in_use.registry.sql("DELETE FROM model_version_tags WHERE key = 'govgate.revocation'")
    in_use.registry.sql(
        "UPDATE model_version_tags SET value = 'allowed' WHERE key = 'govgate.decision'"
    )

    all_refused(in_use, refused, "QUARANTINED")


def test_a_restarted_server_still_refuses(in_use, refused):
    order(in_use)
    in_use.store._guard = open_guard(in_use.governed.folder)

    all_refused(in_use, refused, "QUARANTINED")


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


def test_a_new_decision_alone_lifts_no_quarantine(in_use, refused):
    order(in_use)
    version = in_use.store._stock.get_model_version("credit", "1")

    with refused("QUARANTINED"):
        in_use.attest(version, in_use.decided(version))

    all_refused(in_use, refused, "QUARANTINED")


def test_after_a_release_a_new_decision_is_needed_and_is_enough(in_use, refused):
    show(in_use, order(in_use))
    show(in_use, order(in_use, "release", "rami"))
    version = in_use.store._stock.get_model_version("credit", "1")
    assert in_use.registry.tags(version)["govgate.decision"] == "revoked"
    all_refused(in_use, refused, "REVOKED")

    in_use.attest(version, in_use.decided(version))

    for step in serve(in_use):
        step()
    assert in_use.registry.tags(version)["govgate.decision"] == "allowed"


def test_the_decision_of_before_put_back_after_a_release_opens_nothing(in_use, refused):
    order(in_use)
    order(in_use, "release", "rami")
    version = in_use.store._stock.get_model_version("credit", "1")
    old = in_use.registry.tags(version)["govgate.attestation"]
    in_use.attest(version, in_use.decided(version))
    in_use.registry.sql(
        "UPDATE model_version_tags SET value = ? WHERE key = 'govgate.attestation'", old
    )

    all_refused(in_use, refused, "REVOKED")


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
def test_an_old_decision_appended_once_more_opens_nothing(in_use, refused, disguise):
    old = in_use.registry.tags(in_use.store._stock.get_model_version("credit", "1"))[
        "govgate.attestation"
    ]
    order(in_use)
    order(in_use, "release", "rami")
    again = disguise(old)
    append(in_use, again)
    in_use.registry.sql(
        "UPDATE model_version_tags SET value = ? WHERE key = 'govgate.attestation'", again
    )

    all_refused(in_use, refused, "REVOKED")


@pytest.mark.parametrize("disguise", [str, in_another_envelope])
def test_an_old_release_appended_once_more_lifts_nothing(in_use, refused, disguise):
    order(in_use)
    released = order(in_use, "release", "rami")
    order(in_use)
    append(in_use, disguise(released))

    all_refused(in_use, refused, "QUARANTINED")


def test_the_trainer_releases_nothing_though_the_role_would_do(in_use, refused):
    order(in_use)
    envelope = order(in_use, "release", "tess")

    with refused("NOT_AUTHORISED"):
        show(in_use, envelope)
    all_refused(in_use, refused, "QUARANTINED")


def test_the_gate_key_releases_nothing(in_use, refused):
    order(in_use)
    envelope = order(in_use, "release")

    with refused("NOT_AUTHORISED"):
        show(in_use, envelope)
    all_refused(in_use, refused, "QUARANTINED")


@pytest.mark.parametrize(("action", "person"), [("revoke", "rami"), ("release", "olga")])
def test_a_person_without_the_role_orders_nothing(in_use, refused, action, person):
    if action == "release":
        order(in_use)
    with refused("NOT_AUTHORISED"):
        show(in_use, order(in_use, action, person))

    if action == "revoke":
        for step in serve(in_use):
            step()
    else:
        all_refused(in_use, refused, "QUARANTINED")


def test_striking_the_signer_off_the_list_lifts_nothing(in_use, refused):
    order(in_use, person="olga")
    people = in_use.governed.folder / "people.yaml"
    lines = people.read_text().splitlines()
    people.write_text("\n".join(line for line in lines if "olga" not in line) + "\n")

    with refused("QUARANTINED"):
        in_use.store.get_model_version_by_alias("credit", "champion")


def test_an_older_order_is_not_shown_over_a_newer_one(in_use, refused):
    first = order(in_use)
    show(in_use, order(in_use, "release", "rami"))

    with refused("SUPERSEDED"):
        show(in_use, first)


def test_an_order_about_another_version_is_not_shown_here(in_use, refused):
    envelope = order(in_use, target={"version": "2"})

    with refused("SUBJECT_MISMATCH"):
        show(in_use, envelope)


def test_an_order_kept_out_of_the_ledger_is_not_shown(in_use, refused):
    elsewhere = in_use.elsewhere(str)

    with refused("NOT_IN_LEDGER"):
        show(in_use, order(elsewhere))


@pytest.mark.parametrize("envelope", ["{}", "x", '{"payload": ""}', "\0"])
def test_what_is_no_order_is_refused(in_use, refused, envelope):
    with refused("NOT_IN_LEDGER"):
        show(in_use, envelope)


def test_the_tag_of_an_order_cannot_be_taken_away(in_use, refused):
    show(in_use, order(in_use))

    with refused("RESERVED_TAG"):
        in_use.store.delete_model_version_tag("credit", "1", "govgate.revocation")


def test_the_same_bytes_registered_anew_stay_in_quarantine(in_use, refused):
    order(in_use)
    again = in_use.registry.register()

    with refused("QUARANTINED"):
        in_use.attest(again, in_use.decided(again))


def test_other_bytes_put_under_the_same_version_stay_in_quarantine(in_use, refused):
    order(in_use, subject_content="sha256:" + "00" * 32)

    all_refused(in_use, refused, "QUARANTINED")


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


def test_a_release_of_other_bytes_lifts_nothing(in_use, refused):
    order(in_use)
    other = {"subject_content": "sha256:" + "00" * 32, "target": {"version": "9"}}
    order(in_use, "release", "rami", **other)

    all_refused(in_use, refused, "QUARANTINED")


def test_a_ledger_cut_back_before_the_order_is_noticed(in_use, refused):
    before = in_use.folder / "before"
    shutil.copytree(in_use.governed.folder / "ledger", before)
    show(in_use, order(in_use))
    shutil.rmtree(in_use.governed.folder / "ledger")
    shutil.copytree(before, in_use.governed.folder / "ledger")
    shutil.rmtree(in_use.governed.folder / ".govgate", ignore_errors=True)
    in_use.store._guard = open_guard(in_use.governed.folder)

    all_refused(in_use, refused, "VERIFY_UNAVAILABLE")


def test_a_ledger_that_is_gone_refuses(in_use, refused):
    for step in serve(in_use):
        step()
    (in_use.governed.folder / "ledger").rename(in_use.folder / "unmounted")

    all_refused(in_use, refused, "VERIFY_UNAVAILABLE")


@pytest.mark.parametrize("minutes", [11, 60 * 24 * 400])
def test_a_clock_set_back_refuses(in_use, refused, minutes):
    in_use.guard.watch.clock = SetClock(SystemClock().now() - timedelta(minutes=minutes))

    all_refused(in_use, refused, "CLOCK")


def test_junk_that_looks_like_an_order_stops_nobody(in_use):
    junk = json.loads(order(in_use, target={"version": "9"}, subject_content="sha256:" + "00" * 32))
    append(in_use, json.dumps({**junk, "signatures": []}), json.dumps(junk, indent=1))

    for step in serve(in_use):
        step()


def test_a_clock_a_little_behind_is_no_reason(in_use, refused):
    now = SystemClock().now()
    in_use.guard.watch.clock = SetClock(now - timedelta(minutes=9))

    # The decision is of the future then, but the clock is not called wrong.
    with refused("EXPIRED"):
        in_use.store.get_model_version_by_alias("credit", "champion")


def test_a_clock_behind_the_process_itself_refuses(real):
    """Nothing in the ledger yet that would show it."""
    real.registry.register()
    real.alias(alias="candidate")()
    known = real.guard._rules.now().book.known()
    real.guard.watch.clock = SetClock(SystemClock().now() - timedelta(minutes=11))

    with pytest.raises(DeniedError) as caught:
        real.guard.watch.now(replace(known, newest_at=None))

    assert caught.value.reason == "CLOCK"
