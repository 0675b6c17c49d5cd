"""The client against a witness that does all that C2SP tlog-witness says one must, and no more."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from govgate.adapters.witness_http import HttpWitness, write_request
from govgate.errors import (
    AuthorityError,
    ProjectError,
    RollbackError,
    StoreError,
    TamperedError,
)
from govgate.ledger import b64, merkle, open_note, sign_note, vkey
from govgate.ledger.checkpoint import Checkpoint, Signed, read_checkpoint, write_checkpoint
from govgate.ledger.cosign import cosign, open_cosignatures, read_witness_vkey, witness_vkey
from govgate.testing import MemorySigner

AT = 1_767_268_800
ORIGIN = "credit.example/ledger"
LOG, W1 = MemorySigner("log"), MemorySigner("w1")
VKEY = vkey(ORIGIN, LOG.public)
LEAVES = [merkle.leaf_hash(b"%d" % i) for i in range(8)]


def signed(size, leaves=LEAVES, origin=ORIGIN, key=LOG):
    checkpoint = Checkpoint(origin, size, merkle.root(leaves[:size]))
    return Signed(checkpoint, sign_note(write_checkpoint(checkpoint), origin, key))


def subproof(leaves, m, *, whole=True):
    """RFC 6962, section 2.1.2, as it is written there."""
    n = len(leaves)
    if m == n:
        return [] if whole else [merkle.root(leaves)]
    k = 1 << (n - 1).bit_length() - 1
    if m <= k:
        return [*subproof(leaves[:k], m, whole=whole), merkle.root(leaves[k:])]
    return [*subproof(leaves[k:], m - k, whole=False), merkle.root(leaves[:k])]


def prover(size, leaves=LEAVES):
    return lambda old: subproof(leaves[:size], old)


class Served:
    """State of the witness; `cosigned` is the last size and root of each log."""

    def __init__(self) -> None:
        self.vkeys = {ORIGIN: [VKEY]}
        self.cosigned: dict[str, Checkpoint] = {}
        self.lock = threading.Lock()
        self.asked: list[int] = []
        self.overrule = None

    def add_checkpoint(self, body: bytes) -> tuple[int, str, bytes]:  # noqa: PLR0911 -- an answer each
        head, blank, note = body.partition(b"\n\n")
        first, *proof = head.decode().split("\n")
        if not blank or not first.startswith("old ") or len(proof) > 63:
            return 400, "text/plain", b"malformed\n"
        old = int(first[4:])
        if first != f"old {old}":
            return 400, "text/plain", b"malformed\n"
        self.asked.append(old)
        origin = note.decode().split("\n")[0]
        if origin not in self.vkeys:
            return 404, "text/plain", b"unknown\n"
        try:
            new = read_checkpoint(open_note(note, self.vkeys[origin]))
        except AuthorityError:
            return 403, "text/plain", b"no trusted signature\n"
        if old > new.size:
            return 400, "text/plain", b"old is larger\n"
        with self.lock:
            last = self.cosigned.get(origin, Checkpoint(origin, 0, merkle.EMPTY_ROOT))
            told = 409, "text/x.tlog.size", b"%d\n" % last.size
            if old != last.size or (old == new.size and last.root != new.root):
                return told
            hashes = [b64.decode(line) for line in proof]
            try:
                merkle.verify_consistency(old, new.size, last.root, new.root, hashes)
            except TamperedError:
                return 422, "text/plain", b"no proof\n"
            self.cosigned[origin] = new
        strangers = cosign(new, "stranger", MemorySigner("s"), AT)
        return 200, "text/plain", (strangers + cosign(new, "w1", W1, AT)).encode()


@contextmanager
def serving(served):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = self.path == "/w/add-checkpoint"
            answer = served.overrule or (served.add_checkpoint(body) if known else (405, "", b""))
            status, kind, data = answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def served():
    return Served()


@pytest.fixture
def witness(served):
    with serving(served) as url:
        yield HttpWitness(url)


def test_a_witness_cosigns_what_grows(witness, served):
    key = read_witness_vkey(witness_vkey("w1", W1.public))
    for size in (1, 2, 3, 7, 7, 8):
        lines = witness.ask(signed(size), prover(size))
        assert len(open_cosignatures(lines, signed(size).checkpoint, [key])) == 1
        assert served.cosigned[ORIGIN].size == size
    assert served.asked == [0, 0, 1, 0, 2, 0, 3, 0, 7, 0, 7]


def test_a_known_size_saves_a_question(witness, served):
    witness.ask(signed(3), prover(3))
    witness.ask(signed(8), prover(8), old=3)
    assert served.asked == [0, 3]


def test_an_outdated_size_is_asked_for_once_more_and_no_more(witness, served):
    witness.ask(signed(3), prover(3))
    served.asked.clear()
    witness.ask(signed(8), prover(8), old=2)
    assert served.asked == [2, 3]


def test_a_rollback_is_told_from_an_outdated_size(witness):
    witness.ask(signed(5), prover(5))
    with pytest.raises(RollbackError, match="5 entries"):
        witness.ask(signed(4), prover(4))


OTHERS = [merkle.leaf_hash(b"other"), *LEAVES[1:]]


def test_a_fork_at_a_later_size_is_tampering(witness):
    witness.ask(signed(5), prover(5))
    with pytest.raises(TamperedError, match="does not continue"):
        witness.ask(signed(8, OTHERS), prover(8, OTHERS))


def test_a_fork_at_the_same_size_is_tampering(witness):
    witness.ask(signed(5), prover(5))
    with pytest.raises(TamperedError, match="another tree of 5"):
        witness.ask(signed(5, OTHERS), prover(5, OTHERS))


def test_an_unknown_log_and_an_unknown_key_are_refused(witness):
    with pytest.raises(AuthorityError, match="does not know"):
        witness.ask(signed(1, origin="elsewhere"), prover(1))
    with pytest.raises(AuthorityError, match="trusts no key"):
        witness.ask(signed(1, key=MemorySigner("other")), prover(1))


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/plain", b""),  # nothing
        (200, "text/plain", b"no newline"),
        (200, "text/plain", b"\xff\n"),  # no text
        (200, "text/plain", b"x" * 70_000 + b"\n"),  # without end
        (409, "text/x.tlog.size", b"3"),  # a size without its newline
        (409, "text/x.tlog.size", b"03\n"),
        (409, "text/x.tlog.size", b"-3\n"),
        (409, "text/x.tlog.size", b"9" * 30 + b"\n"),
        (409, "text/plain", b"3\n"),  # of another type
        (409, "text/x.tlog.size", b"3\n\n"),
        (400, "text/plain", b"malformed\n"),
        (500, "text/plain", b"down\n"),
    ],
    ids=lambda answer: f"{answer[0]}-{answer[2][:8]!r}",
)
def test_what_no_witness_answers_is_refused(witness, served, answer):
    served.overrule = answer
    with pytest.raises(StoreError):
        witness.ask(signed(8), prover(8))


def test_a_witness_that_keeps_refusing_the_size_it_told_is_not_asked_for_ever(witness, served):
    served.overrule = (409, "text/x.tlog.size", b"3\n")
    with pytest.raises(TamperedError, match="another tree of 3"):
        witness.ask(signed(8), prover(8))


def test_a_witness_that_is_not_there_is_said_so():
    with serving(Served()) as url:
        gone = url
    with pytest.raises(StoreError, match="did not answer"):
        HttpWitness(gone).ask(signed(1), prover(1))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://witness.example/w", True),  # OK
        ("http://127.0.0.1:8000", True),  # OK: this very machine
        ("http://[::1]:8000/", True),  # OK
        ("http://localhost", True),  # OK
        ("http://witness.example", False),  # NOT OK: no TLS
        ("http://127.0.0.1.example", False),  # NOT OK: a name that looks like one
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("https://w.example/?a=1", False),
        ("https://user@w.example", False),
        ("", False),
    ],
)
def test_a_witness_is_reached_over_tls_or_on_this_machine(url, allowed):
    if allowed:
        HttpWitness(url)
    else:
        with pytest.raises(ProjectError):
            HttpWitness(url)


def test_a_request_is_written_as_the_spec_has_it():
    assert write_request(b"note\n", 0, ()) == b"old 0\n\nnote\n"
    body = write_request(b"note\n", 2, [LEAVES[0]])
    assert body == b"old 2\n" + b64.encode(LEAVES[0]).encode() + b"\n\nnote\n"


@pytest.mark.parametrize("count", [63, 64])
def test_a_proof_has_at_most_63_hashes(count):
    if count == 63:  # OK: exactly on the bound
        assert write_request(b"note\n", 2, LEAVES[:1] * count).count(b"\n") == 66
    else:  # NOT OK
        with pytest.raises(StoreError, match="63"):
            write_request(b"note\n", 2, LEAVES[:1] * count)


def test_a_redirection_is_not_followed(witness, served):
    served.overrule = (302, "text/plain", b"elsewhere\n")
    with pytest.raises(StoreError, match="refused with 302"):
        witness.ask(signed(8), prover(8))
