"""What other people's clients rely on, point by point, asked for over plain HTTP as they ask."""

import base64
import re
from itertools import count

import httpx2
import pytest

from tieout.sandbox.server import running_sandbox

JSON = {"Accept": "application/json"}
SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_numbers = count(1)


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop", throttle=False) as running:
        yield running


@pytest.fixture(scope="module")
def many():
    with running_sandbox("busy", invoices=1200) as running, client_of(running) as client:
        yield client


@pytest.fixture(scope="module")
def shop(sandbox):
    with client_of(sandbox) as client:
        yield client


def client_of(sandbox):
    headers = {"Authorization": f"Bearer {sandbox.keys.access_token}", **JSON}
    return httpx2.Client(
        base_url=f"{sandbox.base_url}/v3/company/{sandbox.realm}", headers=headers, timeout=60
    )


def query(client, statement, **options):
    answer = client.get("/query", params={"query": statement}, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()["QueryResponse"]


def first(client, type_name, where=""):
    return query(client, f"select * from {type_name} {where} maxresults 1")[type_name][0]


def code(answer):
    return answer.json()["Fault"]["Error"][0]["code"]


def sold(shop, amount=80):
    item = {"value": first(shop, "Item", "where Type = 'Service'")["Id"]}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": {"ItemRef": item}}


def new_customer(shop, **fields):
    body = {"DisplayName": f"Client {next(_numbers)}", **fields}
    return shop.post("/customer", json=body).json()["Customer"]


def new_invoice(shop, params=None, **fields):
    body = {"CustomerRef": {"value": first(shop, "Customer")["Id"]}, "Line": [sold(shop)], **fields}
    answer = shop.post("/invoice", json=body, params=params or {})
    assert answer.status_code == 200, answer.text
    return answer.json()["Invoice"]


def handle(record):
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


# Queries


def test_an_empty_page_is_an_empty_object(shop):
    assert query(shop, "select * from Customer where Id = '0'") == {}


def test_max_results_says_how_many_rows_there_are(shop):
    page = query(shop, "select * from Customer maxresults 7")
    assert page["maxResults"] == len(page["Customer"]) == 7
    page = query(shop, "select * from Term maxresults 1000")
    assert page["maxResults"] == len(page["Term"])


def test_times_have_whole_seconds_and_an_offset(shop):
    for each in query(shop, "select * from Invoice")["Invoice"]:
        assert SECONDS.fullmatch(each["MetaData"]["LastUpdatedTime"])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM customer WHERE displayname = 'Bluebird Books'",
        "select * from CUSTOMER where DISPLAYNAME = 'Bluebird Books'",
        "Select * From Customer Where DisplayName = 'bluebird books'",
        "select * from Customer where DisplayName = 'Bluebird Books' and Metadata.LastUpdatedTime > '2000-01-01'",
    ],
)
def test_words_are_known_in_any_case(shop, statement):
    assert [each["DisplayName"] for each in query(shop, statement)["Customer"]] == ["Bluebird Books"]


def test_order_by_is_one_word_or_two(shop):
    one, two = (
        query(shop, f"select * from Customer {each} DisplayName desc") for each in ("ORDERBY", "ORDER BY")
    )
    assert one["Customer"] == two["Customer"]


def test_quotes_are_escaped_by_a_backslash(shop):
    found = query(shop, r"select * from Customer where DisplayName like 'O\'Brien%'")["Customer"]
    assert found[0]["DisplayName"].startswith("O'Brien")


def test_a_page_has_a_hundred_rows_and_a_thousand_at_most(many):
    assert query(many, "select * from Invoice")["maxResults"] == 100
    assert query(many, "select * from Invoice maxresults 1000")["maxResults"] == 1000
    over = many.get("/query", params={"query": "select * from Invoice maxresults 5000"})
    assert over.status_code == 400 or over.json()["QueryResponse"]["maxResults"] == 1000


def test_inactive_records_are_hidden_unless_active_is_asked_for(shop):
    shown = {each["Id"] for each in query(shop, "select * from Vendor maxresults 1000")["Vendor"]}
    everything = query(shop, "select * from Vendor where Active in (true, false) maxresults 1000")["Vendor"]
    hidden = [each for each in everything if each["Id"] not in shown]
    assert hidden
    assert all(each["Active"] is False for each in hidden)


def test_queries_go_by_get_and_by_post(shop):
    statement = "select * from Term"
    posted = shop.post("/query", content=statement, headers={"Content-Type": "application/text"})
    assert posted.json()["QueryResponse"] == query(shop, statement)


def test_one_tax_code_is_four(shop):
    page = query(shop, "select * from TaxCode maxresults 1")
    assert len(page["TaxCode"]) == 4


# Batches


def test_a_batch_mixes_queries_and_writes_in_order(shop):
    items = [
        {"bId": "q", "Query": "select count(*) from Customer"},
        {"bId": "c", "operation": "create", "Customer": {"DisplayName": f"Batch {next(_numbers)}"}},
        {"bId": "bad", "operation": "create", "Customer": {}},
    ]
    answered = shop.post("/batch", json={"BatchItemRequest": items}).json()["BatchItemResponse"]
    assert [each["bId"] for each in answered] == ["q", "c", "bad"]
    assert [next(iter(each)) for each in answered] == ["QueryResponse", "Customer", "Fault"]


