"""Every report that is made is valid by Intuit's schema, of a shop's year and of an empty file.

The schemas are not part of this repository; they are looked for in `shared/schemas/qbxml` beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tieout.catalog.qbxml import edition
from tieout.catalog.qbxml.actions import reports
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


PREFIX = {"US": "", "CA": "QBC", "UK": "QBU"}
EDITIONS = (
    ("US", "2.0"),
    ("US", "3.0"),
    ("US", "8.0"),
    ("US", "13.0"),
    ("US", "16.0"),
    ("CA", "3.0"),
    ("UK", "16.0"),
)


@pytest.mark.parametrize(
    ("name", "country", "version"),
    [("shop", "US", "16.0"), ("shop", "CA", "3.0"), *(("empty", *each) for each in EDITIONS)],
)
def test_every_report_is_valid(name: str, country: str, version: str) -> None:
    etree = pytest.importorskip("lxml.etree", reason="NOTHING VALIDATED: lxml is not installed")
    path = SCHEMAS / f"{PREFIX[country]}qbxmlops{version.replace('.', '')}.xsd"
    schema = etree.XMLSchema(etree.parse(str(path)))
    spoken = edition(country, version)
    company = COMPANIES[name](DesktopCompany(clock=lambda: NOW, edition=spoken))
    refused = {*NEEDS_A_FEATURE, *(BUDGETS if name == "empty" else ())}
    for request, names in reports(spoken).items():
        for report in {*names} & {*MADE[request]} - refused:
            sent = document(everything(request, report), version=spoken.wire)
            answer = DesktopSession(company).process(sent)
            assert statuses(answer) == ["0"], answer[:600]
            assert schema.validate(etree.fromstring(answer.encode())), (report, schema.error_log.last_error)
