"""Give away a table about people: made coarse enough, read again, judged, and on record.

    python flow.py --project FOLDER --data DATA

FOLDER holds govgate.yaml; DATA holds adult_train.csv and adult_test.csv. A plain script: it needs
neither a registry nor a Prefect server.
"""

import argparse
import sys
from pathlib import Path

from govgate.errors import GovgateError
from govgate.integrations.prefect import run_gates
from govgate.project import open_project
from govgate.project.anonymising import Anonymising, Wish

UNSAFE = ("workclass", "occupation", "fnlwgt", "education_num", "marital_status", "relationship")
"""More than the readers need; each would have to be made coarse as well."""

MONEY = ("capital_gain", "capital_loss", "hours_per_week")
"""Nearly every sum of money is somebody's own."""


def release_pipeline(folder: Path, data: Path) -> None:
    """Make the release, and have it judged.

    Args:
        folder: The govgate project's folder.
        data: Folder of the two CSV files.
    """
    released = folder / "release" / "people.parquet"
    released.parent.mkdir()
    wish = Wish(dropped=(*UNSAFE, *MONEY))
    report = Anonymising(open_project(folder), data / "adult_test.csv", wish).release(released)
    print(f"{report.suppressed} of {report.rows} rows left out, {report.ncp:.0%} of detail lost")

    decision = run_gates(
        str(released.parent),
        trained_by="tess",
        inputs={
            "train": data / "adult_train.csv",
            "test": data / "adult_test.csv",
            "release": released,
        },
        project=folder,
    )
    print(f"{released.name} may be given away until {decision.decision.expires_at:%Y-%m-%d}")


def main(argv: list[str] | None = None) -> int:
    """Read the words of the command line, and run.

    Returns:
        0 when the release may be given away, else the exit code of what stopped it.
    """
    words = argparse.ArgumentParser(description="release a table about people, if it may be")
    words.add_argument("--project", type=Path, default=Path(), help="folder of govgate.yaml")
    words.add_argument("--data", type=Path, required=True, help="folder of adult_*.csv")
    chosen = words.parse_args(argv)
    try:
        release_pipeline(chosen.project, chosen.data)
    except GovgateError as why:
        print(why.args[0], file=sys.stderr)
        return why.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
