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
from govgate.project.evaluating import Evaluated, evaluate
from govgate.project.front import Project, open_project
from govgate.project.guard import Guard, open_guard
from govgate.project.hardening import bucket_policy, examine_ledger
from govgate.project.health import Health, examine_health
from govgate.project.keeping import Kept
from govgate.project.key_changes import revoke_key, rotate_gate_key, rotate_log_key
from govgate.project.lineage import Lineage, trace_lineage
from govgate.project.loading import registry_of, require_attested, require_loadable
from govgate.project.measuring import digest_of_data, digest_of_table, lint_policy
from govgate.project.outside import verify_outside
from govgate.project.places import (
    SERVED,
    experiment_of,
    is_reserved,
    named_content,
    sealed_content,
    spellings,
)
from govgate.project.preflight import SOURCES, examine_server
from govgate.project.reading import Decided
from govgate.project.reconciling import Drift, Reconciled, StandingAdoption
from govgate.project.sealing import Sealed, Sealing
from govgate.project.settings import find_folder, read_settings
from govgate.project.signing import sign_model, verify_model
from govgate.project.stopping import Ordered, Orderer, order, roll_back
from govgate.project.tested import require_tested_mlflow
from govgate.project.vaults import open_vault

__all__ = [
    "SERVED",
    "SOURCES",
    "Adopted",
    "Adopter",
    "CrossCheck",
    "Decided",
    "Drift",
    "Evaluated",
    "Examined",
    "Guard",
    "Health",
    "Kept",
    "Lineage",
    "Ordered",
    "Orderer",
    "Project",
    "Reconciled",
    "Sealed",
    "Sealing",
    "StandingAdoption",
    "adopt",
    "bucket_policy",
    "create_ledger",
    "create_person_key",
    "create_project",
    "digest_of_data",
    "digest_of_table",
    "evaluate",
    "examine_health",
    "examine_ledger",
    "examine_server",
    "experiment_of",
    "find_folder",
    "is_reserved",
    "lint_policy",
    "named_content",
    "open_guard",
    "open_project",
    "open_vault",
    "order",
    "read_settings",
    "registry_of",
    "require_attested",
    "require_loadable",
    "require_tested_mlflow",
    "revoke_key",
    "roll_back",
    "rotate_gate_key",
    "rotate_log_key",
    "sealed_content",
    "sign_model",
    "spellings",
    "trace_lineage",
    "verify_model",
    "verify_outside",
]
