"""Moving an alias to a version that no decision allows there."""

from tests.integrations.mlflow.bypasses.lab import AJAX, API
from tests.integrations.mlflow.bypasses.probe import Step, probe


def moving(side, version, alias="champion", *, api=API, number=None, row=None):
    """Set an alias by hand; it landed when the row names this version."""
    row = alias if row is None else row
    return Step(
        lambda: side.set_alias(version, alias, api, number=number),
        lambda: side.alias_of(version.name, row) == version.version,
    )


@probe("A01", "sets the alias over `/api/2.0`", "NO_ATTESTATION")
def alias_over_api(side):
    return moving(side, side.model())


@probe("A02", "sets the alias over `/ajax-api/2.0`, as the web page does", "NO_ATTESTATION")
def alias_over_ajax(side):
    return moving(side, side.model(), api=AJAX)


@probe("A03", "writes the alias in another case", "NO_ATTESTATION")
def alias_in_another_case(side):
    return moving(side, side.model(), "Champion")


@probe("A04", "writes the alias in fullwidth letters", "MALFORMED")
def alias_in_wide_letters(side):
    return moving(side, side.attested(), "\uff43\uff48\uff41\uff4d\uff50\uff49\uff4f\uff4e")


@probe("A05", "ends the alias with a newline", "MALFORMED")
def alias_with_a_newline(side):
    return moving(side, side.attested(), "champion\n")


@probe("A06", "writes the alias with a Cyrillic letter that looks Latin", "MALFORMED")
def alias_with_a_confusable(side):
    return moving(side, side.model(), "\u0441hampion")


@probe("A07", "writes another alias that only folds to a free one", "MALFORMED")
def alias_that_folds_to_a_free_one(side):
    return moving(side, side.model(), "\uff43andidate")


@probe("A08", "hides a zero-width joiner in the alias", "malformed", bites=False)
def alias_with_a_zero_width_joiner(side):
    return moving(side, side.model(), "champ\u200dion")


@probe("A09", "sends the version as `01`", "NO_ATTESTATION")
def version_with_a_zero_in_front(side):
    return numbered(side, "0{}")


@probe("A10", "sends the version with a space around it", "NO_ATTESTATION")
def version_with_spaces(side):
    return numbered(side, " {} ")


@probe("A11", "sends the version with a plus sign", "NO_ATTESTATION")
def version_with_a_sign(side):
    return numbered(side, "+{}")


@probe("A12", "sends the version in Arabic-Indic digits", "NO_ATTESTATION")
def version_in_other_digits(side):
    version = side.model()
    digits = "".join(chr(0x660 + int(digit)) for digit in version.version)
    return moving(side, version, number=digits)


@probe("A13", "sends the version with an underscore, as Python's numbers allow", "NO_ATTESTATION")
def version_with_an_underscore(side):
    return numbered(side, "0_{}")


@probe("A14", "sends the version as a JSON number", "malformed", bites=False)
def version_as_a_number(side):
    version = side.model()
    return moving(side, version, number=int(version.version))


@probe("A15", "sends a version beyond 64 bits", "malformed", bites=False)
def version_beyond_64_bits(side):
    return moving(side, side.model(), number=str(2**64 + 1))


@probe("A16", "sends a version so long that it cannot be parsed", "malformed", bites=False)
def version_of_many_digits(side):
    return moving(side, side.model(), number="9" * 5000)


def numbered(side, form):
    version = side.model()
    return moving(side, version, number=form.format(version.version))


@probe("A17", "moves the alias from an allowed version to the next one", "NO_ATTESTATION")
def alias_to_the_next_version(side):
    first = side.promoted()
    return moving(side, side.model(first.name, {"model.bin": b"next"}))


@probe("A18", "sets another alias than the decision names", "TARGET_MISMATCH")
def another_alias_than_decided(side):
    return moving(side, side.attested(aliases=("challenger",)))


@probe("A19", "takes the alias away, then sets it on another version", "NO_ATTESTATION")
def alias_taken_away_and_set(side):
    first = side.promoted()
    second = side.model(first.name, {"model.bin": b"next"})
    side.ok("DELETE", f"{API}/registered-models/alias", name=first.name, alias="champion")
    return moving(side, second)


@probe("A20", "names the alias as a stage is named in decisions", "malformed", bites=False)
def alias_named_like_a_stage(side):
    return moving(side, side.model(), "stage:Production")


@probe("A21", "sets the alias `Production`, with a decision for the stage", "TARGET_MISMATCH")
def alias_named_production(side):
    return moving(side, side.attested(aliases=("stage:Production",)), "Production")


@probe("A22", "sets the alias `latest` in another case", "malformed", bites=False)
def alias_latest(side):
    return moving(side, side.model(), "LaTeSt")


@probe("A23", "sets the alias `v7`, which looks like a version", "malformed", bites=False)
def alias_like_a_version(side):
    return moving(side, side.model(), "V7")


@probe("A24", "sets the alias after a decision that lacks a signature", "NO_ATTESTATION")
def alias_after_a_pending_decision(side):
    version = side.model()
    side.decided(version, people=("olga",))
    return moving(side, version)


@probe("A25", "names the model in another case, with a newline", "nothing", bites=False)
def alias_on_a_model_in_another_case(side):
    version = side.model()
    return Step(
        lambda: side.ask(
            "POST",
            f"{API}/registered-models/alias",
            name=f"{version.name.upper()}\n",
            version=version.version,
            alias="champion",
        ),
        lambda: side.alias_of(version.name) == version.version,
    )


@probe("A26", "hides the model as a prompt by a tag on the version", "NO_ATTESTATION")
def version_disguised_as_a_prompt(side):
    version = side.model()
    assert side.set_tag(version, "mlflow.prompt.is_prompt", "true").ok
    return moving(side, version)


@probe("A27", "hides the model as a prompt by a tag on the model", "NO_ATTESTATION")
def model_disguised_as_a_prompt(side):
    version = side.model()
    tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    side.ok("POST", f"{API}/registered-models/set-tag", name=version.name, **tag)
    return moving(side, version)


@probe("A28", "registers a model's files as the version of a prompt", "malformed", bites=False)
def files_as_a_prompt(side):
    logged = side.model()
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    body = {"name": logged.name, "source": f"models:/{logged.model_id}", "tags": tags}
    return Step(
        lambda: side.ask("POST", f"{API}/model-versions/create", **body, model_id=logged.model_id),
        lambda: len(side.sql("SELECT 1 FROM model_versions WHERE name = :n", n=logged.name)) > 1,
    )


@probe("A29", "sets the alias of a real prompt, made over the prompt API", "NO_ATTESTATION")
def alias_of_a_prompt(side):
    tags = [
        {"key": "mlflow.prompt.is_prompt", "value": "true"},
        {"key": "mlflow.prompt.text", "value": "Judge {{text}}"},
    ]
    name = f"{side.model().name}-text"
    side.ok("POST", f"{API}/registered-models/create", name=name, tags=tags)
    version = side.version(name, "prompt-template", tags=tags)
    return moving(side, version, api=AJAX)
