"""What a new line in the policy or the people file does to what is moved, and to what is served."""

import pytest


@pytest.fixture
def served(real):
    real.promoted()
    return real


def resolve(real):
    return real.store.get_model_version_by_alias("credit", "champion").version


def stricter(real):
    real.rewrite("{model-owner: 1, risk: 1}", "{model-owner: 1, risk: 2}")
    real.rewrite('version: "1"', 'version: "2"')


def people(real, old, new):
    path = real.governed.folder / "people.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_stricter_policy_moves_nothing_old_and_stops_nothing_served(served, refused):
    stricter(served)

    assert resolve(served) == 1
    assert served.store.get_model_version_download_uri("credit", "1")
    with refused("POLICY_OUTDATED"):
        served.alias()()


def test_a_new_person_stops_nothing_served(served, refused):
    people(served, "people:", "people:\n  - {id: nina, name: nina}")

    assert resolve(served) == 1
    with refused("POLICY_OUTDATED"):
        served.alias()()


def test_who_leaves_takes_their_yes_along(served, refused):
    people(served, "roles: [risk]", "roles: []")

    with refused("SIGN_OFF"):
        resolve(served)


def test_the_sign_offs_are_counted_under_the_policy_they_were_given_for(served, refused):
    stricter(served)
    people(served, "roles: [model-owner]", "roles: []")

    with refused("SIGN_OFF"):
        resolve(served)


def test_a_policy_the_ledger_never_held_refuses(real, refused):
    """As when somebody decides with a lax policy of their own and writes to the database."""
    version = real.registry.register()
    own = real.elsewhere(str)
    own.rewrite("{model-owner: 1, risk: 1}", "{model-owner: 1}")
    own.rewrite("two-signatures", "one-signature")
    envelope = own.decided(version, people=("olga",))
    real.registry.sql(
        "INSERT INTO model_version_tags (workspace, name, version, key, value)"
        " VALUES ('default', 'credit', 1, 'govgate.attestation', ?)",
        envelope,
    )
    real.registry.sql(
        "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
        " VALUES ('default', 'credit', 'champion', 1)"
    )

    with refused("POLICY_OUTDATED"):
        resolve(real)


def test_free_aliases_are_those_of_the_policy_in_force(served, refused):
    served.registry.register()
    served.alias("2", alias="candidate")()
    served.rewrite("[candidate]", "[]")

    with refused("NO_ATTESTATION"):
        served.store.get_model_version_by_alias("credit", "candidate")


def test_a_policy_that_cannot_be_read_stops_what_is_served(served, refused):
    (served.governed.folder / "policy.yaml").write_text("name: x\n")

    with refused("VERIFY_UNAVAILABLE"):
        resolve(served)


def test_a_revoked_persons_key_stops_what_rests_on_it_only_from_then_on(served):
    """A key that is revoked after it signed: what it signed before stands where it stood."""
    from govgate.adapters.keys import create_key, read_public
    from govgate.ledger import keyid
    from govgate.project import revoke_key

    folder = served.governed.folder
    create_key(folder / "keys" / "kim", "kim")
    line = (folder / "keys" / "kim.pub").read_text().strip()
    people(
        served,
        "people:",
        f'people:\n  - {{id: kim, name: kim, roles: [key-admin], keys: ["{line}"]}}',
    )
    name = keyid(read_public((folder / "keys" / "rami.pub").read_text()))

    revoke_key(served.governed.project(), name, "kim", folder / "keys" / "kim", "lost")

    assert resolve(served) == 1
