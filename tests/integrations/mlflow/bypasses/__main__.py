"""Run every bypass against both servers, and write docs/reference/bypasses.md.

python -m tests.integrations.mlflow.bypasses
"""

import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.integrations.mlflow.bypasses.lab import open_lab
from tests.integrations.mlflow.bypasses.page import PAGE, write


def main() -> int:
    place = tempfile.TemporaryDirectory(prefix="govgate-bypasses-")
    with place as folder, open_lab(Path(folder)) as lab:
        text = write(lab, version("mlflow"))
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}")
    return int("**open**" in text)


if __name__ == "__main__":
    sys.exit(main())
