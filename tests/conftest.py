"""Values most tests start from."""

from datetime import UTC, datetime

import pytest

from govgate.records import Request, Subject


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def subject() -> Subject:
    return Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)


@pytest.fixture
def request_(subject) -> Request:
    return Request(subject=subject, trained_by="tess")