def test_a_batch_has_thirty_items_at_most(shop):
    items = [{"bId": str(n), "Query": "select count(*) from Customer"} for n in range(31)]
    assert len(shop.post("/batch", json={"BatchItemRequest": items[:30]}).json()["BatchItemResponse"]) == 30
    assert code(shop.post("/batch", json={"BatchItemRequest": items})) == "1040"


# Errors


def test_the_service_refuses_in_a_fault(shop):
    answer = shop.get("/customer/0")
    assert answer.json().keys() == {"Fault", "time"}
    assert answer.json()["Fault"]["Error"][0].keys() >= {"Message", "Detail", "code"}


def test_the_gateway_refuses_in_small_letters(shop):
    answer = shop.get("/customer/1", headers={"Authorization": "Bearer " + "x" * 40})
    assert answer.status_code == 401
    assert answer.json()["fault"]["error"][0]["code"] == "3200"


def test_a_throttle_is_told_in_xml_to_who_speaks_it():
    with running_sandbox("empty", throttle=True) as strict, client_of(strict) as client:
        xml = {"Accept": "application/xml"}
        answers = [client.get("/preferences", headers=xml) for _ in range(12)]
        told = [each for each in answers if each.status_code == 429]
        assert told
        assert told[0].headers["content-type"].startswith("application/xml")
        assert 'code="3001"' in told[0].text


def test_codes_that_clients_look_for(shop):
    made = new_customer(shop)
    changed = shop.post("/customer", json={**made, "Notes": "x"})
    assert changed.status_code == 200
    assert code(shop.post("/customer", json={**made, "Notes": "y"})) == "5010"
    assert code(shop.get("/customer/0")) == "610"
    assert code(shop.post("/bill", json={"Line": []})) == "2020"
    assert code(shop.post("/vendor", json={"DisplayName": made["DisplayName"]})) == "6240"


@pytest.mark.parametrize("address", ["/customer", "/invoice", "/item", "/payment", "/bill", "/journalentry"])
def test_nothing_is_created_from_nothing(shop, address):
    assert shop.post(address, json={}).status_code == 400


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_what_is_not_there_cannot_be_changed(shop, operation):
    body = {"Id": "987654", "SyncToken": "0", "sparse": True}
    assert shop.post("/invoice", json=body, params={"operation": operation}).status_code == 400


def test_a_customer_cannot_be_voided(shop):
    assert (
        code(shop.post("/customer", json=handle(new_customer(shop)), params={"operation": "void"})) == "500"
    )


# Writes


def test_a_repeated_request_gets_the_first_answer(shop):
    name = f"Once {next(_numbers)}"
    sent = [shop.post("/customer", json={"DisplayName": name}, params={"requestid": name}) for _ in range(2)]
    assert sent[0].content == sent[1].content
    assert query(shop, f"select count(*) from Customer where DisplayName = '{name}'") == {"totalCount": 1}


def test_void_by_operation(shop):
    voided = shop.post("/invoice", json=handle(new_invoice(shop)), params={"operation": "void"}).json()[
        "Invoice"
    ]
    assert (voided["TotalAmt"], voided["PrivateNote"]) == (0, "Voided")


def test_void_by_update(shop):
    made = shop.post("/salesreceipt", json={"Line": [sold(shop)]}).json()["SalesReceipt"]
    body = {**handle(made), "sparse": True}
    voided = shop.post("/salesreceipt", json=body, params={"operation": "update", "include": "void"})
    assert voided.json()["SalesReceipt"]["TotalAmt"] == 0


def test_void_by_a_batch(shop):
    made = new_invoice(shop)
    item = {"bId": "v", "operation": "void", "Invoice": handle(made)}
    [answered] = shop.post("/batch", json={"BatchItemRequest": [item]}).json()["BatchItemResponse"]
    assert answered["Invoice"]["TotalAmt"] == 0


def test_numbers_may_be_used_twice_where_that_is_asked_for(shop):
    number = new_invoice(shop)["DocNumber"]
    body = {"CustomerRef": {"value": "1"}, "Line": [sold(shop)], "DocNumber": number}
    assert code(shop.post("/invoice", json=body)) == "6140"
    assert new_invoice(shop, {"include": "allowduplicatedocnum"}, DocNumber=number)["DocNumber"] == number


def test_an_invoice_link_comes_where_it_is_asked_for(shop):
    made = new_invoice(shop)
    assert "InvoiceLink" not in made
    asked = {"include": "invoiceLink"}
    assert (
        shop.get(f"/invoice/{made['Id']}", params=asked).json()["Invoice"]["InvoiceLink"].startswith("http")
    )
    assert "InvoiceLink" in new_invoice(shop, asked)
    found = shop.get("/query", params={"query": "select * from Invoice maxresults 2", **asked}).json()
    assert all("InvoiceLink" in each for each in found["QueryResponse"]["Invoice"])


