import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from govgate.ledger.checkpoint import read_checkpoint
from govgate.ledger.cosign import cosign, witness_vkey
from govgate.project import create_person_key, open_project
from govgate.project.witnessing import FileSigner, MldsaSigner
from govgate.testing import MemorySigner

NAME = "witness.example/w1"


@pytest.fixture
def recorded(desk, frame, capsys):
    desk.assess(frame())
    capsys.readouterr()
    return desk


@pytest.fixture
def key(tmp_path):
    create_person_key(tmp_path / "w1", "w1")
    return tmp_path / "w1"


def own(desk, key, *more):
    return desk("ledger", "witness", "--key", str(key), "--name", NAME, "--json", *more)


def test_a_witness_cosigns_and_the_publisher_shows_it(recorded, key, capsys):
    assert own(recorded, key) == 0
    said = json.loads(capsys.readouterr().out)
    assert [c["witness"] for c in said["cosignatures"]] == [NAME]
    vkey = witness_vkey(NAME, FileSigner(key).public)
    assert recorded("ledger", "witness", "--vkey", vkey) == 0
    assert f"size {said['size']} cosigned by {NAME}" in " ".join(capsys.readouterr().out.split())
    hint = open_project(recorded.folder).book.store.read("checkpoint").decode()
    assert hint.count("\u2014") == 2
    assert recorded("ledger", "verify") == 0


def test_an_ml_dsa_key_cosigns(recorded, tmp_path, capsys):
    file = tmp_path / "q"
    private = MLDSA44PrivateKey.generate()
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o644)
    assert own(recorded, file, "--ml-dsa") == 11
    file.chmod(0o600)
    assert own(recorded, file, "--ml-dsa") == 0
    capsys.readouterr()
    vkey = witness_vkey(NAME, MldsaSigner(file).public)
    assert recorded("ledger", "witness", "--vkey", vkey, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["cosignatures"]) == 1


def test_a_witness_remembers_in_a_file_of_its_own(recorded, key, tmp_path):
    state = tmp_path / "elsewhere" / "state"
    assert own(recorded, key, "--state", str(state)) == 0
    assert state.read_bytes() == recorded.folder.joinpath("ledger", "checkpoint").read_bytes()
    state.write_bytes(b"junk")
    assert own(recorded, key, "--state", str(state)) == 20


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--key", "k"),
        ("--name", "w"),
        ("--url", "https://w.example"),
        ("--key", "k", "--name", "w", "--vkey", "v"),
    ],
    ids=" ".join,
)
def test_it_is_one_of_the_two(recorded, words):
    assert recorded("ledger", "witness", *words) == 2


@pytest.mark.parametrize(
    ("name", "root", "code"),
    [("TSA/1", None, 2), ("tsa", "absent", 2), ("tsa", None, 21)],
)
def test_a_timestamp_that_cannot_be_is_said_so(recorded, tmp_path, name, root, code):
    pytest.importorskip("rfc3161_client")
    (tmp_path / "root").write_text("junk")
    words = [
        "--url",
        "http://127.0.0.1:1/",
        "--name",
        name,
        "--root",
        str(tmp_path / (root or "root")),
    ]
    assert recorded("ledger", "timestamp", *words) == code


@pytest.fixture
def witness():
    """Cosigns whatever comes first and then only what it knows; strictness is tested elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        signer = MemorySigner("w1")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            text = body.partition("\n\n")[2].partition("\n\n")[0] + "\n"
            line = cosign(read_checkpoint(text), NAME, self.signer, int(time.time())).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(line)))
            self.end_headers()
            self.wfile.write(line)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_witness_on_the_network_is_asked(recorded, witness, capsys):
    vkey = witness_vkey(NAME, MemorySigner("w1").public)
    for _ in range(2):  # asking again keeps the first cosignature
        assert recorded("ledger", "witness", "--url", witness, "--vkey", vkey, "--json") == 0
        assert len(json.loads(capsys.readouterr().out)["cosignatures"]) == 1
    store = open_project(recorded.folder).book.store
    assert len(list(store.keys("cosignatures/"))) == 1
    assert store.read("checkpoint").decode().count("\u2014") == 2


def test_a_witness_that_is_not_trusted_counts_for_nothing(recorded, witness):
    vkey = witness_vkey(NAME, MemorySigner("other").public)
    assert recorded("ledger", "witness", "--url", witness, "--vkey", vkey) == 11
    assert list(open_project(recorded.folder).book.store.keys("cosignatures/")) == []
