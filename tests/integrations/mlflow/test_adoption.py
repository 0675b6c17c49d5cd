"""What was in production before the guard came, and nothing more than that."""

from datetime import timedelta
from pathlib import Path

import pytest

from govgate.adapters.clock import SystemClock
from govgate.adapters.model_files import content_of_folder
from govgate.engine import ADOPTION
from govgate.records import Adoption, Subject, Target
from govgate.testing import SetClock

RULE = 'adoption: {by: [risk], before: "2100-01-01T00:00:00Z", max_days: 30}'


@pytest.fixture
def old(real):
    """A registry in use: version 1 in production, version 2 waiting, and now a guard."""
    real.amend(RULE)
    real.registry.register()
    real.registry.register(text="newer")
    real.registry.sql(
        "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
        " VALUES ('default', 'credit', 'champion', 1)"
    )
    return real


def version_of(real, number="1"):
    return real.store._stock.get_model_version("credit", number)


def adoption(real, person="rami", number="1", **changed):
    version, now = version_of(real, number), SystemClock().now()
    target = {
        "registry": real.guard.registry_id,
        "model": "credit",
        "version": number,
        "created_ms": version.creation_timestamp,
        "aliases": ("champion",),
    }
    content = changed.pop("content", None) or content_of_folder(Path(version.source))
    subject = Subject(name=f"models:/credit/{number}", content=content)
    said = {
        "subject": subject,
        "target": Target(**target | changed.pop("target", {})),
        "reason": "before govgate",
        "adopted_by": person,
        "adopted_at": now,
        "expires_at": now + timedelta(days=20),
    }
    return real.write(Adoption(**said | changed), ADOPTION, subject, person)


def carry(real, envelope, number="1"):
    real.registry.tag(version_of(real, number), "govgate.attestation", envelope)


def test_what_nobody_adopted_is_refused(old, refused):
    with refused("NO_ATTESTATION"):
        old.store.get_model_version_by_alias("credit", "champion")


def test_what_was_adopted_is_served_and_may_be_set_again_where_it_was(old):
    carry(old, adoption(old))

    assert old.store.get_model_version_by_alias("credit", "champion").version == 1
    assert old.store.get_model_version_download_uri("credit", "1")
    old.alias()()
    tags = old.registry.tags(version_of(old))
    assert (tags["govgate.decision"], tags["govgate.gates"]) == ("allowed", "adopted")
    assert tags["govgate.signers"] == "rami (adopted)"


def test_an_adoption_moves_nothing_else(old, refused):
    carry(old, adoption(old))

    with refused("TARGET_MISMATCH"):
        old.alias(alias="challenger")()
    with refused("TARGET_MISMATCH"):
        old.stage("Production")()
    with refused("NO_ATTESTATION"):
        old.alias("2")()


def test_an_adoption_of_a_version_that_is_not_there_is_refused(old, refused):
    with refused("TARGET_MISMATCH"):
        carry(old, adoption(old, number="2"), "2")


