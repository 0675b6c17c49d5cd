"""An Allow counts where it may apply, a Deny where it must; what is not understood is said."""

import json
import re

import pytest

from govgate.forms.grants import ADMINISTER, READ, WRITE, granted
from govgate.forms.iam import covers, is_tls_only, overlap, read_statements

BUCKET = "arn:aws:s3:::b"
ANN = "arn:aws:iam::123456789012:role/ann"
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


def said(effect="Allow", principal=ANN, action="s3:GetObject", resource=f"{BUCKET}/*", **more):
    made = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {k: v for k, v in (made | more).items() if v is not None}


def read(*statements):
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return read_statements(text)


def grants(*statements, prefix="data/", holder=""):
    found, troubles = read(*statements)
    assert troubles == []
    return {(g.who, g.may) for g in granted(found, "b", prefix, holder)}


OTHERS = {"Principal": None}
ALL = {READ, WRITE, ADMINISTER}
GRANTS = [
    ([said()], {(ANN, READ)}),
    ([said(principal="*")], {("everyone", READ)}),
    ([said(principal={"AWS": ["*", ANN]})], {("everyone", READ), (ANN, READ)}),
    ([said(principal={"AWS": "arn:aws:iam::*:root"})], {("everyone", READ)}),
    ([said(principal={"Service": "x.example"})], {("Service x.example", READ)}),
    # Nobody can list who "all but Ann" are; and no principal at all could be anybody.
    ([said(Principal=None, NotPrincipal={"AWS": ANN})], {("everyone", READ)}),
    ([said(principal=None)], {("everyone", READ)}),
    ([said(action="s3:*", resource=["*"])], {(ANN, may) for may in ALL}),
    ([said(action="S3:PUT*")], {(ANN, WRITE), (ANN, ADMINISTER)}),
    ([said(action="s3:GetObjec?")], {(ANN, READ)}),
    ([said(Action=None, NotAction="s3:GetObject")], {(ANN, may) for may in ALL}),
    ([said(action="ec2:*")], set()),
    # Where a pattern may touch the place it counts.
    ([said(resource=f"{BUCKET}/data/secret/*")], {(ANN, READ)}),
    ([said(resource=f"{BUCKET}/d*x")], {(ANN, READ)}),
    ([said(resource=f"{BUCKET}/models/*")], set()),
    ([said(resource=f"{BUCKET}/${{aws:username}}/*")], {(ANN, READ)}),
    ([said(resource="arn:aws-cn:s3:::b/*")], {(ANN, READ)}),
    ([said(resource="arn:aws:s3:::b2/*")], set()),
    ([said(Resource=None, NotResource=f"{BUCKET}/models/*")], {(ANN, READ)}),
    ([said(Resource=None, NotResource=f"{BUCKET}/*")], set()),
    ([said(action="s3:ListBucket", resource=BUCKET)], {(ANN, READ)}),
    # A Deny takes off where it binds for certain, and only there.
    ([said(), said("Deny", principal="*")], set()),
    ([said(), said("Deny")], set()),
    ([said(), said("Deny", action="s3:PutObject")], {(ANN, READ)}),
    ([said(), said("Deny", resource=f"{BUCKET}/data/*")], set()),
    ([said(), said("Deny", resource=f"{BUCKET}/data/a*")], {(ANN, READ)}),
    ([said(), said("Deny", resource=f"{BUCKET}/${{x}}*")], {(ANN, READ)}),
    ([said(), said("Deny", Condition=PLAIN)], {(ANN, READ)}),
    ([said(), said("Deny", Principal=None, NotPrincipal={"AWS": "arn:other"})], {(ANN, READ)}),
    ([said(), said("Deny", principal="arn:other")], {(ANN, READ)}),
    ([said(), said("Deny", Resource=None, NotResource=f"{BUCKET}/models/*")], set()),
    ([said(), said("Deny", Resource=None, NotResource=f"{BUCKET}/data/x")], {(ANN, READ)}),
    ([said(), said("Deny", Action=None, NotAction="s3:Put*")], set()),
]


@pytest.mark.parametrize(("statements", "found"), GRANTS)
def test_what_statements_grant(statements, found):
    assert grants(*statements) == found


def test_a_policy_that_is_attached_grants_to_its_holder():
    assert grants(said(principal=None), holder="gate") == {("gate", READ)}
    denied = said("Deny", principal=None)
    assert grants(said(principal=None), denied, holder="gate") == set()


