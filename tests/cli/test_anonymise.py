"""govgate anonymise, as a person at a terminal meets it."""

import base64
import json
import re
import stat

import numpy as np
import pandas as pd
import pytest

from govgate.adapters.tables import read_table
from govgate.collect.anonymity import AnonymityCollector, AnonymityOptions
from govgate.gates.anonymisation import AnonymisationBounds

POLICY = """\
name: release
version: "1"
rules:
  - gate: anonymisation
    rationale: r
    owner: privacy
    bounds: {min_k: 5, min_l: 2, max_t: 0.5, max_prosecutor_risk: 0.2}
    collect:
      quasi_identifiers: [age, zip]
      sensitive: [ill]
      pseudonyms: [person]
      harmless: [note]
"""
ROLES = {"quasi_identifiers": ("age", "zip"), "sensitive": ("ill",), "harmless": ("note",)}
NAMES = [f"Ann Archer-{number:04}" for number in range(600)]


def people():
    draw = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "person": NAMES,
            "age": draw.integers(18, 90, 600),
            "zip": [f"0{number}" for number in draw.integers(2100, 2199, 600)],
            "ill": draw.choice(["no", "flu", "cold"], 600),
            "note": draw.choice(["morning", "evening"], 600),
        }
    )


@pytest.fixture
def office(desk):
    desk.policy(POLICY)
    people().to_csv(desk.folder / "people.csv", index=False)
    return desk


