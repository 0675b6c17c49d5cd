"""What a new line in the policy or the people file does to what is moved, and to what is in_use."""

import pytest


@pytest.fixture
def in_use(real):
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


def test_a_stricter_policy_moves_nothing_old_and_stops_nothing_served(in_use, refused):
    stricter(in_use)

    assert resolve(in_use) == 1
    assert in_use.store.get_model_version_download_uri("credit", "1")
    with refused("POLICY_OUTDATED"):
        in_use.alias()()


def test_a_new_person_stops_nothing_served(in_use, refused):
    people(in_use, "people:", "people:\n  - {id: nina, name: nina}")

    assert resolve(in_use) == 1
    with refused("POLICY_OUTDATED"):
        in_use.alias()()


def test_who_leaves_takes_their_yes_along(in_use, refused):
    people(in_use, "roles: [risk]", "roles: []")

    with refused("SIGN_OFF"):
        resolve(in_use)


def test_the_sign_offs_are_counted_under_the_policy_they_were_given_for(in_use, refused):
    stricter(in_use)
    people(in_use, "roles: [model-owner]", "roles: []")

    with refused("SIGN_OFF"):
        resolve(in_use)


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


def test_free_aliases_are_those_of_the_policy_in_force(in_use, refused):
    in_use.registry.register()
    in_use.alias("2", alias="candidate")()
    in_use.rewrite("[candidate]", "[]")

    with refused("NO_ATTESTATION"):
        in_use.store.get_model_version_by_alias("credit", "candidate")


def test_a_policy_that_cannot_be_read_stops_what_is_served(in_use, refused):
    (in_use.governed.folder / "policy.yaml").write_text("name: x\n")

    with refused("VERIFY_UNAVAILABLE"):
        resolve(in_use)


def test_a_revoked_persons_key_stops_what_rests_on_it_only_from_then_on(in_use):
    """A key that is revoked after it signed: what it signed before stands where it stood."""
    from govgate.adapters.keys import create_key, read_public
    from govgate.ledger import keyid
    from govgate.project import revoke_key

    folder = in_use.governed.folder
    create_key(folder / "keys" / "kim", "kim")
    line = (folder / "keys" / "kim.pub").read_text().strip()
    people(
        in_use,
        "people:",
        f'people:\n  - {{id: kim, name: kim, roles: [key-admin], keys: ["{line}"]}}',
    )
    name = keyid(read_public((folder / "keys" / "rami.pub").read_text()))

    revoke_key(in_use.governed.project(), name, "kim", folder / "keys" / "kim", "lost")

    assert resolve(in_use) == 1
