"""The last verified head, processes, and the registry's tags held against the ledger."""

from dataclasses import dataclass, field, replace

import pandas as pd
import pytest

from govgate.adapters.files import FileStore
from govgate.errors import AuthorityError, LedgerError, RollbackError, StoreError, TamperedError
from govgate.ledger import Trust, verify_log
from govgate.ports import ModelVersion
from govgate.project import create_person_key, create_project, open_guard, open_project
from govgate.project.verifying import WORTH, Processes, VerifiedHead
from tests.ledger.conftest import World

POLICY = """\
name: credit
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: risk
    bounds: {attributes: [sex], max_opportunity_gap: null, max_odds_gap: null}
"""
CONTENT = "sha256:" + "ab" * 32


@dataclass
class Shelf:
    """A registry in memory that lets the guard write the tags, as the real one does."""

    folder: object
    held: dict = field(default_factory=dict)

    def add(self, version):
        self.held[version] = ModelVersion("credit", version, 1_700_000_000_000, "", "", {}, ())

    def version(self, _name, version):
        return self.held[version]

    def versions(self):
        return iter(self.held.values())

    def content(self, _version):
        return CONTENT

    def attest(self, version, envelope):
        tags = dict(open_guard(self.folder).examine(envelope, version, CONTENT).tags)
        tags["govgate.attestation"] = envelope.decode()
        self.held[version.version] = replace(version, tags=tags)

    def set_alias(self, version, alias):
        pass

    def tag(self, version, **tags):
        """Change tags as somebody with the database would; `a__b` is govgate.a.b."""
        new = {"govgate." + k.replace("__", "."): v for k, v in tags.items()}
        held = self.held[version]
        both = held.tags | new
        self.held[version] = replace(held, tags={k: v for k, v in both.items() if v is not None})


def predictions():
    chosen = [1, 0] * 2000
    return pd.DataFrame({"sex": ["f"] * 2000 + ["m"] * 2000, "prediction": chosen, "label": chosen})


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    create_project(folder, name="credit")
    public = create_person_key(folder / "people" / "tess", "tess")
    person = f'people:\n  - {{id: tess, name: T, roles: [trainer], keys: ["{public}"]}}\n'
    (folder / "people.yaml").write_text(person)
    (folder / "policy.yaml").write_text(POLICY)
    project = open_project(folder)
    project.__dict__["registry"] = Shelf(folder)
    return project


@pytest.fixture
def promoted(project):
    """Versions 1 and 2 of credit, both promoted; version 3 is there and has no tags of ours."""
    for version in ("1", "2"):
        project.registry.add(version)
        request = project.request(
            f"models:/credit/{version}", trained_by="tess", aliases=["champion"]
        )
        project.record(project.measure(request, {"predictions": predictions()}))
        project.decide(request)
        project.promote(f"models:/credit/{version}")
    project.registry.add("3")
    return project


def test_the_tags_of_a_registry_and_its_ledger_agree(promoted):
    checked = promoted.cross_check()
    assert (checked.versions, checked.compared, checked.problems) == (2, 2, ())


@pytest.mark.parametrize(
    ("tags", "kind", "said"),
    [
        ({"log__size": "999"}, RollbackError, "had 999 entries"),  # NOT OK: the log is shorter
        ({"log__root": "A" * 43 + "="}, TamperedError, "forked"),  # NOT OK
        ({"log__origin": "other.example/log"}, TamperedError, "of the log other.example"),
        ({"log__index": "0"}, TamperedError, "entry 0 is not the one"),  # NOT OK
        ({"log__index": "98"}, TamperedError, "entry 98 of a log"),  # NOT OK: beyond its size
        ({"log__leaf_sha256": "00" * 32}, TamperedError, "not the one its tags name"),
        ({"log__leaf_sha256": "zz"}, TamperedError, "not of its form"),  # NOT OK
        ({"log__size": "-1"}, TamperedError, "not of its form"),  # NOT OK
        ({"log__size": "9" * 5000}, TamperedError, "not of its form"),  # NOT OK
        ({"log__root": None}, TamperedError, "lack govgate.log.root"),  # NOT OK
        ({"subject_sha256": "cd" * 32}, TamperedError, "other bytes"),  # NOT OK
        ({"attestation": "{}"}, TamperedError, "its attestation is not entry"),  # NOT OK
        ({"proof": "junk"}, TamperedError, "tlog-proof"),  # NOT OK
    ],
)
def test_a_tag_that_disagrees_is_found_and_its_version_named(promoted, tags, kind, said):
    promoted.registry.tag("2", **tags)
    (why,) = promoted.cross_check().problems
    assert isinstance(why, kind)
    assert str(why).startswith("models:/credit/2: ")
    assert said in str(why)


def test_the_tags_of_one_version_say_nothing_on_another(promoted):
    # The bytes are the same, so that only the decision's target tells them apart.
    promoted.registry.held["3"] = replace(
        promoted.registry.held["3"], tags=promoted.registry.held["1"].tags
    )
    (why,) = promoted.cross_check().problems
    assert str(why).startswith("models:/credit/3: ")
    assert "is about models:/credit/1" in str(why)