def anonymise(desk, *words):
    return desk("anonymise", str(desk.folder / "people.csv"), *words)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_release_is_written_that_the_gate_passes(office, capsys, name):
    out, report = office.folder / name, office.folder / "report.json"
    assert anonymise(office, "--output", str(out), "--report", str(report), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads(report.read_text())
    table = read_table(out)
    assert said["release"] == table.digest
    options = AnonymityOptions(**ROLES, pseudonyms=("person",))
    body = AnonymityCollector().measure({"release": table}, options, AnonymisationBounds()).body
    assert (body.k >= 5, body.sensitive["ill"].l >= 2) == (True, True)
    assert body.rows == 600 - said["suppressed"] >= 570
    assert all(finding["observed"] is not None for finding in said["findings"])
    kept = office.folder / "keys" / "pseudonyms" / "release"
    assert (stat.S_IMODE(kept.stat().st_mode), len(kept.read_bytes())) == (0o600, 32)


def test_no_name_and_no_key_is_written_or_said_anywhere(office, capsys):
    out = office.folder / "out.csv"
    assert anonymise(office, "--output", str(out), "--report", str(office.folder / "r.json")) == 0
    said = capsys.readouterr()
    key = (office.folder / "keys" / "pseudonyms" / "release").read_bytes()
    written = [out.read_text(), (office.folder / "r.json").read_text(), said.out, said.err]
    for text in written:
        assert "Archer" not in text
        assert key.hex() not in text
    assert len({*pd.read_csv(out)["person"]}) == len(pd.read_csv(out))


def test_the_same_people_have_the_same_pseudonyms_with_the_same_key(office):
    for name, key in (("a.csv", "one"), ("b.csv", "one"), ("c.csv", "two")):
        words = ("--output", str(office.folder / name), "--pseudonym-key", key)
        assert anonymise(office, *words) == 0
    first, second, third = (
        {*pd.read_csv(office.folder / name)["person"]} for name in ("a.csv", "b.csv", "c.csv")
    )
    assert first == second
    assert not first & third


def test_a_dry_run_proposes_and_writes_nothing(office, capsys):
    before = {*office.folder.rglob("*")}
    assert anonymise(office, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "nothing was written" in said
    assert re.search(r"age +bands of", said)
    assert re.search(r"person +keyed pseudonyms", said)
    assert {*office.folder.rglob("*")} == before


def test_a_code_keeps_its_zeros_where_a_hierarchy_says_so(office):
    file = office.folder / "h.yaml"
    file.write_text("columns:\n  zip: {keep_first: [4, 3, 2]}\n  age: {bands: [10, 30]}\n")
    out = office.folder / "out.csv"
    assert anonymise(office, "--output", str(out), "--hierarchies", str(file)) == 0
    written = pd.read_csv(out, dtype=str)
    assert all(re.fullmatch(r"0\d+\**|\*", one) for one in written["zip"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "do not go together; give one of them"),
        (("--dry-run", "--output", "x.csv"), 2, "do not go together"),
        (("--dry-run", "--drop", "nope"), 3, "no column 'nope' to drop; name one of"),
        (("--dry-run", "--drop", "ill"), 3, "the release has no column 'ill'; correct"),
        (("--dry-run", "--max-suppressed", "nan"), 3, "is no share; give one from 0 to 1"),
        (("--dry-run", "--max-suppressed", "1.1"), 3, "is no share"),
        (("--output", "out.txt"), 3, "not a table we write; name it .parquet or .csv"),
        (("--output", "people.csv"), 21, "is there already; name a new file"),
    ],
)
def test_what_cannot_be_done_is_said(office, capsys, monkeypatch, words, code, said):
    monkeypatch.chdir(office.folder)
    assert anonymise(office, *words) == code
    assert said in capsys.readouterr().err


def test_a_column_of_addresses_stops_the_release(office, capsys):
    frame = people().assign(note=[f"ann{number}@example.org" for number in range(600)])
    frame.to_csv(office.folder / "people.csv", index=False)
    assert anonymise(office, "--output", str(office.folder / "out.csv")) == 3
    said = capsys.readouterr().err
    assert "nothing was written, as the gate says no: identifiers, note is 5" in said
    assert "example.org" not in said
    assert not (office.folder / "out.csv").exists()


def test_a_column_that_nobody_declared_stops_the_release(office, capsys):
    people().assign(extra=1).to_csv(office.folder / "people.csv", index=False)
    assert anonymise(office, "--dry-run") == 3
    assert "nobody said what 'extra'" in capsys.readouterr().err
    assert anonymise(office, "--dry-run", "--drop", "extra") == 0


def test_risks_in_a_population_that_nobody_counted_can_be_held(office):
    limits = "max_journalist_risk: 0.1, max_population_uniques: 0, max_marketer_risk: 0.05"
    office.policy(POLICY.replace("max_prosecutor_risk: 0.2", limits))
    assert anonymise(office, "--output", str(office.folder / "out.csv")) == 0


def test_limits_that_cannot_be_held_are_said(office, capsys):
    office.policy(POLICY.replace("min_k: 5", "min_k: 601"))
    assert anonymise(office, "--dry-run") == 3
    assert "even with one value for all" in capsys.readouterr().err


def test_a_policy_without_the_gate_says_so(desk, capsys):
    people().to_csv(desk.folder / "people.csv", index=False)
    assert anonymise(desk, "--dry-run") == 2
    assert "has no rule for gate anonymisation; add one" in capsys.readouterr().err


def test_a_key_that_others_can_read_is_refused(office, capsys):
    assert anonymise(office, "--output", str(office.folder / "a.csv")) == 0
    (office.folder / "keys" / "pseudonyms" / "release").chmod(0o644)
    assert anonymise(office, "--output", str(office.folder / "b.csv")) == 11
    assert "open to others" in capsys.readouterr().err


def test_evidence_of_a_release_shows_no_value_in_the_ledger(office):
    out = office.folder / "out.csv"
    frame = people().drop(columns="person").assign(note=NAMES)
    frame.to_csv(out, index=False)
    office.policy(POLICY.replace("      pseudonyms: [person]\n", ""))
    words = ("--trained-by", "tess", "--input", f"release={out}")
    assert office("assess", office.model, *words) == 10
    held = b"".join(
        path.read_bytes() for path in (office.folder / "ledger").rglob("*") if path.is_file()
    )
    assert held
    assert b"Archer" not in held
    payloads = re.findall(rb'"payload":"([^"]+)"', held)
    assert payloads
    assert not any(b"Archer" in base64.b64decode(payload) for payload in payloads)


def test_real_people_are_released(desk, adult_folder, capsys):
    desk.policy(
        POLICY.replace("[age, zip]", "[age, sex, race, education]")
        .replace("[ill]", "[income]")
        .replace("      pseudonyms: [person]\n      harmless: [note]\n", "")
    )
    drop = ["workclass", "fnlwgt", "education_num", "marital_status", "occupation"]
    drop += ["relationship", "capital_gain", "capital_loss", "hours_per_week", "native_country"]
    words = [word for name in drop for word in ("--drop", name)]
    out = desk.folder / "out.csv"
    table = str(adult_folder / "adult_test.csv")
    assert desk("anonymise", table, "--output", str(out), *words, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    written = pd.read_csv(out, keep_default_na=False)
    groups = written.groupby(["age", "sex", "race", "education"])
    assert groups.size().min() >= 5
    assert groups["income"].nunique().min() >= 2
    assert said["suppressed"] / said["rows"] <= 0.05
