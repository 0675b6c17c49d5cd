"""Whatever is missing or wrong is a clear no that names the next step, never a traceback."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from govgate.cli.show import seen
from govgate.errors import DeniedError
from govgate.records import Evidence, Subject
from govgate.tree import tree_digest

CONTENT = tree_digest([("MLmodel", lambda: [b"flavors: {}\n"])])


def evidence(**changed):
    fields = {
        "subject": Subject(name="model", content=CONTENT),
        "kind": "group-outcomes/v1",
        "taken_at": datetime.now(UTC) - timedelta(hours=1),
        "taken_by": "elsewhere 1",
        "population": {"rows": 4000},
        "materials": {},
        "body": {
            "attributes": ["sex"],
            "cells": [
                {"groups": ["f"], "selected": 1000, "passed_over": 1000},
                {"groups": ["m"], "selected": 1000, "passed_over": 1000},
            ],
        },
    }
    return Evidence(**{**fields, **changed})


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        # NOT OK: an empty data set
        (lambda f: f.head(0), 3, "no row"),
        # NOT OK: the protected attribute is absent
        (lambda f: f.drop(columns="sex"), 3, "'sex'"),
        # NOT OK: NaN predictions
        (lambda f: f.assign(prediction=f.prediction.where(f.index > 5)), 3, "6"),
        # NOT OK: a string label
        (lambda f: f.assign(label=f.label.map({0: "no", 1: "yes"})), 3, "collect.positive"),
        # NOT OK: scores instead of decisions
        (lambda f: f.assign(prediction=f.prediction * 0.73), 3, "threshold"),
        # NOT OK: the prediction column is absent
        (lambda f: f.drop(columns="prediction"), 3, "'prediction'"),
    ],
    ids=["empty", "no attribute", "NaN", "string label", "scores", "no prediction"],
)
def test_what_cannot_be_measured_is_refused(desk, frame, capsys, change, code, says):
    assert desk.assess(change(frame())) == code
    out, err = capsys.readouterr()
    assert says in err
    assert ";" in err
    assert "Traceback" not in out + err
    assert desk("check", desk.model, "--trained-by", "tess") == 10


def test_one_group_only_is_denied(desk, frame, capsys):
    assert desk.assess(frame().query("sex == 'f'")) == 10
    assert "groups, sex" in capsys.readouterr().out
    assert desk("explain", desk.model) == 0
    assert "next step" in capsys.readouterr().out


def test_evidence_about_other_bytes_is_no_evidence(desk, capsys, tmp_path):
    other = evidence(subject=Subject(name="model", content="sha256:" + "00" * 32))
    (tmp_path / "e.json").write_text(other.model_dump_json())
    code = desk(
        "check", desk.model, "--trained-by", "tess", "--evidence", f"{tmp_path}/e.json", "--json"
    )
    assert code == 10
    found = json.loads(capsys.readouterr().out)["verdicts"][0]["findings"][0]
    assert found["observed"] == "absent"
    assert "1 in the ledger are about other bytes" in found["remedy"]


@pytest.mark.parametrize(
    ("days", "code", "seen"), [(29, 10, None), (31, 10, "stale"), (-1, 10, "stale")]
)
def test_stale_and_future_evidence_is_no_evidence(desk, capsys, tmp_path, days, code, seen):
    old = evidence(taken_at=datetime.now(UTC) - timedelta(days=days))
    (tmp_path / "e.json").write_text(old.model_dump_json())
    words = ("check", desk.model, "--trained-by", "tess", "--evidence", f"{tmp_path}/e.json")
    assert desk(*words, "--json") == code
    bias = json.loads(capsys.readouterr().out)["verdicts"][0]["findings"]
    if seen:
        assert [f["observed"] for f in bias] == [seen]
    else:
        assert "parity gap, sex" in [f["about"] for f in bias]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("gate: bias", "gate: bais", "no gate is named 'bais'; installed: "),
        ("attributes: [sex]", "attributes: [sex]\n      max_parity_gpa: 1", "did you mean"),
        ("owner: risk", "owner: yes", "'yes' is a word to some readers"),
    ],
)
def test_a_wrong_policy_is_refused_by_every_verb(desk, capsys, policy_text, old, new, says):
    desk.policy(policy_text.replace(old, new, 1))
    for words in (("policy", "lint"), ("check", desk.model), ("assess", desk.model)):
        assert desk(*words) == 2
        err = capsys.readouterr().err
        assert says in err
        assert "policy.yaml, line " in err


def test_a_policy_with_no_rules_is_refused(desk, capsys):
    desk.policy('name: credit\nversion: "1"\nrules: []\n')
    assert desk("check", desk.model) == 2
    assert "line 3" in capsys.readouterr().err


def test_two_policies_of_one_version_are_refused(desk, frame, capsys, policy_text):
    assert desk.assess(frame()) == 10
    desk.policy(policy_text.replace("attributes: [sex]", "attributes: [sex]\n      min_group: 2"))
    capsys.readouterr()
    assert desk.assess(frame()) == 2
    assert "was used with another text" in capsys.readouterr().err
    desk.policy(policy_text.replace('"1"', '"2"'))
    assert desk.assess(frame()) == 10


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["check", "nowhere"], 3, "no model folder"),
        (["check", "models:/credit"], 2, "models:/NAME/VERSION"),
        (["check", "models:/credit/01"], 2, "models:/NAME/VERSION"),
        (["check", "MODEL"], 2, "--trained-by"),
        (["check", "MODEL", "--trained-by", "nobody"], 2, "not in people.yaml"),
        (["check", "MODEL", "--trained-by", "tess", "--alias", "champion"], 2, "register it first"),
        (["check", "MODEL", "--trained-by", "tess", "--input", "x"], 3, "NAME=FILE"),
        (["check", "MODEL", "--trained-by", "tess", "--input", "x=y"], 3, "no gate"),
        (
            ["check", "MODEL", "--trained-by", "tess", "--input", "predictions=y.parquet"],
            3,
            "y.parquet",
        ),
        (["check", "MODEL", "--trained-by", "tess", "--evidence", "none.json"], 3, "none.json"),
        (["explain", "MODEL"], 3, "holds no decision"),
        (["promote", "MODEL"], 3, "holds no decision"),
        (["check", "models:/credit/1"], 21, "govgate server"),
        (["gates", "show", "bais"], 2, "no gate is named 'bais'; installed: "),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_wrong_words_are_refused(desk, capsys, words, code, says):
    assert desk(*[desk.model if w == "MODEL" else w for w in words]) == code
    err = capsys.readouterr().err
    assert says in err
    assert err.startswith("govgate: ")


def test_errors_are_json_where_json_is_asked_for(desk, capsys):
    assert desk("explain", desk.model, "--json") == 3
    said = json.loads(capsys.readouterr().out)
    assert said["error"] == "EvidenceError"


def test_no_project_says_how_to_make_one(tmp_path, capsys):
    from govgate.cli.main import main

    assert main(["check", "m", "--project", str(tmp_path)]) == 2
    assert "govgate init" in capsys.readouterr().err


def test_a_refusal_reads_as_its_sentence_wherever_it_is_printed():
    why = DeniedError("no decision; run `govgate promote`", "NO_ATTESTATION", "")
    assert (f"{why}", why.reason) == ("no decision; run `govgate promote`", "NO_ATTESTATION")


@pytest.mark.parametrize(
    ("observed", "shown"), [(17_940, "17940"), (0, "0"), (0.0078821, "0.007882"), (2.5, "2.5")]
)
def test_a_count_is_shown_whole(observed, shown):
    assert seen(SimpleNamespace(observed=observed, interval=None)) == shown