# What the policy, the person or the version does not allow.
REFUSALS = {
    "by a role that may not": ({"person": "olga"}, "NOT_ADOPTABLE"),
    "of other bytes": ({"content": "sha256:" + "00" * 32}, "DIGEST_MISMATCH"),
    "of another registry": ({"target": {"registry": "other"}}, "SUBJECT_MISMATCH"),
    "of another workspace": ({"target": {"workspace": "other"}}, "SUBJECT_MISMATCH"),
    "of a model of that name made anew": ({"target": {"created_ms": 1}}, "SUBJECT_MISMATCH"),
    "for an alias more": ({"target": {"aliases": ("champion", "x")}}, "TARGET_MISMATCH"),
    "that ended": (
        {
            "adopted_at": SystemClock().now() - timedelta(days=3),
            "expires_at": SystemClock().now() - timedelta(days=1),
        },
        "EXPIRED",
    ),
    "that outlasts what the policy grants": (
        {
            "adopted_at": SystemClock().now() - timedelta(days=31),
            "expires_at": SystemClock().now() + timedelta(days=300),
        },
        "EXPIRED",
    ),
    "of the future": (
        {
            "adopted_at": SystemClock().now() + timedelta(days=1),
            "expires_at": SystemClock().now() + timedelta(days=2),
        },
        "EXPIRED",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_an_adoption_is_refused(old, refused, name):
    changed, reason = REFUSALS[name]

    with refused(reason):
        carry(old, adoption(old, **changed))

    assert "govgate.attestation" not in old.registry.tags(version_of(old))


def test_a_version_made_on_the_day_or_later_is_never_adopted(old, refused):
    made = version_of(old).creation_timestamp
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(made / 1000, UTC).isoformat(timespec="milliseconds")
    old.rewrite("2100-01-01T00:00:00Z", at)  # exactly on the bound

    with refused("NOT_ADOPTABLE"):
        carry(old, adoption(old))


def test_without_a_section_in_the_policy_nobody_may(old, refused):
    envelope = adoption(old)
    old.rewrite(RULE, "")

    with refused("NOT_ADOPTABLE"):
        carry(old, envelope)


def test_a_section_taken_out_ends_what_was_adopted(old, refused):
    carry(old, adoption(old))
    old.rewrite(RULE, "")

    with refused("NOT_ADOPTABLE"):
        old.store.get_model_version_by_alias("credit", "champion")


def test_it_ends_by_itself(old, refused):
    carry(old, adoption(old))
    old.guard.watch.clock = SetClock(SystemClock().now() + timedelta(days=21))

    with refused("EXPIRED"):
        old.store.get_model_version_by_alias("credit", "champion")


def test_the_gate_key_adopts_nothing(old):
    from govgate.errors import AuthorityError, EvidenceError

    record = Adoption(
        subject=Subject(name="models:/credit/1", content="sha256:" + "00" * 32),
        target=Target(registry="r", model="credit", version="1", created_ms=1, aliases=("a",)),
        reason="r",
        adopted_by="gate",
        adopted_at=SystemClock().now(),
        expires_at=SystemClock().now() + timedelta(days=1),
    )
    with pytest.raises((AuthorityError, EvidenceError)):
        old.write(record, ADOPTION, record.subject)


def test_nobody_adopts_in_anothers_name(old, refused):
    with refused("MALFORMED"):
        carry(old, adoption(old, person="olga", adopted_by="rami"))


def test_an_adoption_kept_out_of_the_ledger_is_refused(old, refused):
    elsewhere = old.elsewhere(str)

    with refused("NOT_IN_LEDGER"):
        carry(old, adoption(elsewhere))


def test_a_decision_supersedes_an_adoption_and_never_the_reverse(old, refused):
    adopted = adoption(old)
    carry(old, adopted)
    carry(old, old.decided(version_of(old)))
    assert old.registry.tags(version_of(old))["govgate.gates"] == "sign-off=passed"

    with refused("SUPERSEDED"):
        carry(old, adopted)
    with refused("SUPERSEDED"):
        carry(old, adoption(old))


def test_an_alias_moved_in_the_database_does_not_find_an_adoption(old, refused):
    carry(old, adoption(old))
    old.registry.sql("UPDATE registered_model_aliases SET version = 2")

    with refused("NO_ATTESTATION"):
        old.store.get_model_version_by_alias("credit", "champion")


def test_bytes_changed_after_the_adoption_take_no_alias(old, refused):
    carry(old, adoption(old))
    (old.registry.sealed(version_of(old)) / "model.bin").write_text("poisoned")

    with refused("DIGEST_MISMATCH"):
        old.alias()()


def test_a_revoked_adoption_is_refused_and_a_new_one_after_the_release_holds(old, refused):
    from tests.integrations.mlflow.test_quarantine import order

    old.rewrite(RULE, f"{RULE}\nrevocation: {{release_by: [risk]}}")
    carry(old, adoption(old))
    order(old)
    with refused("QUARANTINED"):
        old.store.get_model_version_by_alias("credit", "champion")
    order(old, "release", "rami")
    with refused("REVOKED"):
        old.store.get_model_version_by_alias("credit", "champion")

    carry(old, adoption(old))

    assert old.store.get_model_version_by_alias("credit", "champion").version == 1


def test_the_tags_of_an_adoption_agree_with_the_ledger(old):
    from govgate.integrations.mlflow.entities import as_version
    from govgate.project.cross_check import cross_check

    carry(old, adoption(old))

    checked = cross_check(old.governed.project().book, [as_version(version_of(old))])
    assert (checked.compared, checked.problems) == (1, ())
