"""The front door: one folder's govgate.yaml, and every port wired to an adapter.

Room:        project
Holds:       opening and making a project, the calls that pipelines and the command line make
May import:  everything below
May touch:   the project's folder, the environment, what the adapters touch
Rule:        the only importer of adapters; nothing here judges
"""

from govgate.project.adopting import Adopted, Adopter, adopt
from govgate.project.create import create_ledger, create_person_key, create_project
from govgate.project.cross_check import CrossCheck
from govgate.project.derived import Examined
from govgate.project.front import Project, open_project
from govgate.project.guard import Guard, open_guard
from govgate.project.hardening import bucket_policy, examine_ledger
from govgate.project.health import Health, examine_health
from govgate.project.key_changes import revoke_key, rotate_gate_key
from govgate.project.measuring import lint_policy
from govgate.project.outside import verify_outside
from govgate.project.reading import Decided
from govgate.project.settings import find_folder, read_settings
from govgate.project.stopping import Ordered, Orderer, order, roll_back
from govgate.project.tested import require_tested_mlflow

__all__ = [
    "Adopted",
    "Adopter",
    "CrossCheck",
    "Decided",
    "Examined",
    "Guard",
    "Health",
    "Ordered",
    "Orderer",
    "Project",
    "adopt",
    "bucket_policy",
    "create_ledger",
    "create_person_key",
    "create_project",
    "examine_health",
    "examine_ledger",
    "find_folder",
    "lint_policy",
    "open_guard",
    "open_project",
    "order",
    "read_settings",
    "require_tested_mlflow",
    "revoke_key",
    "roll_back",
    "rotate_gate_key",
    "verify_outside",
]
