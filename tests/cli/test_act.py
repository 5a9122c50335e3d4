"""What is no add, modify, delete, void or put, as it is typed."""

import json

import pytest

from .writers import added, desk, documents, fresh, invoice, shop, typed, writes

__all__ = ["desk", "shop"]


def test_a_document_is_sent_after_a_yes(desk, shop):
    sold = added("Invoice", invoice())["id"]
    shop.control.forget_requests()
    words = ("act", "books:Invoice", "send", sold, "--param", "to=ann@example.com")
    assert "Nobody can be asked whether to send" in typed(*words, code=2).stderr
    assert writes(shop) == []
    (sent,) = documents(typed(*words, "--yes", "--format", "jsonl"))
    assert sent["record"]["EmailStatus"] == "EmailSent"
    typed(*words, "--yes")
    assert len(writes(shop)) == 2


def test_a_document_is_printed(desk):
    sold = added("Invoice", invoice())["id"]
    typed("act", "books:Invoice", "pdf", sold)
    assert (desk / f"invoice-{sold}.pdf").read_bytes().startswith(b"%PDF")
    typed("act", "books:Invoice", "pdf", sold, "--output", desk / "mine.pdf")
    assert (desk / "mine.pdf").read_bytes().startswith(b"%PDF")


def test_a_file_is_uploaded_once_and_comes_back(desk, shop):
    sold = added("Invoice", invoice())["id"]
    (desk / "scan.csv").write_bytes(fresh("a,b").encode())
    words = ("act", "books:Attachable", "upload", desk / "scan.csv", "--param", f"to=Invoice:{sold}", "--param", "note=x")  # fmt: skip
    shop.control.forget_requests()
    (kept,) = documents(typed(*words, "--format", "jsonl"))
    assert kept["record"]["AttachableRef"][0]["EntityRef"] == {"value": sold, "type": "Invoice"}
    assert kept["record"]["Note"].startswith("x [tieout")
    assert "1 of them before" in typed(*words).stderr
    assert len(writes(shop)) == 1
    typed(*words, "--again")
    assert len(writes(shop)) == 2
    typed("act", "books:Attachable", "download", kept["id"], "--output", desk / "back.csv")
    assert (desk / "back.csv").read_bytes() == (desk / "scan.csv").read_bytes()


def test_a_list_entry_is_made_inactive_and_active_again(desk, shop):
    who = added("Customer", {"DisplayName": fresh()})["id"]
    typed("act", "books:Customer", "deactivate", who)
    assert shop.company.read("Customer", who).record["Active"] is False
    typed("act", "books:Customer", "reactivate", who)
    assert shop.company.read("Customer", who).record["Active"] is True


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("books:Bill", "send", "464", "--yes"), 1, "sends no Bill"),
        (("books:Bill", "pdf", "464"), 1, "prints no Bill"),
        (("books:Invoice", "frobnicate", "1"), 1, "knows no act"),
        (("books:Attachable", "upload", "nowhere.pdf"), 2, "cannot be read"),
        (("books:Attachable", "upload", "run.exe"), 1, "takes no files like"),
        (("books:Attachable", "upload", "empty.txt"), 1, "has 0 bytes"),
        (("books:Attachable", "download", "999999"), 1, "Object Not Found"),
        (("books:Customer", "deactivate", "999999"), 1, "has no Customer 999999"),
        (("books:Invoice", "pdf", "1", "--param", "nonsense"), 2, "nonsense"),
    ],
)
def test_what_cannot_be_done_is_told(desk, shop, words, code, told):
    (desk / "run.exe").write_bytes(b"MZ")
    (desk / "empty.txt").write_bytes(b"")
    assert told in typed("act", *words, code=code).stderr
    assert writes(shop) == []


def test_raw_sends_what_the_catalog_does_not_know(desk, shop):
    body = json.dumps({"DisplayName": fresh("Raw")})
    result = typed("raw", "books", "POST", "customer", "--body", body)
    assert json.loads(result.stdout)["Customer"]["DisplayName"].startswith("Raw")
