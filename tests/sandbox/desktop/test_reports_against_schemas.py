"""Every report that is made is valid by Intuit's schema, of a shop's year and of an empty file.

The schemas are not part of this repository; they are looked for in `shared/schemas/qbxml` beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.reports.making import MADE
from tieout.sandbox.desktop.sample_companies import COMPANIES
from tieout.sandbox.desktop.session import DesktopSession

from .report_requests import BUDGETS, NEEDS_A_FEATURE, everything
from .test_sample_companies import NOW
from .test_session import document, statuses

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas" / "qbxml"

pytestmark = pytest.mark.skipif(
    not SCHEMAS.exists(), reason=f"NOTHING VALIDATED: there is no {SCHEMAS.name} beside the repository"
)


@pytest.fixture(scope="module")
def schema() -> Any:
    etree = pytest.importorskip("lxml.etree", reason="NOTHING VALIDATED: lxml is not installed")
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "qbxmlops160.xsd")))


@pytest.mark.parametrize("name", ["shop", "empty"])
def test_every_report_is_valid(name: str, schema: Any) -> None:
    from lxml import etree

    company = COMPANIES[name](DesktopCompany(clock=lambda: NOW))
    refused = {*NEEDS_A_FEATURE, *(BUDGETS if name == "empty" else ())}
    for request, names in MADE.items():
        for report in set(names) - refused:
            answer = DesktopSession(company).process(document(everything(request, report), version="16.0"))
            assert statuses(answer) == ["0"], answer[:600]
            assert schema.validate(etree.fromstring(answer.encode())), (report, schema.error_log.last_error)
