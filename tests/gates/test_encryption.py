"""One row for each way to fail, and one exactly on each bound."""

import pytest
from pydantic import ValidationError

from govgate.gates.encryption import Encryption, EncryptionBounds, EncryptionFacts
from govgate.plot import Bars
from govgate.records import SeenFiles, SeenPlace, SeenSettings

MODULAR = "parquet-modular"
PARTLY = "parquet, partly encrypted"


def files(form=MODULAR, at_rest="none", open_to="owner", count=1, **more):
    return SeenFiles(form=form, at_rest=at_rest, open_to=open_to, files=count, example="a", **more)


def facts(*seen, there=None, counted_all=True, unknown=(), buckets=(), addresses=()):
    looked = sum(f.files for f in seen)
    place = SeenPlace(
        place="data",
        looked_into=looked,
        there=looked if there is None else there,
        counted_all=counted_all,
        files=seen,
        unknown=unknown,
    )
    return EncryptionFacts(places=(place,), buckets=buckets, addresses=addresses)


BUCKET = SeenSettings(
    about="s3://b",
    settings={
        "default-encryption": "sse-kms",
        "tls-only": "yes",
        "public-access-block": "yes",
        "owner-enforced": "yes",
        "endpoint": "tls, verified",
        "versioning": "no",
    },
)


def bucket(**more):
    settings = BUCKET.settings | {name.replace("_", "-"): seen for name, seen in more.items()}
    return (SeenSettings(about="s3://b", settings=settings),)


def address(connection, certificate=None):
    settings = {"connection": connection} | ({"certificate": certificate} if certificate else {})
    return (SeenSettings(about="registry", settings=settings),)


def accept(*kinds):
    return {"accept": kinds}


CASES = [
    (facts(files()), {}, True),  # OK
    (facts(files("age")), {}, True),  # OK
    (facts(files("text", "sse-kms", "bucket")), {}, True),  # OK: its place encrypts it
    (facts(files("text")), {}, False),  # NOT OK
    (facts(files(), files("text")), {}, False),  # NOT OK: one is enough
    (facts(files("text", "unknown")), {}, False),  # NOT OK
    (facts(files("random-looking")), {}, False),  # NOT OK: it is not to say encrypted
    (facts(files("random-looking")), accept("random-looking"), True),  # OK: somebody answers for it
    (facts(files("text", "sse-s3", "bucket")), {}, False),  # NOT OK by default
    (facts(files("text", "sse-s3", "bucket")), accept("sse-s3"), True),  # OK
    (facts(files("text", "sse-kms", "bucket")), accept("age"), False),  # NOT OK
    (facts(files("fernet, broken")), accept("fernet"), False),  # NOT OK
    (facts(files(PARTLY, columns_in_clear=("x",))), {}, False),  # NOT OK
    (facts(files(PARTLY, columns_in_clear=("x",))), {"columns_in_clear": ("x",)}, True),
    (facts(files(PARTLY, columns_in_clear=("x", "y"))), {"columns_in_clear": ("x",)}, False),
    (facts(files(PARTLY)), {"columns_in_clear": ("x",)}, False),  # NOT OK: which, nobody knows
    (
        facts(files(PARTLY, columns_in_clear=("x",))),
        accept("age") | {"columns_in_clear": ("x",)},
        False,
    ),
    (facts(files(statistics_in_clear=("ssn",))), {}, False),  # NOT OK
    (facts(files(statistics_in_clear=("ssn",))), {"statistics_in_clear": "accept"}, True),
    (facts(files(at_rest="sse-kms", statistics_in_clear=("ssn",))), {}, True),
    (facts(files(open_to="group")), {}, False),  # NOT OK
    (facts(files(open_to="group")), {"open_to": "group"}, True),  # OK: exactly on the bound
    (facts(files(open_to="everyone")), {"open_to": "group"}, False),  # NOT OK
    (facts(files(open_to="everyone")), {"open_to": "everyone"}, True),
    (facts(files(count=9), there=10), {}, False),  # NOT OK
    (facts(files(count=9), there=10), {"max_unseen": 0.1}, True),  # OK: exactly on the bound
    (facts(files(count=9), there=10), {"max_unseen": 0.099}, False),  # NOT OK
    (facts(files(), counted_all=False), {"max_unseen": 1.0}, False),  # NOT OK: of how many?
    (facts(files(), unknown=("why; grant it",)), {}, False),  # NOT OK
    (facts(files(), buckets=bucket()), {}, True),  # OK
    (facts(files(), buckets=bucket(default_encryption="none")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket(default_encryption="sse-s3")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket(tls_only="no")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket(tls_only="unknown")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket(tls_only="no")), {"bucket": ("endpoint",)}, True),
    (facts(files(), buckets=bucket(public_access_block="no")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket(owner_enforced="no")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket(endpoint="plain")), {}, False),  # NOT OK
    (facts(files(), buckets=bucket()), {"bucket": ("versioning",)}, False),  # NOT OK
    (facts(files(), buckets=bucket()), {"bucket": ("object-lock",)}, False),  # NOT OK: not said
    (facts(files(), addresses=address("tls, verified")), {}, True),  # OK
    (facts(files(), addresses=address("loopback")), {}, True),  # OK
    (facts(files(), addresses=address("plain")), {}, False),  # NOT OK
    (facts(files(), addresses=address("unset")), {}, False),  # NOT OK
    (facts(files(), addresses=address("unknown")), {}, False),  # NOT OK
    (facts(files(), addresses=address("tls, not verified")), {}, False),  # NOT OK
    (facts(files(), addresses=address("loopback")), {"connections": ("tls, verified",)}, False),
    (facts(files(), addresses=address("loopback")), {"connections": ()}, False),  # NOT OK
    (facts(files(), addresses=address("tls, verified", "good")), {}, True),  # OK
    (facts(files(), addresses=address("tls, verified", "not good")), {}, False),  # NOT OK
]


@pytest.mark.parametrize(("body", "bounds", "satisfied"), CASES)
def test_what_is_encrypted_enough(body, bounds, satisfied):
    found = list(Encryption().judge(body, EncryptionBounds(**bounds)))
    assert all(f.satisfied for f in found) is satisfied
    assert all(f.remedy for f in found if not f.satisfied)


def test_a_form_in_clear_cannot_be_accepted():
    with pytest.raises(ValidationError):
        EncryptionBounds(accept=("text",))


def test_the_picture_shows_how_many_of_how_many():
    body = facts(files(count=3), files("text", count=2), there=7)
    (bars,) = Encryption().plots(body, EncryptionBounds())
    assert isinstance(bars, Bars)
    assert bars.series == {"encrypted": (3.0,), "there": (7.0,)}


def test_the_longest_name_of_a_place_fits_a_finding():
    name = "s3://" + "p" * 175
    place = SeenPlace(place=name, looked_into=1, there=1, counted_all=True, files=(files("text"),))
    assert list(Encryption().judge(EncryptionFacts(places=(place,)), EncryptionBounds()))
