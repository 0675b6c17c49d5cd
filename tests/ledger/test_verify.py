"""Every way to change a log, and the audit that names it."""

import pytest

from govgate.adapters.files import FileStore
from govgate.errors import AuthorityError, GovgateError, RollbackError, TamperedError
from govgate.ledger import Trust, TrustedSigner, evidence_key, keyid, verify_log, vkey
from govgate.ledger.commit import commit_key
from govgate.ledger.trust import ActorKind
from govgate.testing import CountingIds, MemorySigner
from tests.ledger.conftest import ANN, ORIGIN, World

LONG = "x" * 60_000


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def full(folder):
    """A log in a folder, published twice, with a bundle filled, a sign-off and a long record."""
    world = World(store=FileStore(folder)).create()
    world.append(250)
    world.publish()
    world.append(10)
    world.append(text=LONG)
    world.append(kind="sign-off/v1", actor=ANN, signers=[world.ann_key])
    world.publish()
    return world


def audit(world, **kwargs):
    return verify_log(world.store, world.trust, **kwargs)


def named(report):
    return "\n".join(str(p) for p in report.problems)


def objects(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_sound_log_has_no_problems(full):
    steps = []
    report = audit(full, pinned=full.log().checkpoint().note, progress=lambda *s: steps.append(s))
    report.raise_if_bad()
    assert (report.size, report.committed, report.unpublished) == (262, 262, 0)
    assert report.kinds == {"evidence/v1": 261, "sign-off/v1": 1}
    assert (report.quarantined, report.duplicates) == ((), ())
    assert steps[-1] == (262, 262)
    assert report.tiles == 7


def test_what_is_only_committed_is_verified_and_said_to_be_unpublished(full):
    full.append(3)
    report = audit(full)
    report.raise_if_bad()
    assert (report.size, report.unpublished, report.kinds["evidence/v1"]) == (262, 3, 264)


def test_a_publisher_that_died_leaves_a_sound_log(full):
    full.append(300)
    whole = World(store=FileStore(full.store.folder))
    whole.publish()
    for name in (f"checkpoints/{562:020d}", "tile/1/000.p/2"):
        (full.store.folder / name).unlink()
    full.store.replace("checkpoint", full.store.read(f"checkpoints/{262:020d}"))
    audit(full).raise_if_bad()


def test_one_flipped_bit_in_any_object_is_found_and_the_object_named(full, folder):
    names = objects(folder)
    assert len(names) > 15
    for name in names:
        path = folder / name
        sound = path.read_bytes()
        for at in (0, len(sound) // 3, len(sound) - 1):
            path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
            report = audit(full)
            assert name in named(report), (name, at)
            with pytest.raises(GovgateError):
                report.raise_if_bad()
        path.write_bytes(sound)
    audit(full).raise_if_bad()


def test_no_byte_of_log_json_but_its_date_can_change_unseen(full, folder):
    path = folder / "log.json"
    sound = path.read_bytes()
    date = sound.index(b"2026-")
    for at in set(range(len(sound))) - set(range(date, date + len("2026-01-01T12:00:00.000Z"))):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        assert "log.json" in named(audit_head(full)), at


def audit_head(world):
    """Audit a log of no entries with the same log.json, for speed."""
    empty = World()
    empty.store.objects["log.json"] = world.store.read("log.json")
    return verify_log(empty.store, empty.trust)


def test_an_older_tile_that_was_cut_short_is_named(full, folder):
    path = folder / "tile/0/000.p/250"
    path.write_bytes(path.read_bytes()[:-32])
    assert "tile/0/000.p/250" in named(audit(full))


def test_a_deleted_object_is_found_and_named(full, folder):
    # An older checkpoint, and a partial tile that a full one or a wider one replaced, may go.
    spare = {f"checkpoints/{250:020d}", "tile/0/000.p/250", "tile/entries/000.p/250"}
    for name in objects(folder):
        path = folder / name
        sound = path.read_bytes()
        path.unlink()
        assert (name in named(audit(full))) == (name not in spare), name
        path.write_bytes(sound)


def test_a_gap_in_what_is_only_committed_is_found(full, folder):
    full.append()
    full.append()
    (folder / commit_key(262)).unlink()
    assert commit_key(263) in named(audit(full))


@pytest.mark.parametrize(
    "name", [commit_key(7), commit_key(900), "tile/0/009", "tile/junk", "tile/0/000.p/3"]
)
def test_an_object_that_no_writer_of_the_log_made_is_named(full, name):
    full.store.create(name, b"x" * 96)
    assert name in named(audit(full))


def test_a_log_cut_back_to_an_older_state_is_a_rollback(full, folder):
    pinned = full.log().checkpoint().note
    for name in objects(folder):
        if name > commit_key(0) and name.startswith("commits/"):
            (folder / name).unlink()
    for name in ("tile/1/000.p/1", "tile/0/000", "tile/entries/000", "tile/0/001.p/6"):
        (folder / name).unlink()
    (folder / "tile/entries/001.p/6").unlink()
    (folder / f"checkpoints/{262:020d}").unlink()
    full.store.replace("checkpoint", full.store.read(f"checkpoints/{250:020d}"))
    audit(full).raise_if_bad()
    with pytest.raises(RollbackError, match="262"):
        audit(full, pinned=pinned).raise_if_bad()


def test_an_emptied_log_is_a_rollback(full):
    empty = World().create()
    with pytest.raises(RollbackError):
        verify_log(empty.store, full.trust, full.log().checkpoint().note).raise_if_bad()


def test_another_history_signed_by_the_same_key_is_a_fork():
    one, other = World().create(), World().create()
    one.append(text="denied")
    one.publish()
    other.append(text="allowed")
    other.append()
    other.publish()
    audit(other).raise_if_bad()
    with pytest.raises(TamperedError, match="forked"):
        audit(other, pinned=one.log().checkpoint().note).raise_if_bad()
    other.store.objects[f"checkpoints/{1:020d}"] = one.log().checkpoint().note
    with pytest.raises(TamperedError, match="forked"):
        audit(other).raise_if_bad()


def test_a_junk_commit_is_quarantined_and_reported(world):
    world.append()
    world.store.create(commit_key(1), b"junk")
    world.append()
    world.publish()
    report = audit(world)
    report.raise_if_bad()
    assert report.quarantined == (commit_key(1),)
    assert report.kinds == {"evidence/v1": 2}


def test_an_entry_that_only_looks_quarantined_is_not_passed_over(world):
    world.store.create(commit_key(0), b"junk")
    marker = next(e for _, e in world.log().entries())
    world.log().append([marker], "a")
    with pytest.raises(TamperedError, match="entry 1"):
        audit(world).raise_if_bad()


def test_an_entry_id_used_twice_is_reported(world):
    world.append(2)
    world.append(ids=CountingIds())
    report = audit(world)
    assert report.duplicates == ("00000000-0000-7000-8000-000000000001",)


def test_a_missing_kept_record_is_named_with_its_entry(world):
    world.append(text=LONG)
    (key,) = [k for k in world.store.objects if k.startswith("evidence/")]
    assert key == evidence_key("sha256:" + key[-64:])
    del world.store.objects[key]
    with pytest.raises(TamperedError, match=f"entry 0: {key}"):
        audit(world).raise_if_bad()


def test_an_entry_signed_by_nobody_trusted_is_a_problem(world):
    world.append(signers=[MemorySigner("somebody")])
    with pytest.raises(AuthorityError, match="entry 0"):
        audit(world).raise_if_bad()


def test_a_log_of_another_key_is_not_believed(world):
    world.append()
    world.publish()
    trust = Trust((vkey(ORIGIN, MemorySigner("other").public),), world.trust.signers)
    with pytest.raises(AuthorityError):
        verify_log(world.store, trust).raise_if_bad()


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        (ActorKind.HUMAN, {"decision/v1"}),  # NOT OK: a person decides nothing alone
        (ActorKind.HUMAN, {"sign-off/v1", "evidence/v1"}),  # NOT OK: nor measures
        (ActorKind.SERVICE, {"sign-off/v1"}),  # NOT OK: a pipeline approves nothing
        (ActorKind.SERVICE, set()),  # NOT OK: trusted for nothing
    ],
)
def test_nobody_is_trusted_with_what_is_not_theirs(kind, kinds):
    with pytest.raises(AuthorityError, match="may sign"):
        TrustedSigner(MemorySigner("a").public, "a", kind, frozenset(kinds))


def test_a_key_id_must_be_the_keys_own(world):
    (one, other) = world.trust.signers.values()
    with pytest.raises(AuthorityError, match="another key"):
        Trust((world.vkey,), {keyid(one.public): other})
    with pytest.raises(AuthorityError, match="no log key"):
        Trust((), {})


def test_several_problems_are_counted_in_the_one_that_is_raised(world):
    world.append(2, signers=[MemorySigner("somebody")])
    with pytest.raises(AuthorityError, match="and 1 more"):
        audit(world).raise_if_bad()
