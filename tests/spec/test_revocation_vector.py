"""The worked bytes of docs/spec/revocation.md."""

import re
from datetime import UTC, datetime
from pathlib import Path

from govgate.canon import canonical
from govgate.records import Registered, Revocation, RevocationAction

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "revocation.md"


def test_the_order_on_the_page_is_these_bytes_under_that_digest():
    order = Revocation(
        action=RevocationAction.REVOKE,
        subject_content="sha256:" + "ab" * 32,
        target=Registered(registry="reg", model="credit", version="1", created_ms=1000),
        reason="leaks training rows",
        ordered_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    )
    text = PAGE.read_text(encoding="utf-8")
    shown = text.split("```json\n")[1].split("\n```")[0]
    assert canonical(order.model_dump(mode="json")).decode() == shown
    assert order.digest in re.findall(r"sha256:[0-9a-f]{64}", text.split("```")[2])
