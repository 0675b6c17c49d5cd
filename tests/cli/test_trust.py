"""Keys at the terminal: exported for an auditor, rotated, revoked, and refused."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import govgate
from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.files import FileStore
from govgate.adapters.keys import FileSigner
from govgate.canon import canonical
from govgate.cli.main import main
from govgate.engine import attestation_of
from govgate.errors import DeniedError
from govgate.ledger import Actor, ActorKind, keyid, read_trust, write_entry
from govgate.project import create_person_key, open_guard, open_project
from govgate.project.book import GATE
from govgate.project.key_changes import rotate_log_key
from govgate.records import Evidence
from govgate.testing import MemorySigner


@pytest.fixture
def judged(desk, frame):
    """A project with one decision in its ledger, and a key-admin."""
    line = create_person_key(desk.folder / "people" / "kay", "kay")
    with (desk.folder / "people.yaml").open("a") as file:
        file.write(f'  - {{id: kay, name: Kay, roles: [key-admin], keys: ["{line}"]}}\n')
    desk.assess(frame())
    return desk


def key_of(desk, person="gate"):
    signers = open_project(desk.folder).book.trust.signers.items()
    return next(name for name, s in signers if s.name == person and s.revoked_at_index is None)


def revoke(desk, name, key="kay", person="kay"):
    words = ["--as", person, "--key", str(desk.folder / "people" / key), "--reason", "lost"]
    return desk("keys", "revoke", name, *words)


def rotate(desk):
    create_person_key(desk.folder / "keys" / "gate-2", "gate")
    code = desk("keys", "rotate", "--new", "keys/gate-2")
    path = desk.folder / "govgate.yaml"
    path.write_text(path.read_text().replace("gate: keys/gate ", "gate: keys/gate-2 "))
    assert yaml.safe_load(path.read_text())["keys"]["gate"] == "keys/gate-2"
    return code


def outside(desk, trust, folder=None):
    return main(
        [
            "ledger",
            "verify",
            "--trust",
            str(trust),
            "--folder",
            str(folder or desk.folder / "ledger"),
        ]
    )


@pytest.fixture
def exported(judged, tmp_path):
    assert judged("trust", "export", "-o", str(tmp_path / "trust.json")) == 0
    return tmp_path / "trust.json"


def test_an_auditor_verifies_a_copy_with_the_trust_file_and_no_project(
    judged, exported, tmp_path, monkeypatch, capsys
):
    shutil.copytree(judged.folder / "ledger", tmp_path / "copy")
    shutil.rmtree(judged.folder)
    monkeypatch.chdir(tmp_path)
    assert outside(judged, exported, tmp_path / "copy") == 0
    assert "it all holds" in capsys.readouterr().out


def test_the_export_is_the_same_on_stdout_and_is_never_written_over(judged, exported, capsys):
    capsys.readouterr()
    assert judged("trust", "export") == 0
    assert capsys.readouterr().out == exported.read_text()
    assert judged("trust", "export", "-o", str(exported)) == 2
    trust = read_trust(exported.read_text())
    assert trust.pinned[0].size == 3
    admins = {s.name for s in trust.signers.values() if "key-event/v1" in s.kinds}
    assert admins == {"gate", "kay"}


def test_the_log_part_is_exported_for_other_tools(judged, capsys):
    capsys.readouterr()
    assert judged("trust", "export", "--format", "tlog-policy") == 0
    assert capsys.readouterr().out.startswith("log ")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),  # OK
        ({"pinned": [{"size": 4, "root": "A" * 43 + "="}]}, 20),  # NOT OK: more was seen
        ({"pinned": [{"size": 3, "root": "A" * 43 + "="}]}, 20),  # NOT OK: a fork
        ({"signers": []}, 11),  # NOT OK: nobody is believed
        ({"extra": 1}, 11),  # NOT OK: no trust file
        ({"witness_quorum": 1}, 11),  # NOT OK: of no witnesses
    ],
)
def test_an_auditor_is_told_what_does_not_hold(judged, exported, change, code):
    trust = json.loads(exported.read_text())
    exported.write_text(json.dumps(trust | change))
    assert outside(judged, exported) == code


def test_a_ledger_that_was_changed_does_not_hold_outside(judged, exported):
    commit = next((judged.folder / "ledger" / "commits").iterdir())
    data = commit.read_bytes()
    commit.chmod(0o600)
    commit.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    assert outside(judged, exported) == 20


@pytest.mark.parametrize("words", [["--trust", "t.json"], ["--folder", "ledger"]])
def test_trust_and_folder_go_together(words):
    assert main(["ledger", "verify", *words]) == 2


def test_what_is_no_ledger_or_no_file_is_said_to_be(judged, exported, tmp_path):
    assert outside(judged, exported, tmp_path / "none") == 2
    assert outside(judged, tmp_path / "none") == 2


def test_a_rotated_key_signs_on_and_all_of_the_ledger_still_holds(judged, exported, frame, capsys):
    old = key_of(judged)
    assert rotate(judged) == 0
    assert key_of(judged) != old
    assert judged.assess(frame()) == 10
    assert judged("ledger", "verify") == 0
    # The auditor's older file follows the ledger by itself, and a newer one says the same.
    assert outside(judged, exported) == 0
    capsys.readouterr()
    judged("keys", "list")
    assert f"{old}  service gate, from 0 to before 4" in capsys.readouterr().out
    judged("trust", "export")
    exported.write_text(capsys.readouterr().out)
    assert outside(judged, exported) == 0


def test_a_revoked_gate_key_writes_nothing_more(judged, frame, capsys):
    assert revoke(judged, key_of(judged)) == 0
    before = judged.assess(frame())
    assert before == 11
    assert "counts from entry 0 to before 3" in capsys.readouterr().err
    assert judged("ledger", "verify") == 0


@pytest.mark.parametrize(
    ("person", "key"),
    [
        ("rami", "rami"),  # NOT OK: no key-admin
        ("kay", "rami"),  # NOT OK: not kay's key
        ("rami", "kay"),  # NOT OK: kay's key in another's name
    ],
)
def test_nobody_else_revokes_and_nothing_is_written(judged, person, key):
    size = len(list((judged.folder / "ledger" / "commits").iterdir()))
    assert revoke(judged, key_of(judged), key, person) == 11
    assert len(list((judged.folder / "ledger" / "commits").iterdir())) == size
    assert revoke(judged, key_of(judged, "kay")) == 11  # nor a key with itself
    assert revoke(judged, "00" * 32) == 11
    assert len(list((judged.folder / "ledger" / "commits").iterdir())) == size


def believe(guard, envelope):
    """Open an envelope as the guard does before it asks whom it is about."""
    state, known = guard._state()
    guard._claims.open(state.book, known.trust, envelope)


def junk(desk, key):
    """Append an entry by a key that nobody believes, as whoever can write to the store could."""
    book = open_project(desk.folder).book
    entry = next(book.entries())
    envelope = write_entry(
        Evidence.model_validate_json(canonical(entry.record)),
        kind=entry.kind,
        subject=entry.subject,
        actor=GATE,
        ids=RandomIds(),
        clock=SystemClock(),
        signers=[key],
        store=book.store,
    )
    book._log.append([envelope], RandomIds().new())
    book.publish()


def test_a_strangers_junk_fails_verify_until_a_key_admin_disowns_the_key(judged, exported, capsys):
    rogue = MemorySigner("rogue")
    name = keyid(rogue.public)
    assert revoke(judged, name) == 11  # no entry names it: perhaps it is mistyped
    assert "no entry names it" in capsys.readouterr().err
    junk(judged, rogue)
    assert judged("ledger", "verify") == outside(judged, exported) == 11
    assert f"{name} did" in capsys.readouterr().err
    assert revoke(judged, name, "rami", "rami") == 11
    assert revoke(judged, name) == 0
    capsys.readouterr()
    assert judged("ledger", "verify") == outside(judged, exported) == 0
    assert (
        "entry 3 is signed only by keys that had ended or are disowned" in capsys.readouterr().out
    )


def test_who_was_believed_once_is_not_disowned(judged, capsys):
    olga = key_of(judged, "olga")
    judged.sign("olga")
    people = judged.folder / "people.yaml"
    lines = people.read_text().splitlines(keepends=True)
    people.write_text("".join(line for line in lines if "olga" not in line))
    assert revoke(judged, olga) == 11
    assert "was believed before; put its line back" in capsys.readouterr().err


def test_a_rotation_by_a_key_that_counts_no_more_is_refused(judged):
    revoke(judged, key_of(judged))
    create_person_key(judged.folder / "keys" / "gate-3", "gate")
    assert judged("keys", "rotate", "--new", "keys/gate-3") == 11


def test_the_registry_stops_believing_at_once_and_keeps_believing_what_came_before(judged, frame):
    guard = open_guard(judged.folder)
    model = judged.model
    before = open_project(judged.folder).latest(model).envelope
    believe(guard, before)
    assert rotate(judged) == 0
    believe(guard, before)  # its place in the ledger is before the rotation
    judged.assess(frame())
    revoke(judged, key_of(judged))
    after = [e for e in open_project(judged.folder).book.entries() if e.kind == "decision/v1"][-1]
    believe(guard, after.envelope)
    assert keyid(open_project(judged.folder).book.gate_signer().public) in after.keyids


def test_what_a_retired_key_signs_outside_the_ledger_is_not_believed(judged):
    guard, project = open_guard(judged.folder), open_project(judged.folder)
    made = project.latest(judged.model)
    old = FileSigner(judged.folder / "keys" / "gate")
    entry = next(e for e in project.book.entries() if e.index == made.index)
    forged = write_entry(
        attestation_of(entry),
        kind="decision/v1",
        subject=entry.subject,
        actor=GATE,
        ids=RandomIds(),
        clock=SystemClock(),
        signers=[old],
        store=project.book.store,
    )
    believe(guard, forged)
    revoke(judged, key_of(judged))
    with pytest.raises(DeniedError) as caught:
        believe(guard, forged)
    assert caught.value.reason == "BAD_SIGNATURE"
    believe(guard, made.envelope)


def test_a_sign_off_by_a_key_that_counts_no_more_carries_no_decision(judged):
    guard, project = open_guard(judged.folder), open_project(judged.folder)
    made = project.latest(judged.model)
    entry = next(e for e in project.book.entries() if e.index == made.index)
    common = {"ids": RandomIds(), "clock": SystemClock(), "subject": entry.subject}
    rami = FileSigner(judged.folder / "people" / "rami")
    yes = write_entry(
        project.policy,
        kind="sign-off/v1",
        actor=Actor(kind=ActorKind.HUMAN, id="rami"),
        signers=[rami],
        store=project.book.store,
        **common,
    )
    carrying = attestation_of(entry).model_copy(update={"sign_offs": (yes.decode(),)})
    gate = project.book.gate_signer()
    signed = write_entry(
        carrying,
        kind="decision/v1",
        actor=GATE,
        signers=[gate],
        store=project.book.store,
        **common,
    )
    believe(guard, signed)
    revoke(judged, keyid(rami.public))
    with pytest.raises(DeniedError) as caught:
        believe(guard, signed)
    assert caught.value.reason == "SIGN_OFF"


def test_a_ledger_that_cannot_be_read_lets_nothing_through(judged):
    guard = open_guard(judged.folder)
    envelope = open_project(judged.folder).latest(judged.model).envelope
    believe(guard, envelope)
    (judged.folder / "ledger" / "checkpoint").write_bytes(b"junk")
    shutil.rmtree(judged.folder / "ledger" / "checkpoints")
    with pytest.raises(DeniedError) as caught:
        believe(guard, envelope)
    assert caught.value.reason == "VERIFY_UNAVAILABLE"


def set_log_keys(desk, private, public):
    path = desk.folder / "govgate.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["keys"]["log"], settings["trust"]["log"] = private, public
    path.write_text(json.dumps(settings))


def newest(desk):
    return (desk.folder / "ledger" / "checkpoint").read_bytes()


def rotate_log(desk, name="log-2"):
    if not (desk.folder / "keys" / name).exists():
        create_person_key(desk.folder / "keys" / name, "log")
    return desk("keys", "rotate", "--log", "--new", f"keys/{name}")


def test_the_log_key_is_replaced_and_all_of_the_ledger_still_holds(
    judged, exported, frame, capsys, tmp_path
):
    # (1) Both keys sign an entry; nothing else changes yet.
    assert rotate_log(judged) == 0
    assert "add keys/log-2 to keys.log" in capsys.readouterr().out
    assert newest(judged).count(b"\xe2\x80\x94") == 1
    # (2) Both sign every checkpoint: whoever knows only the old one is still served.
    set_log_keys(judged, ["keys/log", "keys/log-2"], ["keys/log.pub", "keys/log-2.pub"])
    judged.assess(frame())
    assert newest(judged).count(b"\xe2\x80\x94") == 2
    assert outside(judged, exported) == 0
    size = open_project(judged.folder).book.head().size
    # (3) The old one ends there, and signs nothing more.
    set_log_keys(judged, ["keys/log-2"], ["keys/log-2.pub", f"keys/log.pub until {size}"])
    judged.assess(frame())
    assert newest(judged).count(b"\xe2\x80\x94") == 1
    assert judged("ledger", "verify") == 0
    assert judged("ledger", "doctor") in {0, 20}
    capsys.readouterr()
    assert judged("keys", "list") == 0
    assert f"until {size}  log" in capsys.readouterr().out
    # An auditor with the older file is told what to ask for; with a new one all of it holds.
    assert outside(judged, exported) == 11
    assert "get a new trust file" in capsys.readouterr().err
    assert judged("trust", "export", "-o", str(tmp_path / "new.json")) == 0
    assert outside(judged, tmp_path / "new.json") == 0
    assert standalone(judged, tmp_path / "new.json") == 0
    assert standalone(judged, exported) == 3
    # Where the end is written too early, the checkpoints it signed after that are refused.
    set_log_keys(judged, ["keys/log-2"], ["keys/log-2.pub", "keys/log.pub until 2"])
    assert judged("ledger", "verify") == 11
    assert "retired at 2" in capsys.readouterr().err


def standalone(desk, trust):
    program = Path(govgate.__file__).parent / "standalone" / "verify.py"
    words = [sys.executable, str(program), "--log", str(desk.folder / "ledger")]
    return subprocess.run([*words, "--trust", str(trust)], check=False).returncode


def test_a_rotation_of_the_log_key_that_was_cut_short_is_recorded_once(judged, capsys):
    assert rotate_log(judged) == 0
    assert rotate_log(judged) == 0
    assert "recorded as entry 3 " in capsys.readouterr().out
    assert open_project(judged.folder).book.head().size == 4


@pytest.mark.parametrize("at", range(7))
def test_a_rotation_of_the_log_key_is_finished_wherever_it_was_interrupted(judged, monkeypatch, at):
    create_person_key(judged.folder / "keys" / "log-2", "log")
    project, left = open_project(judged.folder), iter(range(at))
    for method in ("create", "replace"):
        plain = getattr(FileStore, method)

        def failing(self, key, data, plain=plain):
            if next(left, None) is None:
                raise KeyboardInterrupt
            plain(self, key, data)

        monkeypatch.setattr(FileStore, method, failing)
    interruptions = 0
    try:
        rotate_log_key(project, "keys/log-2", "yearly")
    except KeyboardInterrupt:
        interruptions = 1
    monkeypatch.undo()
    assert rotate_log(judged) == 0
    events = [e for e in open_project(judged.folder).book.entries() if e.kind == "key-event/v1"]
    assert len(events) == 1
    assert judged("ledger", "verify") == 0
    # Commit, bundle, tile, checkpoint, hint, and the head that was seen.
    assert interruptions == (at < 6)


@pytest.mark.parametrize("key", ["log", "log-3"])
def test_no_second_rotation_of_the_log_key_begins_before_the_first_ended(judged, key, capsys):
    rotate_log(judged)
    set_log_keys(judged, ["keys/log", "keys/log-2"], ["keys/log.pub", "keys/log-2.pub"])
    size = open_project(judged.folder).book.head().size
    assert rotate_log(judged, key) == 11
    assert "first retire one of two in force" in capsys.readouterr().err
    assert open_project(judged.folder).book.head().size == size


def test_a_log_key_cannot_replace_itself(judged):
    assert judged("keys", "rotate", "--log", "--new", "keys/log") == 11


def test_each_private_log_key_needs_its_public_half(judged, frame, capsys):
    rotate_log(judged)
    set_log_keys(judged, ["keys/log", "keys/log-2"], ["keys/log.pub", "keys/log-2.pub until 4"])
    assert judged.assess(frame()) == 2
    assert "in the same order" in capsys.readouterr().err
