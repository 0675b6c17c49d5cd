"""What was erased nobody can read, nor guess, and everything else still verifies."""

import base64
import hashlib
import itertools
from datetime import UTC, datetime

import pytest

from govgate.canon import canonical, sha256
from govgate.errors import AuthorityError, EvidenceError, StoreError
from govgate.ledger import ERASURE, Actor, ActorKind
from govgate.ports import ModelVersion
from govgate.project import examine_health
from govgate.project.book import GATE, Writing
from govgate.project.keeping import State
from govgate.records import Erasure, Request, Subject
from tests.project.test_attaching import FULL, Fault, KilledError

CONSENT = b"Ann Smith, 1970-01-01, yes\n"
NAME = "consent Ann Smith.csv"


@pytest.fixture
def kept(office):
    return office.keep(NAME, CONSENT, personal=True)


def states(office):
    return [k.state for k in office.project.kept.all()]


def test_after_an_erasure_nobody_can_read_it_and_the_ledger_holds(office, kept):
    office.keep("report.txt", b"stays")
    done = office.erase(kept.attachment.handle)
    assert (done.state, done.erasure.erased_by, done.erasure.reason) == (
        State.ERASED,
        "dora",
        "request 17",
    )
    assert office.secrets == []
    with pytest.raises(EvidenceError, match=r"was erased on 20.* by dora \(request 17\)"):
        office.fetch(kept.attachment.handle)
    assert office.kinds() == ["attachment/v1", "attachment/v1", "erasure/v1"]
    office.project.verify_ledger()
    assert all(h.healthy for h in examine_health(office.folder) if h.about == "kept files")


def test_it_stays_erased_in_every_copy_of_the_ledger(office, kept):
    copy = {n: d for n, d in office.stored().items() if n.startswith("ledger/")}
    office.erase(kept.attachment.handle)
    for name, data in copy.items():
        path = office.folder / name
        if "/evidence/" in name:
            path.unlink()
            path.write_bytes(data)
    with pytest.raises(EvidenceError, match="was erased"):
        office.fetch(kept.attachment.handle)


def spellings(raw):
    """Ways in which a digest may be written down."""
    return {raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)}


