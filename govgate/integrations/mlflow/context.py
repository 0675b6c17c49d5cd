"""What MLflow loads in every process: hints on runs, and the way in for GOVGATE_VERIFY.

It is loaded in the middle of `import mlflow`, so nothing of MLflow is imported here, and
nothing else that takes time.

Source: MLflow's plugin group `mlflow.run_context_provider`.
"""

import os
from pathlib import Path

_MODE = os.environ.get("GOVGATE_VERIFY")
if _MODE is not None:
    from govgate.integrations.mlflow.hook import install

    install(_MODE)


class GovgateContext:
    """Says on each run which project was around; a hint for people, believed by nobody."""

    def in_context(self) -> bool:
        """Tell whether there is a project here."""
        return _file() is not None

    def tags(self) -> dict[str, str]:
        """Return the project's name, the policy's name and version, and the ledger's origin."""
        try:
            return dict(_hints())
        except Exception:  # noqa: BLE001 -- a run never fails for want of a hint
            return {}


def _hints() -> list[tuple[str, str]]:
    import yaml

    file = _file()
    if file is None:
        return []
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    policy_file = file.parent / str(settings.get("policy", "policy.yaml"))
    policy = yaml.safe_load(policy_file.read_text(encoding="utf-8"))
    return [
        ("govgate.project", str(settings["name"])),
        ("govgate.policy", f"{policy['name']} {policy['version']}"),
        ("govgate.ledger", str(settings["ledger"]["origin"])),
    ]


def _file() -> Path | None:
    """The settings, looked for as every verb does; to import that search takes 0.2 s."""
    start = Path(os.environ.get("GOVGATE_PROJECT") or ".").absolute()
    files = (folder / "govgate.yaml" for folder in (start, *start.parents))
    return next((file for file in files if file.is_file()), None)
