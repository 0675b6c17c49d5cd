"""Against a time-stamping authority made with openssl, on this machine, offline."""

import builtins
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from govgate.adapters.timestamps import request_timestamp, verify_timestamp
from govgate.errors import AuthorityError, ProjectError, StoreError, TamperedError

pytest.importorskip("rfc3161_client")

TEXT = b"credit.example/ledger\n2\nqE3y/6b1FJkeBsZS9g+KkK8VTPPtjcJcFGfjD4ITMgg=\n"
# No `certs`: OpenSSL 3.0 would add the chain in an order that is not DER.
CONFIG = """\
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(folder, *words):
    done = subprocess.run(
        ["openssl", *words], cwd=folder, capture_output=True, check=True, timeout=30
    )
    return done.stdout


def make_authority(folder):
    folder.mkdir()
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=root", "-days", "2")  # fmt: skip
    openssl(folder, "req", *curve, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=tsa")
    (folder / "ext").write_text(
        "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n"
    )
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "tsa.pem", "-days", "2", "-extfile", "ext")  # fmt: skip
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    return folder


def reply(folder, query):
    (folder / "q.tsq").write_bytes(query)
    openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
    return (folder / "r.tsr").read_bytes()


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tsa")
    return make_authority(folder / "one"), make_authority(folder / "two")


@pytest.fixture
def tsa(authorities):
    """An authority over HTTP; `answer` says otherwise than it would."""

    class Handler(BaseHTTPRequestHandler):
        answer = None

        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            status, data = self.answer(query) if Handler.answer else (200, reply(here, query))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args):
            pass

    here = authorities[0]
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/tsr", Handler
    server.shutdown()
    thread.join()
    server.server_close()


def root(folder):
    return [(folder / "ca.pem").read_bytes()]


def test_a_timestamp_is_fetched_and_verified_offline(tsa, authorities):
    response, told = request_timestamp(tsa[0], TEXT, root(authorities[0]))
    assert verify_timestamp(response, TEXT, root(authorities[0])) == told
    now = datetime.now(UTC)
    assert now - timedelta(minutes=1) < told <= now + timedelta(seconds=1)


def test_a_timestamp_of_another_text_does_not_hold(tsa, authorities):
    response, _ = request_timestamp(tsa[0], TEXT, root(authorities[0]))
    with pytest.raises(TamperedError):
        verify_timestamp(response, TEXT.replace(b"2", b"3"), root(authorities[0]))


def test_another_authority_is_not_trusted(tsa, authorities):
    with pytest.raises(TamperedError):
        request_timestamp(tsa[0], TEXT, root(authorities[1]))


def test_an_old_answer_to_a_new_question_does_not_hold(tsa, authorities):
    old, _ = request_timestamp(tsa[0], TEXT, root(authorities[0]))
    tsa[1].answer = lambda _self, _query: (200, old)
    with pytest.raises(TamperedError):
        request_timestamp(tsa[0], TEXT, root(authorities[0]))


@pytest.mark.parametrize("at", [0.1, 0.5, 0.95])
def test_a_changed_timestamp_does_not_hold(tsa, authorities, at):
    response, _ = request_timestamp(tsa[0], TEXT, root(authorities[0]))
    where = int(len(response) * at)
    changed = response[:where] + bytes([response[where] ^ 1]) + response[where + 1 :]
    with pytest.raises(TamperedError):
        verify_timestamp(changed, TEXT, root(authorities[0]))


@pytest.mark.parametrize("junk", [b"", b"junk", b"0\x03\x02\x01\x02"])
def test_junk_is_no_timestamp(authorities, junk):
    with pytest.raises(TamperedError):
        verify_timestamp(junk, TEXT, root(authorities[0]))


@pytest.mark.parametrize(
    ("status", "data"), [(500, b"down"), (404, b""), (302, b""), (200, b"x" * 300_000)]
)
def test_an_authority_that_does_not_answer_is_said_so(tsa, authorities, status, data):
    tsa[1].answer = lambda _self, _query: (status, data)
    with pytest.raises(StoreError):
        request_timestamp(tsa[0], TEXT, root(authorities[0]))


def test_an_authority_that_is_not_there_is_said_so(authorities):
    with pytest.raises(StoreError, match="did not answer"):
        request_timestamp("http://127.0.0.1:1/", TEXT, root(authorities[0]))


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "tsa.example", "http://"])
def test_an_address_that_is_none_is_refused(authorities, url):
    with pytest.raises(ProjectError):
        request_timestamp(url, TEXT, root(authorities[0]))


@pytest.mark.parametrize("roots", [[], [b"junk"], [b""]])
def test_without_a_root_nothing_is_trusted(roots):
    with pytest.raises(AuthorityError):
        verify_timestamp(b"", TEXT, roots)


def test_without_the_extra_the_next_step_is_said(monkeypatch, authorities):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == "rfc3161_client":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ProjectError, match=r"govgate\[timestamps\]"):
        verify_timestamp(b"", TEXT, root(authorities[0]))