def test_a_version_called_allowed_without_a_place_in_the_log_is_a_problem(promoted):
    promoted.registry.tag("3", decision="allowed")
    assert "models:/credit/3: its tags lack" in str(promoted.cross_check().problems[0])


def test_a_version_that_only_waits_is_counted_and_not_compared(promoted):
    promoted.registry.tag("3", decision="pending")
    checked = promoted.cross_check()
    assert (checked.versions, checked.compared, checked.problems) == (3, 2, ())


def test_a_log_that_was_cut_back_disagrees_with_the_tags_even_without_a_head(promoted):
    folder, size = promoted.book.store.folder, promoted.book.head().size
    older = min(folder.glob("checkpoints/*"))
    early = int(older.name)
    for path in [*folder.glob("checkpoints/*"), *folder.glob("commits/*")]:
        if int(path.name) > early or (path.parent.name == "commits" and int(path.name) >= early):
            path.unlink()
    for path in [p for p in folder.glob("tile/**/*") if p.is_file() and p.name != str(early)]:
        path.unlink()
    (folder / "checkpoint").write_bytes(older.read_bytes())
    (promoted.folder / ".govgate" / "head").unlink()
    again = open_project(promoted.folder)
    again.__dict__["registry"] = promoted.registry
    assert again.verify_ledger().size == early < size
    problems = again.cross_check().problems
    assert problems
    assert all(isinstance(why, RollbackError) for why in problems)


def test_what_was_verified_is_not_opened_again_unless_asked(promoted):
    first = promoted.verify_ledger(full=False)
    assert (first.verified_before, sum(first.kinds.values())) == (0, first.size)
    second = promoted.verify_ledger(full=False)
    assert (second.verified_before, sum(second.kinds.values())) == (first.size, 0)
    assert sum(promoted.verify_ledger(full=True).kinds.values()) == first.size


def test_what_is_only_published_here_is_seen_and_not_verified(promoted):
    before = promoted.verify_ledger(full=False).size
    promoted.decide(promoted.latest("models:/credit/1").decision.request)
    assert promoted.book.head().size == before + 1
    after = promoted.verify_ledger(full=False)
    assert (after.verified_before, sum(after.kinds.values())) == (before, 1)


def test_another_trust_has_verified_nothing_yet(promoted):
    promoted.verify_ledger(full=False)
    public = create_person_key(promoted.folder / "people" / "olga", "olga")
    text = (promoted.folder / "people.yaml").read_text()
    line = f'  - {{id: olga, name: O, roles: [risk], keys: ["{public}"]}}\n'
    (promoted.folder / "people.yaml").write_text(text + line)
    assert open_project(promoted.folder).verify_ledger(full=False).verified_before == 0


def test_a_ledger_that_does_not_hold_is_not_remembered_as_verified(promoted):
    path = max(promoted.book.store.folder.glob("tile/entries/000.p/*"), key=lambda p: int(p.name))
    path.write_bytes(path.read_bytes().replace(b"payload", b"PAYLOAD", 1))
    with pytest.raises(LedgerError):
        promoted.verify_ledger(full=False)
    assert not (promoted.folder / ".govgate" / "verified").exists()


def test_a_verified_head_is_the_trusts_digest_and_the_note(tmp_path):
    world = World().create()
    world.append(2)
    world.publish()
    note = world.log().checkpoint().note
    head = VerifiedHead(tmp_path, world.trust)
    assert head.read() is None
    head.write(note)
    first, rest = (tmp_path / "verified").read_bytes().split(b"\n", 1)
    assert (len(first), first[:7], rest) == (71, b"sha256:", note)
    assert VerifiedHead(tmp_path, world.trust).read() == note
    assert VerifiedHead(tmp_path, Trust(world.trust.log_vkeys, {})).read() is None


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    world = World(store=FileStore(tmp_path_factory.mktemp("many"))).create()
    for _ in range(3):
        world.append(2_800)
    world.publish()
    return world


def test_processes_find_what_one_finds(many):
    assert many.log().checkpoint().checkpoint.size >= WORTH
    with Processes(2) as spread:
        there = verify_log(many.store, many.trust, spread=spread)
        assert spread._pool is not None
    there.raise_if_bad()
    assert there.kinds == {"evidence/v1": 8_400}
    nobody = Trust(many.trust.log_vkeys, {})
    with Processes(2) as spread:
        report = verify_log(many.store, nobody, spread=spread)
    assert len(report.problems) == 8_400
    assert isinstance(report.problems[-1], AuthorityError)


@pytest.mark.parametrize("count", [1, 2])
def test_no_process_is_started_where_it_is_not_worth_it(many, count):
    note = many.log().checkpoint().note
    with Processes(count) as spread:
        verified = note if count > 1 else None
        verify_log(many.store, many.trust, verified=verified, spread=spread).raise_if_bad()
        assert spread._pool is None


def _die(_piece):
    import os

    os._exit(1)


def test_a_process_that_dies_is_told_of(many):
    from govgate.ledger.pieces import Bundles

    piece = Bundles(many.store, many.trust, WORTH, b"", range(32), 0)
    with Processes(2) as spread, pytest.raises(StoreError, match="--processes 1"):
        list(spread(_die, [piece]))
