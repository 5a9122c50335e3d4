"""Files go in at /upload, several to a request, and come out at addresses that do not last."""

import base64
import json

import httpx2
import pytest

from .clients import fault

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def shelf(company):
    """A client, and a customer to attach files to."""
    customer = company.post("/customer", json={"DisplayName": "Ann"}).json()["Customer"]["Id"]
    return company, {"AttachableRef": [{"EntityRef": {"type": "Customer", "value": customer}}]}


def upload(client, *parts, **options):
    """Parts are (name, file name or None, contents, content type)."""
    files = [(name, (file_name, contents, kind)) for name, file_name, contents, kind in parts]
    return client.post("/upload", files=files, **options)


def metadata(number="01", **fields):
    return (f"file_metadata_{number}", None, json.dumps(fields).encode(), "application/json")


def content(number="01", name="photo.png", contents=PNG, kind="image/png"):
    return (f"file_content_{number}", name, contents, kind)


def outcome(answer):
    """The Attachable of an upload's only file, or the code of its refusal."""
    [only] = answer.json()["AttachableResponse"]
    return only["Attachable"] if "Attachable" in only else only["Fault"]["Error"][0]["code"]


def test_a_file_with_metadata_is_kept_and_read_back(shelf):
    client, references = shelf
    made = outcome(upload(client, metadata(FileName="photo.png", Note="Front", **references), content()))
    assert (made["FileName"], made["Size"], made["ContentType"], made["Note"]) == (
        "photo.png",
        len(PNG),
        "image/png",
        "Front",
    )
    read = client.get(f"/attachable/{made['Id']}").json()["Attachable"]
    assert read["FileAccessUri"].endswith(f"/download/{made['Id']}")
    for address in (made["TempDownloadUri"], read["TempDownloadUri"]):
        assert httpx2.get(address).content == PNG


def test_several_files_each_with_its_own_fate(company):
    answer = upload(
        company,
        content("02", "b.exe"),
        content("01", "a.txt", b"hello", "text/plain"),
        metadata("03", Note="metadata of no file"),
        content("04", "empty.txt", b"", "text/plain"),
        ("file_metadata_05", None, b"[]", "application/json"),
        content("05", "c.txt", b"x", "text/plain"),
    )
    assert answer.status_code == 200
    found = answer.json()["AttachableResponse"]
    assert [each.get("Attachable", {}).get("FileName") for each in found] == [None, "a.txt", None, None, None]
    codes = [each["Fault"]["Error"][0]["code"] for each in found if "Fault" in each]
    assert codes == ["6041", "6000", "6041", "6040"]


def test_metadata_may_be_xml_and_contents_base64(company):
    described = b"<Attachable><FileName>note.txt</FileName><Category>Document</Category></Attachable>"
    body = (
        b'--b\nContent-Disposition: form-data; name="file_metadata_01"\nContent-Type: application/xml\n\n'
        + described
        + b'\n--b\nContent-Disposition: form-data; name="file_content_01"\nContent-Type: text/plain\n'
        + b"Content-Transfer-Encoding: base64\n\n"
        + base64.b64encode(PNG)
        + b"\n--b--\n"
    )
    form = {"content-type": "multipart/form-data; boundary=b"}
    made = outcome(company.post("/upload", content=body, headers=form))
    assert (made["FileName"], made["Category"]) == ("note.txt", "Document")
    assert httpx2.get(made["TempDownloadUri"]).content == PNG


def test_an_address_is_told_as_text_and_lasts_a_quarter_of_an_hour(sandbox, company):
    made = outcome(upload(company, content()))
    told = company.get(f"/download/{made['Id']}")
    assert told.headers["content-type"].startswith("text/plain")
    assert httpx2.get(told.text).content == PNG
    sandbox.control.advance_clock(14 * 60)
    assert httpx2.get(told.text).status_code == 200
    sandbox.control.advance_clock(61)
    assert httpx2.get(told.text).status_code == 403
    assert httpx2.get(company.get(f"/download/{made['Id']}").text).status_code == 200


