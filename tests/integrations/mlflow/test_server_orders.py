"""Revoke, release and adopt, as a user types them, at a real server."""

import json
import sqlite3

import pytest

from govgate.cli.main import main
from govgate.errors import DeniedError
from tests.integrations.mlflow.test_server import API, Curl, refused

SECTIONS = """\
adoption: {by: [risk], before: "2100-01-01T00:00:00Z", max_days: 30}
revocation: {by: [model-owner], release_by: [risk]}
rules:"""


@pytest.fixture(scope="module")
def curl(mlflow_server):
    """A server whose policy names who may stop and adopt, until these tests end."""
    policy = mlflow_server.governed.folder / "policy.yaml"
    before = policy.read_text()
    policy.write_text(before.replace("rules:", SECTIONS).replace('"1"', '"orders"', 1))
    yield Curl(mlflow_server)
    policy.write_text(before)


@pytest.fixture
def govgate(curl, capsys):
    def run(*words):
        code = main([*words, "--project", str(curl.server.governed.folder)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def by(curl, person):
    return ("--as", person, "--key", str(curl.server.governed.key(person)))


def promoted(curl, name, weights=b""):
    """Promote bytes that no other test has: the same bytes anywhere are stopped together."""
    version, _ = curl.model(name, name.encode() + weights)
    decided = curl.server.governed.decide(version, curl.registry.content(version))
    curl.registry.attest(version, decided.envelope)
    curl.registry.set_alias(version, "champion")
    return version


def named(version):
    return f"models:/{version.name}/{version.version}"


def test_a_model_is_stopped_rolled_back_released_and_promoted_again(curl, govgate):
    older = promoted(curl, "stopped")
    newer = promoted(curl, "stopped", b"better")

    code, said = govgate("revoke", named(newer), "--reason", "leaks", "--roll-back")

    assert code == 0
    assert "models:/stopped/2 is in quarantine" in said
    assert "@champion is now version 1" in said
    assert curl.registry.version("stopped", "@champion").version == older.version
    assert refused(curl.set_alias(newer), "QUARANTINED")
    where = f"{API[0]}/model-versions/get-download-uri?name=stopped&version=2"
    assert refused(curl.ask("GET", where), "QUARANTINED")
    assert curl.registry.version("stopped", "2").tags["govgate.decision"] == "quarantined"
    assert "is in quarantine by gate (leaks)" in govgate("explain", named(newer))[1]
    code, said = govgate("promote", named(newer))
    assert (code, "in quarantine by gate (leaks)" in said) == (10, True)

    code, said = govgate("release", named(newer), "--reason", "false alarm", *by(curl, "rami"))
    assert code == 0
    assert "is released, and needs a new decision" in said
    assert refused(curl.set_alias(newer), "REVOKED")

    assert govgate("promote", named(newer))[0] == 0
    assert curl.registry.version("stopped", "@champion").version == newer.version


def test_a_model_without_an_older_version_stays_and_refuses(curl, govgate):
    only = promoted(curl, "only")

    code, said = govgate("revoke", named(only), "--reason", "leaks", "--roll-back")

    assert (code, "@champion has no older allowed version" in said) == (0, True)
    with pytest.raises(DeniedError, match="in quarantine by gate"):
        curl.registry.version("only", "@champion")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("revoke", "--as", "rami"), 11, "rami may not revoke"),
        (("release", "--as", "olga"), 11, "olga may not release"),
        (("release",), 11, "gate may not release"),
        (("revoke", "--as", "nobody"), 11, "nobody may not revoke"),
    ],
)
def test_who_may_not_is_told_before_anything_is_written(curl, govgate, words, code, text):
    version, _ = curl.model("nobodys")
    size = curl.server.governed.project().book.known().end
    verb, *who = words
    person = (*who, "--key", str(curl.server.governed.key("rami"))) if who else ()

    found, said = govgate(verb, named(version), "--reason", "r", *person)

    assert (found, text in said) == (code, True), said
    assert curl.server.governed.project().book.known().end == size