def test_nothing_that_stays_can_be_computed_from_the_file(office, kept):
    office.erase(kept.attachment.handle)
    everything = b"\n".join(office.stored().values())
    everything += "\n".join(office.stored()).encode()
    # What somebody who guesses the file, its name and its size can compute of it.
    described = canonical(kept.file.model_dump(mode="json"))
    domain = b"govgate evidence commitment v1\n"
    guessed = [CONSENT, NAME.encode(), described, CONSENT.ljust(4096, b"\0")]
    guessed += [f"sha256:{hashlib.sha256(CONSENT).hexdigest()}".encode()]
    for text, salt, hashed in itertools.product(
        guessed, (b"", bytes(32)), ("sha256", "sha512", "sha1", "md5", "blake2b", "sha3_256")
    ):
        inner = hashlib.new(hashed, salt + text).digest()
        for raw in (inner, hashlib.new(hashed, inner).digest()):
            outer = hashlib.sha256(domain + salt + raw).digest()
            for each in (*spellings(raw), *spellings(outer)):
                assert each not in everything
    for text in (CONSENT.strip(), b"Ann", b"Smith", b"consent", b"1970", described):
        assert text not in everything
        assert base64.b64encode(text)[: len(text) * 8 // 6] not in everything


def test_while_it_is_kept_the_search_above_would_find_it(office, kept):
    everything = b"\n".join(office.stored().values())
    assert kept.file.sha256.encode() in everything  # in the secret alone
    secrets = {path.name for path in office.secrets}
    holding = [n for n, d in office.stored().items() if kept.file.sha256.encode() in d]
    assert [name.rsplit("/", 1)[1] for name in holding] == list(secrets)
    plain = office.keep("plain.csv", b"Bob Jones, no")
    ledger = b"".join(d for n, d in office.stored().items() if n.startswith("ledger/evidence"))
    assert b"Bob Jones" in ledger
    assert plain.attachment.handle == sha256(b"Bob Jones, no")


def test_the_same_bytes_are_not_both_erasable_and_not(office, kept):
    with pytest.raises(EvidenceError, match="with personal data already; add it with --personal"):
        office.keep("copy.csv", CONSENT)
    office.keep("plain.csv", b"Bob, no")
    with pytest.raises(EvidenceError, match="kept as a plain file already, which stays"):
        office.keep("bob.csv", b"Bob, no", personal=True)
    assert office.fetch(kept.attachment.handle) == CONSENT
    assert len(office.secrets) == 1


def test_a_yes_and_a_no_leave_the_same_traces(tmp_path, office):
    sizes = []
    for data in (b"yes", b"no"):
        kept = office.keep("answer.txt", data, personal=True)
        office.erase(kept.attachment.handle)
        names = set(office.stored()) - set().union(*(s[1] for s in sizes))
        evidence = [n for n in names if n.startswith("ledger/evidence/")]
        sizes.append((sorted(len(office.stored()[n]) for n in evidence), set(office.stored())))
    assert sizes[0][0] == sizes[1][0]
    assert tmp_path == office.folder.parent


def test_the_same_file_kept_again_later_is_another(office, kept):
    office.erase(kept.attachment.handle)
    again = office.keep(NAME, CONSENT, personal=True)
    assert again.attachment.handle != kept.attachment.handle
    assert again.attachment.manifest != kept.attachment.manifest
    assert states(office) == [State.ERASED, State.KEPT]
    assert office.fetch(again.attachment.handle) == CONSENT


REFUSED = {
    "without the role": ("rami", "rami", "does not hold role data-protection"),
    "unknown": ("mallory", "rami", "does not hold role data-protection"),
    "with another's key": ("dora", "rami", "is the key of rami, not of dora"),
    "with the gate's key": ("dora", "../keys/gate", "is the key of nobody"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_may_not_erase_erases_nothing(office, kept, name):
    person, key, why = REFUSED[name]
    with pytest.raises(AuthorityError, match=why):
        office.erase(kept.attachment.handle, person, key)
    assert office.fetch(kept.attachment.handle) == CONSENT
    assert office.kinds() == ["attachment/v1"]


def test_the_trainer_may_not_erase_what_judges_the_own_model(office, kept):
    project = office.project
    request = Request(subject=project.subject(office.model), trained_by="tess")
    project.decide(request)
    with pytest.raises(AuthorityError, match="tess trained a model"):
        office.erase(kept.attachment.handle, "tess")
    assert office.fetch(kept.attachment.handle) == CONSENT
    assert office.erase(kept.attachment.handle, "dora").state is State.ERASED


def test_the_trainer_of_any_model_it_is_kept_with_may_not(office, kept):
    other = str(office.folder / "other")
    office.keep(NAME, CONSENT, personal=True, model=other)
    office.project.decide(Request(subject=office.project.subject(other), trained_by="tess"))
    with pytest.raises(AuthorityError, match="tess trained a model"):
        office.erase(kept.attachment.handle, "tess")


def test_a_plain_file_stays(office):
    plain = office.keep("r.txt", b"x")
    with pytest.raises(EvidenceError, match="is a plain file and stays"):
        office.erase(plain.attachment.handle)
    assert office.fetch(plain.attachment.handle) == b"x"


@pytest.mark.parametrize("reason", ["", " ", "x" * 251, "line\nfeed"])
def test_a_reason_is_one_line(office, kept, reason):
    with pytest.raises(EvidenceError, match="cannot be written"):
        office.erase(kept.attachment.handle, reason=reason)
    assert office.fetch(kept.attachment.handle) == CONSENT


def erasure_by(person, kept):
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    handle = kept.attachment.handle
    record = Erasure(commitment=handle, erased_by=person, reason="forged", erased_at=at)
    return Writing(ERASURE, Subject(name="a file with personal data", content=handle), record)


def test_the_gate_can_write_no_erasure(office, kept):
    book = office.project.book
    with pytest.raises((AuthorityError, EvidenceError), match=r"may not sign that|writes no"):
        book.write([erasure_by("dora", kept)], book.gate_signer(), GATE)
    dora = Actor(kind=ActorKind.HUMAN, id="dora")
    with pytest.raises(AuthorityError, match="may not sign that"):
        book.write([erasure_by("dora", kept)], book.gate_signer(), dora)
    assert states(office) == [State.KEPT]


def test_who_lost_the_role_since_can_write_none(office, kept):
    people = office.folder / "people.yaml"
    people.write_text(people.read_text().replace("[data-protection]", "[risk]"))
    with pytest.raises(AuthorityError, match="does not hold role"):
        office.erase(kept.attachment.handle)
    from govgate.adapters.keys import FileSigner

    dora = Actor(kind=ActorKind.HUMAN, id="dora")
    with pytest.raises(AuthorityError, match="may not sign that"):
        office.project.book.write([erasure_by("dora", kept)], FileSigner(office.key("dora")), dora)


def writes_of_an_erasure(office, monkeypatch):
    kept = office.keep("count.csv", b"count", personal=True)
    with monkeypatch.context() as counted:
        fault = Fault(counted, -1, landed=False, error=FULL)
        office.erase(kept.attachment.handle)
        return fault.done


@pytest.mark.parametrize("error", [KilledError(), FULL], ids=["killed", "disk full"])
@pytest.mark.parametrize("landed", [False, True])
def test_an_erasure_cut_short_at_any_write_is_finished_by_erasing_again(
    office, monkeypatch, landed, error
):
    total = writes_of_an_erasure(office, monkeypatch)
    assert total > 5
    for at in range(total):
        data = CONSENT + bytes([at])
        handle = office.keep("c.csv", data, personal=True).attachment.handle
        with monkeypatch.context() as broken:
            Fault(broken, at, landed=landed, error=error)
            try:
                office.erase(handle)
            except type(error):
                pass
        found = office.project.kept.find(handle)[0]
        if found.erasure:  # recorded: it counts as erased, whether or not its key is gone
            with pytest.raises(EvidenceError, match="was erased"):
                office.fetch(handle)
        else:
            assert office.fetch(handle) == data
        assert office.erase(handle).state is State.ERASED
    assert office.secrets == []
    assert office.kinds().count(ERASURE) == total + 1
    office.project.verify_ledger()


def test_a_key_is_never_destroyed_before_the_erasure_is_recorded(office, kept, monkeypatch):
    total = writes_of_an_erasure(office, monkeypatch)
    for at in range(total):
        with monkeypatch.context() as broken:
            Fault(broken, at, landed=True, error=KilledError())
            with pytest.raises(KilledError):
                office.erase(kept.attachment.handle)
        assert State.LOST not in states(office)
        if office.project.kept.find(kept.attachment.handle)[0].erasure:
            break
    else:
        pytest.fail("the erasure was never recorded")


def test_a_half_erased_file_is_shown_and_its_key_is_not_used_again(office, kept, monkeypatch):
    with monkeypatch.context() as broken:
        from govgate.adapters.secret_files import FileSecrets

        def failing(*_):
            raise FULL

        broken.setattr(FileSecrets, "destroy", failing)
        with pytest.raises(StoreError, match="disk is full"):
            office.erase(kept.attachment.handle)
    assert states(office) == [State.HALF_ERASED]
    said = next(h for h in examine_health(office.folder) if h.about == "kept files")
    assert not said.healthy
    assert "run `govgate evidence erase` for it again" in said.said
    again = office.keep(NAME, CONSENT, personal=True)
    assert again.attachment.handle != kept.attachment.handle
    office.erase(kept.attachment.handle)
    assert states(office) == [State.ERASED, State.KEPT]
    assert office.kinds().count(ERASURE) == 1


def test_a_key_that_comes_back_from_a_backup_is_found_and_not_used(office, kept):
    path = office.secrets[0]
    data = path.read_bytes()
    office.erase(kept.attachment.handle)
    path.write_bytes(data)
    path.chmod(0o600)
    assert states(office) == [State.HALF_ERASED]
    with pytest.raises(EvidenceError, match="was erased"):
        office.fetch(kept.attachment.handle)
    office.erase(kept.attachment.handle)
    assert office.secrets == []


def test_a_lost_key_can_be_put_on_record_as_erased(office, kept):
    office.secrets[0].unlink()
    assert states(office) == [State.LOST]
    assert office.erase(kept.attachment.handle).state is State.ERASED


def test_a_registered_model_keeps_files_too(office, monkeypatch):
    from govgate.project import Project

    class StandIn:
        def version(self, name, version):
            return ModelVersion(name, version, 1, "models:/m-1", "", {}, ())

        def content(self, _):
            return "sha256:" + "ab" * 32

    monkeypatch.setattr(Project, "registry", StandIn())
    kept = office.keep("r.txt", b"x", model="models:/credit/7")
    assert kept.subject.name == "models:/credit/7"
    assert office.project.attachments("models:/credit/7") == [kept]
