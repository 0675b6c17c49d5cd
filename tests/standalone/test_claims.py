"""What entries say of each other, held against each other: each contradiction is found."""

import copy
import hashlib

import pytest

CONTENT, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
KEPT = "sha256:" + "ef" * 32
FILE = {"name": "r", "media_type": "text/plain", "size_bytes": 1, "sha256": OTHER}
REQUEST = {"subject": {"content": CONTENT}}


def story(verifier):
    """Records of evidence, a policy, a sign-off and the decision about them, in order."""
    evidence, policy = {"subject": {"content": CONTENT}, "body": {}}, {"name": "p"}
    named = {
        "request": REQUEST,
        "policy": verifier.digest(policy),
        "considered": [verifier.digest(evidence)],
    }
    sign_off = {"signed_by": "ann", "package": verifier.digest(named)}
    decision = {**named, "package": named, "sign_offs": [verifier.digest(sign_off)]}
    return {
        "evidence/v1": evidence,
        "policy/v1": policy,
        "sign-off/v1": sign_off,
        "waiver/v1": {"granted_by": "ann", "subject_content": CONTENT},
        "decision/v1": {"decision": decision, "sign_offs": ["sign-off/v1"]},
        "promotion/v1": {"decision": verifier.digest(decision)},
        "attachment/v1": {"manifest": OTHER, "file": None, "commitment": KEPT},
        "erasure/v1": {"commitment": KEPT, "erased_by": "ann", "reason": "r"},
    }


def problems(verifier, records):
    claims, found = verifier.Claims(), []
    for place, (kind, record) in enumerate(records.items()):
        actor = {"kind": "human", "id": "ann"}
        content = verifier.digest(record) if kind == "policy/v1" else CONTENT
        content = KEPT if kind == "erasure/v1" else content
        words = (place, kind, str(place), content, actor, "", record, kind.encode(), ["ann"])
        found += claims.add(verifier.Entry(*words))
    return {problem.code for problem in found}


CASES = (
    # OK
    ((), None, set()),
    # NOT OK
    (("evidence/v1", "subject", "content"), OTHER, {1, 2}),
    (("sign-off/v1", "signed_by"), "bob", {1}),
    (("sign-off/v1", "package"), OTHER, {1}),
    (("waiver/v1", "granted_by"), "bob", {1}),
    (("waiver/v1", "subject_content"), OTHER, {1}),
    (("decision/v1", "decision", "sign_offs"), [], {1, 2}),
    (("decision/v1", "decision", "request"), {"subject": {"content": OTHER}}, {1, 2}),
    (("decision/v1", "decision", "policy"), OTHER, {1, 2}),
    (("decision/v1", "decision", "considered"), [OTHER], {1, 2}),
    (("decision/v1", "sign_offs"), ["another"], {2}),
    (("decision/v1", "sign_offs"), [], {1}),
    (("decision/v1", "decision"), None, {1, 2}),
    (("promotion/v1", "decision"), OTHER, {2}),
    (("attachment/v1", "commitment"), OTHER, {2}),
    (("attachment/v1", "commitment"), None, {1, 2}),
    (("attachment/v1", "file"), FILE, {1, 2}),
    (("attachment/v1", "manifest"), "sha256:../../evil", {1, 2}),
    (("attachment/v1", "more"), 1, {1, 2}),
    (("erasure/v1", "erased_by"), "bob", {1}),
    (("erasure/v1", "commitment"), OTHER, {1, 2}),
    (("erasure/v1", "commitment"), None, {1, 2}),
)


@pytest.mark.parametrize(("place", "value", "codes"), CASES)
def test_a_contradiction_is_found(verifier, place, value, codes):
    records = copy.deepcopy(story(verifier))
    if place:
        *path, last = place
        inside = records
        for word in path:
            inside = inside[word]
        inside[last] = value
    assert problems(verifier, records) == codes


class OneFile:
    def __init__(self, data):
        self.data = data

    def read(self, _name):
        return self.data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1}', None),  # OK
        (b'{"a":2}', 1),  # NOT OK another record
        (None, 2),  # NOT OK no record
    ],
)
def test_a_kept_record_hashes_to_its_reference(verifier, data, code):
    value = hashlib.sha256(b'{"a":1}').hexdigest()
    reference = {"digest": {"sha256": value}, "uri": f"evidence/sha256/{value[:2]}/{value}"}
    if code is None:
        assert verifier.kept_record(reference, "it", OneFile(data)) == {"a": 1}
        return
    with pytest.raises(verifier.Problem) as raised:
        verifier.kept_record(reference, "it", OneFile(data))
    assert raised.value.code == code