def test_conditions_and_wildcards_are_told():
    statements, _ = read(said(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), said())
    assert sorted(g.conditional for g in granted(statements, "b", "")) == [False, True]
    for wide in (said(action="*"), said(resource="*"), said(Action=None, NotAction="s3:PutObject")):
        statements, _ = read(wide)
        assert all(g.wildcard for g in granted(statements, "b", ""))
    statements, _ = read(said())
    assert not any(g.wildcard for g in granted(statements, "b", ""))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"Statement": [], "Statement": []}', "no JSON"),
        ("[]", "statement 1"),
        ("{}", "statement 1"),
        (json.dumps({"Statement": [said()], "Grants": []}), "parts that are not known"),
        *(
            (json.dumps({"Statement": [said(), bad]}), f"statement 2: .*{why}")
            for bad, why in (
                (said(Efect="Allow"), "Efect is not known"),
                (said(effect="allow"), "neither Allow nor Deny"),
                (said(action=None), "no Action"),
                (said(resource=None), "no Resource"),
                (said(NotAction="s3:x"), "both"),
                (said(action=[]), "not text"),
                (said(action=["s3:x", 3]), "not text"),
                (said(principal={"AWS": [None]}), "not text"),
                (said(resource="arn:aws:s3:eu:1:accesspoint/x"), "access point"),
                ("text", ""),
            )
        ),
    ],
)
def test_what_cannot_be_read_is_said(text, why):
    _, troubles = read_statements(text)
    assert len(troubles) == 1

    assert re.search(why, troubles[0])


BOTH = [BUCKET, f"{BUCKET}/*"]
TLS = [
    ([said("Deny", "*", "s3:*", BOTH, Condition=PLAIN)], True),  # OK
    ([said("Deny", {"AWS": "*"}, "*", "*", Condition=PLAIN)], True),  # OK
    ([said("Deny", "*", ["s3:*"], r, Condition=PLAIN) for r in BOTH], True),  # OK
    (
        [said("Deny", "*", "s3:*", BOTH, Condition={"Bool": {"AWS:securetransport": ["false"]}})],
        True,
    ),  # OK
    ([said("Deny", "*", "s3:*", BOTH, Condition={"Bool": {"aws:SecureTransport": False}})], True),
    # NOT OK: only the objects, only the bucket, one action, one person, an Allow
    ([said("Deny", "*", "s3:*", f"{BUCKET}/*", Condition=PLAIN)], False),
    ([said("Deny", "*", "s3:*", BUCKET, Condition=PLAIN)], False),
    ([said("Deny", "*", "s3:GetObject", BOTH, Condition=PLAIN)], False),
    ([said("Deny", ANN, "s3:*", BOTH, Condition=PLAIN)], False),
    ([said("Allow", "*", "s3:*", BOTH, Condition=PLAIN)], False),
    ([said("Deny", "*", "s3:*", [BUCKET, f"{BUCKET}/data/*"], Condition=PLAIN)], False),
    ([said("Deny", "*", "s3:*", ["arn:aws:s3:::c", "arn:aws:s3:::c/*"], Condition=PLAIN)], False),
    # NOT OK: the other way round, narrowed by a second condition or key, all but one
    (
        [said("Deny", "*", "s3:*", BOTH, Condition={"Bool": {"aws:SecureTransport": "true"}})],
        False,
    ),
    (
        [said("Deny", "*", "s3:*", BOTH, Condition={**PLAIN, "StringEquals": {"aws:x": "y"}})],
        False,
    ),
    (
        [
            said(
                "Deny",
                "*",
                "s3:*",
                BOTH,
                Condition={"Bool": {"aws:SecureTransport": "false", "aws:x": "true"}},
            )
        ],
        False,
    ),
    (
        [said("Deny", None, "s3:*", BOTH, NotPrincipal={"AWS": ANN}, Condition=PLAIN)],
        False,
    ),
    ([said("Deny", "*", None, BOTH, NotAction="s3:x", Condition=PLAIN)], False),
    ([said("Deny", "*", "s3:*", None, NotResource=BOTH, Condition=PLAIN)], False),
    ([said("Deny", "*", "s3:*", BOTH, Condition={"Bool": {"aws:SecureTransport": []}})], False),
    ([said("Deny", "*", "s3:*", BOTH)], False),
    ([], False),
]


@pytest.mark.parametrize(("statements", "only"), TLS)
def test_tls_alone_is_evaluated_and_not_named(statements, only):
    found, troubles = read(*statements)
    assert troubles == []
    assert is_tls_only(found, "b") is only


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("", "", True),
        ("*", "", True),
        ("a*c", "abbbc", True),
        ("a*c", "ab", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*", "*b", True),
        ("a*x", "b*x", False),
        ("*a*", "b*b", True),
        ("??", "*", True),
        ("a" * 500 + "*", "a*" * 200, True),
    ],
)
def test_patterns_overlap_where_a_text_fits_both(one, other, both):
    assert overlap(one, other) is both
    assert overlap(other, one) is both


def test_a_pattern_covers_what_it_fits_whatever_comes_behind():
    assert covers("a/*", "a/b*")
    assert covers("*", "a*")
    assert not covers("a/b", "a/b*")
    assert not covers("a/bc*", "a/b*")
    assert not covers("a/*x", "a/b*")
