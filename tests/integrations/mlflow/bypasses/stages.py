"""Moving a version to the stage Staging or Production without a decision."""

import json

from tests.integrations.mlflow.bypasses.lab import AJAX, API
from tests.integrations.mlflow.bypasses.probe import Step, probe


def moving(side, version, stage="Production", landed=("Production", "Staging"), **more):
    return Step(
        lambda: side.set_stage(version, stage, **more),
        lambda: side.stage_of(version) in landed,
    )


@probe("S01", "moves it to Production over `/api/2.0`", "NO_ATTESTATION")
def production(side):
    return moving(side, side.model())


@probe("S02", "moves it to Production over `/ajax-api/2.0`", "NO_ATTESTATION")
def production_over_ajax(side):
    return moving(side, side.model(), api=AJAX)


@probe("S03", "writes the stage in capitals", "NO_ATTESTATION")
def stage_in_capitals(side):
    return moving(side, side.model(), "PRODUCTION")


@probe("S04", "moves it to Staging", "NO_ATTESTATION")
def staging(side):
    return moving(side, side.model(), "staging")


@probe("S05", "archives the allowed version by moving another in", "NO_ATTESTATION")
def archive_the_allowed_one(side):
    first = side.promoted(aliases=("stage:Production",))
    second = side.model(first.name, {"model.bin": b"next"})
    return Step(
        lambda: side.set_stage(second, archive_existing_versions=True),
        lambda: side.stage_of(first) != "Production" or side.stage_of(second) == "Production",
    )


@probe("S06", "writes the field in camel case", "NO_ATTESTATION")
def field_in_camel_case(side):
    first = side.promoted(aliases=("stage:Production",))
    second = side.model(first.name, {"model.bin": b"next"})
    return Step(
        lambda: side.ask(
            "POST",
            f"{API}/model-versions/transition-stage",
            name=second.name,
            version=second.version,
            stage="Production",
            archiveExistingVersions=True,
        ),
        lambda: side.stage_of(second) == "Production",
    )


@probe("S07", "gives a free stage and a governed one under the same JSON key", "NO_ATTESTATION")
def two_stages_under_one_key(side):
    version = side.model()
    text = json.dumps(
        {
            "name": version.name,
            "version": version.version,
            "archive_existing_versions": False,
            "stage": "Archived",
        }
    )
    return Step(
        lambda: side.ask(
            "POST",
            f"{API}/model-versions/transition-stage",
            data=text[:-1] + ', "stage": "Production"}',
        ),
        lambda: side.stage_of(version) == "Production",
    )


@probe("S08", "uses a decision that names an alias only", "TARGET_MISMATCH")
def decision_for_an_alias(side):
    return moving(side, side.attested())


@probe("S09", "uses a decision for Staging to enter Production", "TARGET_MISMATCH")
def decision_for_another_stage(side):
    return moving(side, side.attested(aliases=("stage:Staging",)))


@probe("S10", "writes the stage in fullwidth letters", "malformed", bites=False)
def stage_in_wide_letters(side):
    return moving(side, side.model(), "\uff30roduction")


@probe("S11", "updates the version with a stage among the fields", "dropped", bites=False)
def version_updated_with_a_stage(side):
    version = side.model()
    return Step(
        lambda: side.ask(
            "PATCH",
            f"{API}/model-versions/update",
            name=version.name,
            version=version.version,
            current_stage="Production",
        ),
        lambda: side.stage_of(version) == "Production",
    )
