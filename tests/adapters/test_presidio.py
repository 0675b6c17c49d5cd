"""Presidio with a language model of the user's; skipped where the extra is not installed."""

import socket
import sys

import pytest

from govgate.adapters.presidio import PresidioScanner
from govgate.errors import ProjectError

TEXTS = ["Ada Lovelace wrote to ann@example.com from Berlin", "nothing here"]


@pytest.fixture
def offline(monkeypatch):
    """No socket can be opened: what wants to fetch something fails."""

    def refuse(*_args, **_kwargs):
        msg = "the network was asked"
        raise AssertionError(msg)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def model(tmp_path):
    """A spaCy model that knows one person and one place."""
    spacy = pytest.importorskip("spacy")
    language = spacy.blank("en")
    ruler = language.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": "PERSON", "pattern": "Ada Lovelace"}, {"label": "GPE", "pattern": "Berlin"}]
    )
    language.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


@pytest.mark.usefixtures("offline")
def test_a_users_model_finds_names_and_places(model):
    pytest.importorskip("presidio_analyzer")
    counts = PresidioScanner(model).count(TEXTS)
    assert (counts["person-name"], counts["place"], counts["email"]) == (1, 1, 1)


@pytest.mark.usefixtures("offline")
def test_without_a_model_no_name_is_found():
    pytest.importorskip("presidio_analyzer")
    counts = PresidioScanner().count(TEXTS)
    assert counts["email"] == 1
    assert "person-name" not in counts


@pytest.mark.usefixtures("offline")
def test_a_model_that_is_not_installed_is_not_fetched():
    pytest.importorskip("presidio_analyzer")
    with pytest.raises(ProjectError, match="no language model 'en_core_web_xx'; install that"):
        PresidioScanner("en_core_web_xx")


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(ProjectError, match=r"not installed; run pip install 'govgate\[pii-ner\]'"):
        PresidioScanner("en_core_web_sm")
