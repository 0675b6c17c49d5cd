"""Certificates of a real TLS server: good for its name, good for another, of nobody's."""

import datetime as dt
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from govgate.adapters.certificates import require_certificate
from govgate.errors import StoreError

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Serve TLS with a certificate for a name; the machine trusts it if `trusted`."""
    servers = []

    def start(name="localhost", *, trusted=True, ended=False):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        until = NOW + dt.timedelta(days=-1 if ended else 1)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(NOW - dt.timedelta(days=2))
            .not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
        pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, secret)
        listening = socket.create_server(("127.0.0.1", 0))
        servers.append(listening)
        thread = threading.Thread(target=answer, args=(listening, context), daemon=True)
        thread.start()
        return f"https://localhost:{listening.getsockname()[1]}/api"

    yield start
    for listening in servers:
        listening.close()


def answer(listening, context):
    try:
        plain, _ = listening.accept()
        with plain, context.wrap_socket(plain, server_side=True) as secure:
            secure.recv(1)
    except OSError:
        return


def test_a_certificate_that_is_good_for_its_name_is_taken(serve):
    require_certificate(serve())


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"name": "other.example"}, "mismatch"),  # NOT OK
        ({"trusted": False}, "self-signed"),  # NOT OK
        ({"ended": True}, "expired"),  # NOT OK
    ],
)
def test_a_certificate_that_is_not_is_refused(serve, how, why):
    with pytest.raises(StoreError, match=f"localhost shows no certificate .*{why}.*; renew it"):
        require_certificate(serve(**how))


def test_a_server_without_tls_and_one_that_is_not_there_are_refused():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def say():
            plain, _ = listening.accept()
            with plain:
                plain.sendall(b"HTTP/1.1 400 no\r\n\r\n")

        thread = threading.Thread(target=say, daemon=True)
        thread.start()
        with pytest.raises(StoreError, match=r"certificate|does not answer"):
            require_certificate(f"https://localhost:{port}")
        thread.join()
    with pytest.raises(StoreError, match="does not answer"):
        require_certificate(f"https://localhost:{port}")
