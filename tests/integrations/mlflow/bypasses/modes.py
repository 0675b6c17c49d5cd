"""Slipping under a more lenient mode."""

from tests.integrations.mlflow.bypasses.lab import API
from tests.integrations.mlflow.bypasses.probe import Step, probe


def renaming(side, version, name):
    return Step(
        lambda: side.ask(
            "POST", f"{API}/registered-models/rename", name=version.name, new_name=name
        ),
        lambda: side.alias_of(name) == version.version,
    )


@probe("M01", "renames a governed model to an exempt name", "GOVERNED_IN_USE")
def renamed_to_an_exempt_name(side):
    version = side.promoted()
    return renaming(side, version, f"sandbox-{version.name}")


@probe("M02", "renames an exempt model under its alias to a governed name", "GOVERNED_IN_USE")
def exempt_renamed_to_a_governed_name(side):
    version = side.model(f"sandbox-{side.model().name}")
    assert side.set_alias(version).ok
    return renaming(side, version, version.name.removeprefix("sandbox-") + "-live")


@probe("M03", "renames an audited model under its alias to a governed name", "GOVERNED_IN_USE")
def audited_renamed_to_a_governed_name(side):
    version = side.model(f"trial-{side.model().name}")
    assert side.set_alias(version).ok
    return renaming(side, version, version.name.removeprefix("trial-") + "-live")


@probe("M04", "names a model like an exempt one, with a letter that looks alike", "NO_ATTESTATION")
def name_with_a_confusable(side):
    version = side.model(f"s\u0430ndbox-{side.model().name}")
    return Step(lambda: side.set_alias(version), lambda: bool(side.alias_of(version.name)))


@probe("M05", "names it in fullwidth letters that fold to an exempt name", "NO_ATTESTATION")
def name_in_wide_letters(side):
    version = side.model(f"\uff53andbox-{side.model().name}")
    return Step(lambda: side.set_alias(version), lambda: bool(side.alias_of(version.name)))


@probe("M06", "writes a newline into the name, after an exempt one", "NO_ATTESTATION")
def name_with_a_newline(side):
    version = side.model(f"sandbox-\n{side.model().name}")
    return Step(lambda: side.set_alias(version), lambda: bool(side.alias_of(version.name)))


@probe(
    "M07", "copies an exempt model's version, with its alias, to a governed one", "NO_ATTESTATION"
)
def copied_out_of_an_exempt_model(side):
    name = side.model().name
    exempt = side.model(f"sandbox-{name}")
    assert side.set_alias(exempt).ok
    copy = side.version(name, f"models:/{exempt.name}/{exempt.version}")
    return Step(lambda: side.set_alias(copy), lambda: side.alias_of(name) == copy.version)


@probe("M08", "marks a model that is only audited as allowed", "RESERVED_TAG")
def audited_marked_as_allowed(side):
    version = side.model(f"trial-{side.model().name}")
    return Step(
        lambda: side.set_tag(version, "govgate.decision"),
        lambda: side.tags(version).get("govgate.decision") == "allowed",
    )


@probe("M09", "marks an exempt model as allowed", "RESERVED_TAG")
def exempt_marked_as_allowed(side):
    version = side.model(f"sandbox-{side.model().name}")
    return Step(
        lambda: side.set_tag(version, "govgate.decision"),
        lambda: side.tags(version).get("govgate.decision") == "allowed",
    )


@probe("M10", "hands a forged decision to a model that is only audited", "BAD_SIGNATURE")
def forged_decision_for_an_audited_model(side):
    version = side.model(f"trial-{side.model().name}")
    return Step(
        lambda: side.attest(version, "{}"),
        lambda: side.tags(version).get("govgate.attestation") == "{}",
    )
