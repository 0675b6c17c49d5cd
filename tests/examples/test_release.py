"""The release of a table about people: made coarse, read again, judged, and on record."""

import pyarrow.parquet as pq
import yaml

from govgate.cli.main import main as govgate
from govgate.errors import DeniedError
from govgate.project import lint_policy


def run(release, adult_folder):
    return release.flow.main(["--project", str(release.project), "--data", str(adult_folder)])


def test_the_policy_is_in_order(release):
    policy = lint_policy(release.folder / "policy.yaml")
    assert [rule.gate for rule in policy.rules] == ["quality", "representation", "anonymisation"]


def test_what_is_released_is_allowed_and_on_record(release, adult_folder, capsys):
    assert run(release, adult_folder) == 0
    assert "may be given away until" in capsys.readouterr().out
    table = pq.read_table(release.project / "release" / "people.parquet")
    assert set(table.column_names) == {
        "age",
        "sex",
        "race",
        "education",
        "native_country",
        "income",
    }
    groups = table.group_by([*table.column_names[:-1]]).aggregate([([], "count_all")])
    assert min(groups["count_all"].to_pylist()) >= 11
    folder = ["--project", str(release.project)]
    assert govgate(["verify", str(release.project / "release"), *folder]) == 0
    assert "same answer to the byte" in capsys.readouterr().out


def test_a_stricter_policy_writes_nothing_and_a_late_one_refuses(release, adult_folder, capsys):
    path = release.project / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["rules"][0]["bounds"]["max_repeated_share"] = 0.0
    path.write_text(yaml.safe_dump(policy))
    assert run(release, adult_folder) == DeniedError.exit_code
    assert "quality" in capsys.readouterr().err
    policy["rules"][2]["bounds"]["min_k"] = 1_000_000
    path.write_text(yaml.safe_dump(policy))
    for left in (release.project / "release").iterdir():
        left.unlink()
    (release.project / "release").rmdir()
    assert run(release, adult_folder) != 0
    assert not [*(release.project / "release").iterdir()]
