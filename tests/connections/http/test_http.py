"""Reading and writing a web service over real sockets."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.connections.http.shop import running_shop

from tieout.connections.http.connection import HttpConnection
from tieout.connections.http.paging import Paging, at
from tieout.connections.http.service import Service
from tieout.connections.http.sign_in import ClientCredentials, Header, basic
from tieout.errors import (
    AlreadyExists,
    Busy,
    Invalid,
    NotFound,
    RemoteProtocolError,
    SetupError,
    Stale,
    Unauthorized,
)
from tieout.operations import Add, Delete, Modify, Put, Query, Statement
from tieout.processes.write import write_changes
from tieout.state.database import open_state
from tieout.state.journal import Journal


def test_a_path_counts_in_lists_too():
    answer = {"data": [{"id": "a"}, {"id": "b"}]}
    assert at(answer, "data.-1.id") == "b"
    assert at(answer, "data.0.id") == "a"
    assert at(answer, "data.2.id") is None
    assert at({"data": []}, "data.-1.id") is None
    assert at(answer, "data.last.id") is None


@pytest.fixture
def slept():
    return []


@pytest.fixture
def connected(slept):
    """A connection to a running shop; it sleeps without waiting."""
    opened = []

    def connect(shop, paging=None, sign_in=None, **settings):
        service = Service(shop.url, sign_in or Header(), timeout=5, sleep=slept.append)
        opened.append(HttpConnection("shop", service, {"orders": "/orders"}, paging, **settings))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture
def journal(tmp_path):
    with open_state(tmp_path) as state:
        yield Journal(state)


def ids(connection, query=None):
    return [r["id"] for page in connection.read(query or Query(("orders",))) for r in page.records()]


def write(connection, journal, *changes):
    return list(write_changes(connection, changes, journal, name="test"))


def add(key, number=1, **record):
    return Add(type="orders", record={"id": key, **record}, id=f"add-{number}", place=f"order {number}")


class TestReading:
    @pytest.mark.parametrize(
        ("by", "paging"),
        [
            ("link", Paging()),
            ("next", Paging("link", next="next", records="data.orders")),
            ("cursor", Paging("cursor", "after", next="meta.after")),
            ("page", Paging("page", "page")),
            ("offset", Paging("offset", "offset", size=2)),
        ],
    )
    def test_all_pages_are_read(self, connected, by, paging):
        with running_shop(paging=by) as shop:
            assert ids(connected(shop, paging)) == ["a", "b", "c"]

    def test_money_is_exact_and_the_clock_is_that_of_the_service(self, connected):
        with running_shop() as shop:
            page = next(iter(connected(shop).read(Query(("orders",)))))
            assert page.records()[0]["total"] == Decimal("12.1")
            assert abs(page.time - datetime.now(UTC)).total_seconds() < 5
            assert page.places[0] == "/api/orders, record 1"

    def test_a_path_takes_its_parameters_as_values(self, connected):
        with running_shop() as shop:
            given = {"since": datetime(2026, 1, 2, tzinfo=UTC), "word": "a&b=c"}
            ids(connected(shop), Query(statement=Statement("/orders?since=:since&q=:word", given)))
            assert shop.asked[0] == "GET /api/orders?since=2026-01-02T00%3A00%3A00%2B00%3A00&q=a%26b%3Dc"

    def test_a_page_for_people_is_told_as_one(self, connected):
        with running_shop() as shop:
            page = (200, {"Content-Type": "text/html"}, b"<html><title>Sign in</title></html>")
            shop.wrong = [page]
            with pytest.raises(RemoteProtocolError, match=r"a page for people, not with JSON: Sign in"):
                ids(connected(shop))

    def test_nothing_at_all_is_no_empty_list(self, connected):
        with running_shop() as shop:
            shop.wrong = [(200, {}, b"")]
            with pytest.raises(RemoteProtocolError, match="answers with nothing at all"):
                ids(connected(shop))
            shop.wrong = [(204, {}, b"")]
            assert ids(connected(shop)) == []

    def test_a_service_that_asks_to_wait_is_waited_for(self, connected, slept):
        with running_shop() as shop:
            shop.wrong = [(429, {"Retry-After": "7"}, b""), (503, {}, b""), (502, {}, b"")]
            assert ids(connected(shop)) == ["a", "b", "c"]
            assert slept[0] == 7.0

    def test_one_that_asks_for_too_long_ends_the_run_and_tells_until_when(self, connected):
        with running_shop() as shop:
            shop.wrong = [(429, {"Retry-After": "3600"}, b"")]
            with pytest.raises(Busy) as busy:
                ids(connected(shop))
            assert busy.value.wait == 3600

    def test_what_fails_half_way_says_where(self, connected):
        with running_shop() as shop:
            shop.wrong = [None, (400, {}, b'{"message": "too far"}')]
            with pytest.raises(SetupError, match=r"refuses page 2, after 2 records: HTTP 400: too far"):
                ids(connected(shop))

    def test_pages_that_go_round_are_not_read_for_ever(self, connected):
        with running_shop() as shop:
            here = {"Link": f'<{shop.url}/orders>; rel="next"'}
            shop.wrong = [(200, here, b"[]"), (200, here, b"[]")]
            with pytest.raises(RemoteProtocolError, match="leads back"):
                ids(connected(shop))

    def test_a_link_to_another_place_gets_no_secrets(self, connected):
        with running_shop() as shop:
            shop.wrong = [(200, {"Link": '<https://evil.example/orders>; rel="next"'}, b"[]")]
            with pytest.raises(RemoteProtocolError, match="another place"):
                ids(connected(shop))

    def test_a_redirect_is_not_followed(self, connected):
        with running_shop() as shop:
            shop.wrong = [(302, {"Location": "https://evil.example"}, b"")]
            with pytest.raises(SetupError, match="redirects"):
                ids(connected(shop))

    def test_several_lists_are_not_guessed_between(self, connected):
        with running_shop() as shop:
            shop.wrong = [(200, {}, b'{"orders": [], "lines": []}')]
            with pytest.raises(RemoteProtocolError, match="several lists: orders, lines"):
                ids(connected(shop))


class TestSigningIn:
    def test_a_header(self, connected):
        with running_shop(wants="Token x") as shop:
            assert ids(connected(shop, sign_in=Header("Authorization", "Token x")))
            with pytest.raises(Unauthorized, match="who are you"):
                ids(connected(shop))

    def test_a_user_with_a_password(self, connected):
        with running_shop(wants="Basic YW5uOnB3") as shop:
            assert ids(connected(shop, sign_in=basic("ann", "pw")))

    def test_client_credentials_whose_token_is_renewed_when_it_is_refused(self, connected):
        with running_shop(token_secret="hush") as shop:
            sign_in = ClientCredentials(shop.url.removesuffix("/api") + "/token", "tieout", "hush")
            connection = connected(shop, sign_in=sign_in)
            assert ids(connection)
            assert shop.tokens == ["t0"]
            shop.tokens[0] = "expired"
            assert ids(connection)
            assert shop.tokens == ["expired", "t1"]
            wrong = ClientCredentials(sign_in.token_url, "tieout", "wrong")
            with pytest.raises(Unauthorized, match="invalid_client"):
                ids(connected(shop, sign_in=wrong))

    def test_no_secret_is_shown(self):
        assert "hush" not in repr([Header("X", "hush"), ClientCredentials("u", "c", "hush")])


class TestWriting:
    def test_refusals_are_told_in_their_own_words(self, connected, journal):
        with running_shop() as shop:
            done = write(
                connected(shop),
                journal,
                add("a", 1),
                add("d", 2, total="dear"),
                Modify(type="orders", record={"id": "zz"}, id="3"),
                Delete(type="orders", record={"id": "zz"}, id="4"),
                Put(type="orders", record={"total": 1}, id="5"),
                add("e", 6, total=Decimal("3.10")),
            )
            assert [type(each.error) for each in done] == [
                AlreadyExists,
                Invalid,
                NotFound,
                NotFound,
                Invalid,
                type(None),
            ]
            assert "order 2: POST" in str(done[1].error)
            assert "total is no number" in str(done[1].error)
            assert shop.orders["e"]["total"] == 3.10

    def test_with_an_idempotency_key_a_lost_answer_is_asked_for_again(self, connected, journal):
        with running_shop() as shop:
            shop.wrong = ["lost"]
            connection = connected(shop, idempotency_header="Idempotency-Key")
            done = write(connection, journal, Add(type="orders", record={"total": 1}, id="1"))
            assert [each.state for each in done] == ["done"]
            assert len(shop.orders) == 4

    def test_without_one_it_is_looked_up_or_left_for_a_person(self, connected, journal):
        with running_shop() as shop:
            shop.wrong = ["lost", None, "lost"]
            connection = connected(shop)
            done = write(connection, journal, add("d", 1), Add(type="orders", record={"total": 1}, id="2"))
            assert [each.state for each in done] == ["done", "unknown"]
            assert len(shop.orders) == 5

    def test_what_is_the_same_when_done_twice_is_sent_again(self, connected, journal):
        with running_shop() as shop:
            shop.wrong = ["lost"]
            done = write(connected(shop), journal, Put(type="orders", record={"id": "a", "total": 5}, id="1"))
            assert [each.state for each in done] == ["done"]
            assert shop.orders["a"]["total"] == 5

    def test_a_conflict_of_versions_is_stale(self, connected, journal):
        with running_shop() as shop:
            shop.wrong = [(412, {}, b"{}")]
            outcome = write(connected(shop), journal, Put(type="orders", record={"id": "a"}, id="1"))[0]
            assert isinstance(outcome.error, Stale)

    def test_a_service_that_goes_away_stops_the_run_and_nothing_is_lost(self, connected, journal):
        with running_shop() as shop:
            connection = connected(shop)
        with pytest.raises(Exception, match="cannot be reached") as gone:
            write(connection, journal, add("d", 1))
        assert gone.value.retryable
        with running_shop() as shop:
            assert write(connected(shop), journal, add("d", 1))[0].state == "done"