@pytest.mark.parametrize("reason", ["", " ", "x" * 251])
def test_an_order_without_a_reason_is_not_given(curl, govgate, reason):
    version, _ = curl.model("nobodys")
    assert govgate("revoke", named(version), "--reason", reason)[0] == 11


@pytest.mark.parametrize("model", ["models:/nobodys@champion", ".", "models:/nobodys/x"])
def test_an_order_is_about_one_version(govgate, model):
    assert govgate("revoke", model, "--reason", "r")[0] == 2


def test_a_key_without_a_person_is_no_signature(curl, govgate):
    version, _ = curl.model("nobodys")
    key = str(curl.server.governed.key("rami"))
    code, said = govgate("release", named(version), "--reason", "r", "--key", key)
    assert (code, "--as and --key go together" in said) == (2, True)


def test_another_persons_key_signs_nothing(curl, govgate):
    version, _ = curl.model("nobodys")
    key = str(curl.server.governed.key("olga"))
    words = ("--as", "rami", "--key", key)
    code, said = govgate("release", named(version), "--reason", "r", *words)
    assert (code, "is the key of olga" in said) == (11, True)


def test_what_was_in_production_is_adopted_and_served(curl, govgate):
    old, _ = curl.model("inherited", b"inherited")
    fresh = promoted(curl, "inherited-decided")
    with sqlite3.connect(curl.server.database, timeout=20) as connection:
        connection.execute(
            "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
            " VALUES ('default', 'inherited', 'champion', 1)"
        )
    connection.close()
    words = ("adopt", "--model", "inherited*", "--days", "20", "--reason", "old", *by(curl, "rami"))
    size = curl.server.governed.project().book.known().end

    code, said = govgate(*words, "--dry-run")
    assert code == 10
    assert "models:/inherited/1 (champion): would adopt" in said
    assert "models:/inherited-decided/1 (champion): not adopted: carries a decision" in said
    assert curl.server.governed.project().book.known().end == size

    code, said = govgate(*words, "--json")
    rows = {row["model"]: row["why_not"] for row in json.loads(said)["versions"]}
    assert rows["inherited"] == ""
    assert (code, len(rows)) == (10, 2)
    assert curl.registry.version("inherited", "@champion").version == old.version
    assert curl.set_alias(old).ok
    assert refused(curl.set_alias(old, "other"), "TARGET_MISMATCH")
    assert curl.registry.version(fresh.name, "@champion").tags["govgate.gates"] != "adopted"


@pytest.mark.parametrize(
    ("person", "days", "text"),
    [
        ("olga", "20", "olga may not adopt"),
        ("rami", "31", "not from 1 to 30"),
        ("rami", "0", "not from 1 to 30"),
    ],
)
def test_who_may_not_adopts_nothing(curl, govgate, person, days, text):
    words = ("adopt", "--days", days, "--reason", "old", *by(curl, person))
    code, said = govgate(*words)
    assert (code, text in said) == (11, True)


def test_the_ledger_with_orders_and_adoptions_holds(curl, govgate):
    assert govgate("ledger", "verify")[0] == 0
    assert curl


def test_an_order_given_while_the_server_is_away_is_in_force_when_it_is_back(
    curl, govgate, monkeypatch
):
    version = promoted(curl, "away")
    from govgate.adapters.mlflow_registry import MlflowRegistry
    from govgate.errors import StoreError

    def lost(*_):
        msg = "the registry did not answer; start it"
        raise StoreError(msg)

    monkeypatch.setattr(MlflowRegistry, "order", lost)

    code, said = govgate("revoke", named(version), "--reason", "leaks", *by(curl, "olga"))

    assert (code, "the registry does not show it" in said) == (0, True)
    assert refused(curl.set_alias(version), "QUARANTINED")
