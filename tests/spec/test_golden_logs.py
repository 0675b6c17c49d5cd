"""Logs that earlier versions wrote: every later one must still read them, to the last hint.

`golden/VERSION/` was written once by `build_golden.py` and is never changed; a change of a format
adds another.
"""

import subprocess
import sys
from pathlib import Path

import pytest

import govgate
from govgate.adapters.files import FileStore
from govgate.errors import TamperedError
from govgate.ledger import leaf_hash, read_trust, replay, verify_log, verify_proof, write_trust
from govgate.ledger.log import Log
from govgate.project import verify_outside

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(p.name for p in GOLDEN.iterdir())
PROGRAM = Path(govgate.__file__).parent / "standalone" / "verify.py"


def test_there_is_a_log_of_the_first_version():
    assert "1" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_log_of_an_earlier_version_still_holds(version):
    here = GOLDEN / version
    report = verify_outside(here / "ledger", here / "trust.json")
    assert (report.size, report.committed) == (265, 265)
    assert report.disowned == (260, 263)
    assert report.quarantined == (f"commits/{256:020d}",)
    assert report.kinds == {"evidence/v1": 257, "sign-off/v1": 2, "key-event/v1": 3}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stand_alone_verifier_still_reads_it(version, tmp_path):
    here = GOLDEN / version
    store, base = FileStore(here / "ledger"), read_trust((here / "trust.json").read_text())
    log = Log(store, "credit.example/ledger", base.log_vkeys)
    # Key events are followed by whoever exports the trust file.
    (tmp_path / "trust.json").write_text(write_trust(replay(base, log.entries(), store)))
    words = ["--log", str(here / "ledger"), "--trust", str(tmp_path / "trust.json")]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("counts not") == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_a_proof_of_an_earlier_version_still_holds(version):
    here = GOLDEN / version
    base = read_trust((here / "trust.json").read_text())
    log = Log(FileStore(here / "ledger"), "credit.example/ledger", base.log_vkeys)
    entries = dict(log.entries())
    text = (here / "264.tlog-proof").read_text()
    assert verify_proof(text, leaf_hash(entries[264]), log.origin, log.log_vkeys).size == 265
    with pytest.raises(TamperedError):
        verify_proof(text, leaf_hash(entries[263]), log.origin, log.log_vkeys)


def test_the_trust_file_alone_says_what_it_takes_to_hold():
    here = GOLDEN / "1"
    base = read_trust((here / "trust.json").read_text())
    report = verify_log(FileStore(here / "ledger"), base)
    # Without the key events of the log the new gate key is nobody's.
    assert [str(p).split(":")[0] for p in report.problems] == [
        "entry 259",
        "entry 261",
        "entry 263",
    ]