def test_an_address_takes_no_token_and_no_changes(company):
    one, other = (outcome(upload(company, content(name=name))) for name in ("a.png", "b.png"))
    address = one["TempDownloadUri"]
    assert company.get(address).status_code == 400
    assert httpx2.get(address.replace(f"/{one['Id']}/", f"/{other['Id']}/")).status_code == 403
    assert httpx2.get(address.replace("Expires=", "Expires=9")).status_code == 403
    assert httpx2.get(address.partition("?")[0]).status_code == 403


def test_addresses_are_in_queries_and_batches_too(company):
    upload(company, content())
    statement = "select * from Attachable where FileName = 'photo.png'"
    [found] = company.get("/query", params={"query": statement}).json()["QueryResponse"]["Attachable"]
    items = {"BatchItemRequest": [{"bId": "1", "Query": statement}]}
    [item] = company.post("/batch", json=items).json()["BatchItemResponse"]
    for each in (found, item["QueryResponse"]["Attachable"][0]):
        assert httpx2.get(each["TempDownloadUri"]).content == PNG


def test_a_file_goes_away_with_its_attachable(company):
    made = outcome(upload(company, content()))
    assert company.post("/attachable", params={"operation": "delete"}, json=made).status_code == 200
    assert fault(company.get(f"/download/{made['Id']}")) == (400, "610")
    assert httpx2.get(made["TempDownloadUri"]).status_code == 404


def test_attachments_are_found_by_what_they_are_attached_to(shelf):
    client, references = shelf
    made = outcome(upload(client, metadata(FileName="photo.png", **references), content()))
    outcome(upload(client, content(name="other.png")))
    [reference] = references["AttachableRef"]
    statement = (
        "select * from Attachable where AttachableRef.EntityRef.Type = 'customer' "
        f"and AttachableRef.EntityRef.value = '{reference['EntityRef']['value']}'"
    )
    found = client.get("/query", params={"query": statement}).json()["QueryResponse"]["Attachable"]
    assert [each["Id"] for each in found] == [made["Id"]]


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ({"type": "Fish", "value": "1"}, "6050"),
        ({"value": "1"}, "6050"),
        ({"type": "Term", "value": "1"}, "6050"),
        ({"type": "Invoice", "value": "999"}, "2500"),
    ],
)
def test_what_a_file_is_attached_to_must_be_there(company, reference, code):
    attached = {"AttachableRef": [{"EntityRef": reference}]}
    assert outcome(upload(company, metadata(FileName="photo.png", **attached), content())) == code
    assert fault(company.post("/attachable", json={"Note": "x", **attached})) == (400, code)
    item = {"bId": "1", "operation": "create", "Attachable": {"Note": "x", **attached}}
    [refused] = company.post("/batch", json={"BatchItemRequest": [item]}).json()["BatchItemResponse"]
    assert refused["Fault"]["Error"][0]["code"] == code


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-type": "application/json"}, "1050"),
        ({"content-type": "multipart/form-data"}, "2010"),
        ({"content-type": "multipart/form-data; boundary=x"}, "2010"),
    ],
)
def test_an_upload_that_is_wrong_is_refused_whole(company, headers, code):
    assert fault(company.post("/upload", content=b"--b\r\nA: b\r\n\r\n--b--", headers=headers)) == (400, code)


def test_a_part_of_another_name_is_refused(company):
    assert fault(upload(company, ("photo", "a.png", PNG, "image/png"))) == (400, "2010")


def test_an_upload_has_a_largest_size(company):
    form = {"content-type": "multipart/form-data; boundary=b"}
    answer = company.post("/upload", content=b" " * 100_000_001, headers=form)
    assert fault(answer) == (400, "6030")


def test_a_file_that_was_never_uploaded_has_no_address(company):
    made = company.post("/attachable", json={"Note": "no file"}).json()["Attachable"]
    assert "TempDownloadUri" not in made
    assert fault(company.get(f"/download/{made['Id']}")) == (400, "610")
    assert fault(company.get("/download/999")) == (400, "610")


def test_an_upload_is_answered_in_xml_too(company):
    answer = upload(company, content(), content("02", "b.exe"), headers={"accept": "application/xml"})
    assert answer.text.count("<AttachableResponse>") == 2
    assert "<FileName>photo.png</FileName>" in answer.text
    assert 'code="6041"' in answer.text