def test_an_items_account_may_leave_old_transactions_alone(shop):
    item = first(shop, "Item", "where Type = 'Service'")
    answer = shop.post("/item", json={**item, "UnitPrice": 3}, params={"include": "donotupdateaccountontxns"})
    assert answer.json()["Item"]["UnitPrice"] == 3


def test_a_payments_total_is_what_the_request_says(shop):
    invoice = new_invoice(shop)
    line = {"Amount": 30, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": 50, "Line": [line]}
    payment = shop.post("/payment", json=body).json()["Payment"]
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (50, 20)


def test_references_come_back_with_their_names(shop):
    customer = new_customer(shop)
    made = new_invoice(shop, CustomerRef={"value": customer["Id"]})
    assert made["CustomerRef"] == {"value": customer["Id"], "name": customer["DisplayName"]}
    assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"]


# Files and tokens


@pytest.mark.parametrize("encoding", ["base64", "binary"])
def test_files_are_uploaded_as_clients_write_them(shop, encoding):
    contents = b"\x00\r\n\xff" * 50
    written = base64.b64encode(contents) if encoding == "base64" else contents
    body = (
        b'\n--x\nContent-Disposition: form-data; name="file_metadata_01"\nContent-Type: application/json\n\n'
        b'{"FileName": "a.txt", "ContentType": "text/plain"}\n\n--x\n'
        b'Content-Disposition: form-data; name="file_content_01"\nContent-Type: text/plain\n'
        b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\n" + written + b"\n--x--\n"
    )
    answer = shop.post("/upload", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    [kept] = answer.json()["AttachableResponse"]
    assert httpx2.get(kept["Attachable"]["TempDownloadUri"]).content == contents


def test_a_rotated_refresh_token_is_dead():
    with running_sandbox("empty") as sandbox:
        sandbox.control.rotate_always()
        keys = sandbox.keys
        form = {"grant_type": "refresh_token", "refresh_token": keys.refresh_token}
        at, secret = f"{sandbox.base_url}/oauth2/v1/tokens/bearer", (keys.client_id, keys.client_secret)
        assert httpx2.post(at, data=form, auth=secret).json()["refresh_token"] != keys.refresh_token
        assert httpx2.post(at, data=form, auth=secret).json()["error"] == "invalid_grant"


# Shapes


def test_xml_is_spoken_to_who_does_not_ask_for_json(shop):
    answer = shop.get("/customer/1", headers={"Accept": "application/xml"})
    assert answer.text.startswith("<?xml")
    body = answer.text[answer.text.index("<Customer") : answer.text.index("</Customer>") + 11]
    sent = shop.post("/customer", content=body.encode(), headers={"Content-Type": "application/xml"})
    assert sent.json()["Customer"]["Id"] == "1"


def test_preferences_have_every_group(shop):
    preferences = shop.get("/preferences").json()["Preferences"]
    assert preferences.keys() >= {
        "AccountingInfoPrefs",
        "ProductAndServicesPrefs",
        "SalesFormsPrefs",
        "EmailMessagesPrefs",
        "VendorAndPurchasesPrefs",
        "TimeTrackingPrefs",
        "TaxPrefs",
        "CurrencyPrefs",
        "ReportPrefs",
        "OtherPrefs",
    }
    names = {each["Name"] for each in preferences["OtherPrefs"]["NameValue"]}
    assert {"SFCEnabled", "SalesFormsPrefs.DefaultItem", "UncategorizedIncomeAccountId"} <= names


def test_a_template_wraps_its_transaction(shop):
    schedule = {"IntervalType": "Weekly", "NumInterval": 1, "DayOfWeek": "Monday", "StartDate": "2026-12-01"}
    info = {
        "Name": f"Template {next(_numbers)}",
        "RecurType": "Reminder",
        "Active": True,
        "ScheduleInfo": schedule,
    }
    bill = {
        "VendorRef": {"value": first(shop, "Vendor")["Id"]},
        "RecurringInfo": info,
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": 9,
                "AccountBasedExpenseLineDetail": {
                    "AccountRef": {"value": first(shop, "Account", "where Name = 'Rent'")["Id"]}
                },
            }
        ],
    }
    made = shop.post("/recurringtransaction", json={"Bill": bill}).json()["RecurringTransaction"]["Bill"]
    assert made["RecurringInfo"]["Name"] == info["Name"]
    found = query(shop, "select * from RecurringTransaction")["RecurringTransaction"]
    assert made in [each.get("Bill") for each in found]


def test_tax_service_tells_ids_as_texts(shop):
    agency = first(shop, "TaxAgency")["Id"]
    rate = {"TaxRateName": "Harbor", "RateValue": 2, "TaxAgencyId": int(agency), "TaxApplicableOn": "Sales"}
    made = shop.post("/taxservice/taxcode", json={"TaxCode": "Harbor", "TaxRateDetails": [rate]}).json()
    [detail] = made["TaxRateDetails"]
    assert (detail["TaxAgencyId"], type(made["TaxCodeId"]), type(detail["TaxRateId"])) == (agency, str, str)
