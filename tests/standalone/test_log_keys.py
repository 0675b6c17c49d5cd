"""The stand-alone verifier, while one log key replaces another and after that."""

import json

import pytest

from govgate.ledger import Checkpoint, vkey
from govgate.ledger.checkpoint import write_checkpoint
from govgate.ledger.note import sign_note
from govgate.testing import MemorySigner
from tests.standalone.conftest import ORIGIN

OLD, NEW = MemorySigner("log"), MemorySigner("log 2")
V_OLD, V_NEW = vkey(ORIGIN, OLD.public), vkey(ORIGIN, NEW.public)


def trusting(verifier, log_folder, keys):
    fields = json.loads(log_folder.trust.read_text())
    return verifier.Trust({**fields, "log_vkeys": keys})


@pytest.mark.parametrize(
    ("size", "signers", "keys", "code"),
    [
        (4, [OLD], [V_NEW, f"{V_OLD} until 4"], 0),  # OK: exactly where it was retired
        (5, [OLD], [V_NEW, f"{V_OLD} until 4"], 3),  # NOT OK: one larger
        (5, [OLD, NEW], [V_NEW, f"{V_OLD} until 4"], 0),  # OK: the new key signed as well
        (5, [OLD, NEW], [V_OLD], 0),  # OK: an auditor with the older trust file
        (5, [NEW], [V_OLD], 3),  # NOT OK: the same, once the overlap ended
    ],
)
def test_a_retired_log_key_counts_up_to_its_size(verifier, log_folder, size, signers, keys, code):
    trust = trusting(verifier, log_folder, keys)
    note = sign_note(write_checkpoint(Checkpoint(ORIGIN, size, bytes(32))), ORIGIN, *signers)
    if not code:
        assert verifier.open_checkpoint(note, trust, "it").head.size == size
        return
    with pytest.raises(verifier.Problem) as caught:
        verifier.open_checkpoint(note, trust, "it")
    assert caught.value.code == code


def test_a_changed_signature_of_the_retired_key_is_tampering(verifier, log_folder):
    trust = trusting(verifier, log_folder, [V_NEW, f"{V_OLD} until 4"])
    text = write_checkpoint(Checkpoint(ORIGIN, 4, bytes(32)))
    other = sign_note(text.replace("4", "5"), ORIGIN, OLD, NEW).partition(b"\n\n")[2]
    with pytest.raises(verifier.Problem) as caught:
        verifier.open_checkpoint(text.encode() + b"\n" + other, trust, "it")
    assert caught.value.code == 1


@pytest.mark.parametrize(
    "keys",
    [
        [f"{V_OLD} until"],
        [f"{V_OLD} until 04"],
        [f"{V_OLD} until -1"],
        [V_OLD, f"{V_OLD} until 4"],
        [f"{V_OLD} until 4 until 5"],
    ],
)
def test_a_line_that_is_no_log_key_is_refused(verifier, log_folder, keys):
    with pytest.raises(ValueError):  # noqa: PT011 -- turned into "no trust file" by its reader
        trusting(verifier, log_folder, keys)


def test_a_log_that_its_retired_key_signed_too_far_does_not_hold(verifier, log_folder):
    size = max(int(name[-20:]) for name in log_folder.files if name.startswith("checkpoints/"))
    found = {}
    for end in (size - 1, size):
        trust = trusting(verifier, log_folder, [V_NEW, f"{V_OLD} until {end}"])
        found[end] = verifier.verify_log(str(log_folder.path), trust, []).exit_code()
    assert found == {size - 1: 3, size: 0}
