"""Names of people and places in sentences, by Presidio and a language model of the user's own.

Source: presidio-analyzer 2.2 with spaCy 3, the extra `pii-ner`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from govgate.errors import ProjectError

_NAMES = {
    "CREDIT_CARD": "payment-card",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "LOCATION": "place",
    "NRP": "nationality-or-belief",
    "PERSON": "person-name",
    "PHONE_NUMBER": "phone",
}
"""Presidio's words to ours; any other is written with dashes."""


class PresidioScanner:
    """Counts what Presidio finds; fetches nothing from the network."""

    def __init__(self, model: str | None = None, *, language: str = "en") -> None:
        """Load the model.

        Args:
            model: Name of an installed spaCy package or a folder of one; None finds by
                Presidio's patterns alone, and so no names.
            language: Of the model and the texts, as ISO 639 has it.

        Raises:
            ProjectError: Presidio or the model is not installed.
        """
        try:
            import presidio_analyzer as presidio
            from tldextract.tldextract import TLD_EXTRACTOR
        except ImportError as why:
            msg = "Presidio is not installed; run pip install 'govgate[pii-ner]'"
            raise ProjectError(msg) from why
        # The e-mail recognizer else asks the network for the list of public suffixes; the
        # variable that forbids it is read but once, perhaps before we are here.
        TLD_EXTRACTOR.suffix_list_urls = ()
        engine = _engine(model, language)
        registry = presidio.RecognizerRegistry(supported_languages=[language])
        registry.load_predefined_recognizers(languages=[language], nlp_engine=engine)
        self._language = language
        self._analyzer = presidio.AnalyzerEngine(
            registry=registry, nlp_engine=engine, supported_languages=[language]
        )

    def count(self, texts: Iterable[str]) -> Mapping[str, int]:
        """Count mentions by kind.

        Args:
            texts: Any number of texts, of which nothing is kept.
        """
        total: Counter[str] = Counter()
        for text in texts:
            for found in self._analyzer.analyze(text=text, language=self._language):
                total[_called(found.entity_type)] += 1
        return dict(sorted(total.items()))


def _called(entity: str) -> str:
    return _NAMES.get(entity, entity.lower().replace("_", "-"))


def _engine(model: str | None, language: str) -> Any:
    from presidio_analyzer import nlp_engine as engines

    if model is None:
        engine: Any = engines.NoOpNlpEngine([{"lang_code": language, "model_name": "no_op"}])
    else:
        import spacy

        # Presidio fetches a model that it does not find.
        if not (spacy.util.is_package(model) or Path(model).is_dir()):
            msg = (
                f"there is no language model {model!r}; install that spaCy package or name a folder"
            )
            raise ProjectError(msg)
        engine = engines.SpacyNlpEngine([{"lang_code": language, "model_name": model}])
    engine.load()
    return engine
