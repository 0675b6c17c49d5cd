"""govgate evidence add, list, get, erase and export, as a person at a terminal meets them."""

import json

import pytest

CONSENT = "Ann Smith, yes\n"


@pytest.fixture
def keeper(desk):
    """The desk of the other tests, where olga may erase too."""
    people = desk.folder / "people.yaml"
    people.write_text(people.read_text().replace("[model-owner]", "[model-owner, data-protection]"))
    (desk.folder / "report.html").write_text("<h1>fair</h1>\n")
    (desk.folder / "consent Ann.csv").write_text(CONSENT)
    return desk


def said(capsys):
    out = capsys.readouterr()
    return out.out, out.err


def add(desk, capsys, name, *more):
    file = str(desk.folder / name)
    assert desk("evidence", "add", file, "--about", desk.model, "--json", *more) == 0
    return json.loads(said(capsys)[0])


def erase(desk, digest, person, *, key=""):
    key = str(desk.folder / "people" / (key or person))
    return desk("evidence", "erase", digest, "--as", person, "--key", key, "--reason", "request 17")


def test_a_report_is_added_listed_and_fetched(keeper, capsys):
    file = str(keeper.folder / "report.html")
    assert keeper("evidence", "add", file, "--about", keeper.model) == 0
    out = said(capsys)[0]
    digest = next(word for word in out.split() if word.startswith("sha256:"))
    assert "entry 0 of the ledger" in out
    assert keeper("evidence", "list", keeper.model) == 0
    (row,) = [line for line in said(capsys)[0].splitlines() if digest in line]
    assert row.split() == ["0", digest, "plain", "kept", "14", "report.html"]
    output = keeper.folder / "copy.html"
    assert keeper("evidence", "get", digest, "-o", str(output)) == 0
    assert "14 bytes, kept as report.html in entry 0" in said(capsys)[0]
    assert output.read_text() == "<h1>fair</h1>\n"
    assert keeper("evidence", "get", digest, "-o", str(output)) == 21
    assert "exists; name a new file" in said(capsys)[1]


def test_a_model_without_files_says_what_to_do(keeper, capsys):
    assert keeper("evidence", "list", keeper.model) == 0
    assert "`govgate evidence add` keeps one" in said(capsys)[0]


def test_what_is_personal_is_erased_on_the_record(keeper, capsys):
    kept = add(keeper, capsys, "consent Ann.csv", "--personal")
    assert (kept["personal"], kept["state"]) == (True, "kept")
    assert kept["file"]["name"] == "consent Ann.csv"
    digest, output = kept["digest"], str(keeper.folder / "back.csv")
    assert erase(keeper, digest, "rami") == 11
    assert "does not hold role data-protection" in said(capsys)[1]
    assert erase(keeper, digest, "olga", key="rami") == 11
    assert keeper("evidence", "get", digest, "-o", output) == 0
    said(capsys)
    assert erase(keeper, digest, "olga") == 0
    assert "is erased" in said(capsys)[0]
    assert keeper("evidence", "get", digest, "-o", output + "2") == 3
    assert "by olga (request 17)" in said(capsys)[1]
    assert keeper("evidence", "list", keeper.model, "--json") == 0
    (after,) = json.loads(said(capsys)[0])
    assert (after["state"], after["file"]) == ("erased", None)
    assert after["erasure"]["reason"] == "request 17"
    assert keeper("evidence", "list", keeper.model) == 0
    assert "by olga: request 17" in said(capsys)[0]
    assert keeper("ledger", "verify") == 0
    assert "1 x erasure/v1" in said(capsys)[0]


def test_a_plain_file_cannot_be_erased(keeper, capsys):
    kept = add(keeper, capsys, "report.html")
    assert erase(keeper, kept["digest"], "olga") == 3
    assert "is a plain file and stays" in said(capsys)[1]


def test_verify_names_a_file_whose_key_is_lost_and_a_block_that_is_gone(keeper, capsys):
    kept = add(keeper, capsys, "consent Ann.csv", "--personal")
    key = keeper.folder / "erasable-keys" / kept["digest"].removeprefix("sha256:")
    key.rename(keeper.folder / "elsewhere")
    assert keeper("ledger", "verify") == 0
    assert f"lost        {kept['digest']}" in said(capsys)[0]
    assert keeper("ledger", "verify", "--full", "--json") == 0
    assert json.loads(said(capsys)[0])["lost"] == [kept["digest"]]
    for path in (keeper.folder / "ledger" / "evidence").rglob("*"):
        if path.is_file() and path.stat().st_size > 4096:
            path.unlink()
    assert keeper("ledger", "verify", "--full") == 20
    assert "the attachment of entry 0: evidence/sha256/" in said(capsys)[1]


def test_a_bundle_carries_personal_files_only_when_told(keeper, capsys):
    add(keeper, capsys, "report.html")
    add(keeper, capsys, "consent Ann.csv", "--personal")
    assert keeper("assess", keeper.model, "--trained-by", "tess") == 10
    said(capsys)
    words = ["evidence", "export", "--model", keeper.model]
    assert keeper(*words, "-o", str(keeper.folder / "b.zip")) == 0
    assert keeper(*words, "-o", str(keeper.folder / "p.zip"), "--with-personal") == 0
    assert CONSENT.encode() not in (keeper.folder / "b.zip").read_bytes()
    assert CONSENT.encode() in (keeper.folder / "p.zip").read_bytes()


def test_the_keys_of_personal_files_are_kept_out_of_git(desk):
    assert "erasable-keys/" in (desk.folder / ".gitignore").read_text().splitlines()
