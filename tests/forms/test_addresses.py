"""How an address is guarded, and that no secret of it is ever said."""

import pytest

from govgate.forms.addresses import how_guarded, without_secrets

GUARDED = [
    ("https://mlflow.example", "tls, verified"),  # OK
    ("http://127.0.0.1:5000", "loopback"),  # OK
    ("http://localhost:5000/api", "loopback"),  # OK
    ("http://[::1]:5000", "loopback"),  # OK
    ("http://mlflow.example", "plain"),  # NOT OK
    ("http://127.0.0.1.evil.example", "plain"),  # NOT OK
    ("http://localhost.evil.example", "plain"),  # NOT OK
    ("http://0.0.0.0:5000", "plain"),  # NOT OK: it may be any of this machine's
    ("sqlite:///mlflow.db", "file"),
    ("govgate+sqlite:////srv/mlflow.db", "file"),
    ("mlruns", "file"),
    ("file:///srv/mlruns", "file"),
    ("file://host/share", "unknown"),
    ("postgresql://h/d?sslmode=verify-full", "tls, verified"),  # OK
    ("govgate+postgresql+psycopg2://u:p@h/d?sslmode=verify-full", "tls, verified"),  # OK
    ("postgres://h/d?sslmode=verify-ca", "tls, host not verified"),
    ("postgresql://h/d?sslmode=require", "tls, not verified"),
    ("postgresql://h/d?sslmode=prefer", "plain"),  # NOT OK: it goes on in clear
    ("postgresql://h/d", "plain"),
    ("postgresql://h/d?sslmode=verify-full&sslmode=disable", "plain"),  # NOT OK: which one counts?
    ("postgresql:///d?host=/run/postgresql", "loopback"),
    ("postgresql://localhost/d", "loopback"),
    ("postgresql://localhost/d?host=db.example", "plain"),  # NOT OK: the query's host counts
    ("postgresql://localhost/d?host=/run&host=db.example", "plain"),
    ("postgresql://localhost:1/x@db.example/d", "unknown"),  # NOT OK: SQLAlchemy reads db.example
    ("postgresql://a@localhost@db.example/d", "unknown"),
    ("mysql+pymysql://h/d?ssl_ca=ca.pem&ssl_verify_identity=true", "tls, verified"),
    ("mysql://h/d?ssl_ca=ca.pem", "tls, host not verified"),
    ("mysql://h/d?ssl_ca=", "plain"),
    ("mysql://h/d", "plain"),
    ("mssql+pyodbc://h/d?Encrypt=yes", "tls, verified"),
    ("mssql+pyodbc://h/d?Encrypt=strict&TrustServerCertificate=no", "tls, verified"),
    ("mssql+pyodbc://h/d?Encrypt=yes&TrustServerCertificate=yes", "tls, not verified"),
    ("mssql+pyodbc://h/d?encrypt=no", "plain"),
    ("mssql+pyodbc://h/d", "plain"),
    (
        "mssql+pyodbc://h/?odbc_connect=Encrypt%3Dyes%3BTrustServerCertificate%3Dyes",
        "tls, not verified",
    ),
    ("mssql+pyodbc://h/?odbc_connect=Encrypt%3Dyes", "tls, verified"),
    ("databricks://profile", "unknown"),
    ("https://evil.example\\@localhost", "unknown"),
    ("http://local host", "unknown"),
    ("http://h:99999999", "unknown"),
    ("http://[::1", "unknown"),
]


@pytest.mark.parametrize(("uri", "guarded"), GUARDED)
def test_an_address_says_how_it_is_guarded(uri, guarded):
    assert how_guarded(uri) == guarded


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:hunter2@h/d?sslmode=require&password=hunter2",
        "postgresql://ann:hunter2/x@h/d",
        "postgresql://ann:hunter2@x@h/d",
        "https://hunter2@h/",
        "https://h/path?token=hunter2#hunter2",
        "http://h:hunter2/",
        "mssql+pyodbc://?odbc_connect=PWD%3Dhunter2",
    ],
)
def test_no_secret_is_said(uri):
    assert "hunter2" not in without_secrets(uri)


def test_what_is_said_tells_where():
    assert (
        without_secrets("postgresql+psycopg2://ann:x@db.example:5432/d")
        == "postgresql://db.example"
    )
    assert without_secrets("sqlite:///a.db") == "sqlite, /a.db"
