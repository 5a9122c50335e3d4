from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest

from tieout.sandbox.doors.oauth_door import may_be_registered
from tieout.sandbox.server import running_sandbox

BACK = "http://localhost:8123/back"


@pytest.fixture
def web(sandbox):
    with httpx2.Client(base_url=sandbox.base_url, timeout=60) as client:
        yield client


@pytest.fixture
def ends(web):
    return web.get("/.well-known/openid_configuration").json()


def asking(sandbox, **changes):
    return {
        "client_id": sandbox.keys.client_id,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": BACK,
        "state": "s t&te",
        **changes,
    }


def consent(web, ends, sandbox, **changes):
    """What the application's redirect address receives."""
    params = asking(sandbox, **changes) | {"approve": sandbox.realm}
    answer = web.get(ends["authorization_endpoint"], params=params)
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def ask_tokens(web, ends, sandbox, auth=None, **form):
    keys = sandbox.keys
    return web.post(ends["token_endpoint"], data=form, auth=auth or (keys.client_id, keys.client_secret))


@pytest.mark.parametrize("name", ["openid_configuration", "openid_sandbox_configuration"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_discovery_names_addresses_of_this_sandbox(web, sandbox, name, slash):
    document = web.get(f"/.well-known/{name}{slash}").json()
    named = [value for key, value in document.items() if key.endswith(("_endpoint", "_uri", "issuer"))]
    assert len(named) == 6
    assert all(address.startswith(sandbox.base_url) for address in named)


def test_a_person_picks_a_company(web, ends, sandbox):
    page = web.get(ends["authorization_endpoint"], params=asking(sandbox)).text
    assert "Blank Page Company" in page
    assert f'value="{sandbox.realm}"' in page
    assert "s t&amp;te" in page
    assert "error=access_denied" in page


def test_the_page_shows_what_it_was_sent_as_text(web, ends, sandbox):
    page = web.get(ends["authorization_endpoint"], params=asking(sandbox, state='"><script>')).text
    assert "<script>" not in page


def test_consent_comes_back_with_code_state_and_company(web, ends, sandbox):
    received = consent(web, ends, sandbox, redirect_uri=BACK + "?page=1")
    assert received.keys() == {"page", "code", "state", "realmId"}
    assert received["state"] == "s t&te"
    assert received["realmId"] == sandbox.realm


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"response_type": "token"},
        {"scope": ""},
        {"scope": "com.intuit.quickbooks.accounting everything"},
        {"redirect_uri": "http://shop.example/back"},
        {"redirect_uri": "shop://back"},
        {"approve": "1"},
    ],
)
def test_a_wrong_request_for_consent_is_not_redirected(web, ends, sandbox, changes):
    params = {"approve": sandbox.realm} | asking(sandbox, **changes)
    answer = web.get(ends["authorization_endpoint"], params=params)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://shop.example/back", True),
        ("http://localhost:1/", True),
        ("http://127.0.0.1:5000/x", True),
        ("http://[::1]:5000/x", True),
        ("http://192.168.0.1/x", False),
        ("https://shop.example/#part", False),
        ("https:///x", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_which_redirect_addresses_may_be_registered(address, may):
    assert may_be_registered(address) is may


def test_a_code_becomes_tokens_that_open_the_company(web, ends, sandbox):
    code = consent(web, ends, sandbox)["code"]
    answer = ask_tokens(web, ends, sandbox, grant_type="authorization_code", code=code, redirect_uri=BACK)
    tokens = answer.json()
    assert tokens.keys() == {
        "token_type",
        "expires_in",
        "refresh_token",
        "x_refresh_token_expires_in",
        "access_token",
    }
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)
    assert "no-store" in answer.headers["cache-control"]
    company = web.get(
        f"/v3/company/{sandbox.realm}/companyinfo/{sandbox.realm}",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert company.json()["CompanyInfo"]["CompanyName"] == "Blank Page Company"


def test_a_code_of_another_address_is_refused_and_spent(web, ends, sandbox):
    code = consent(web, ends, sandbox)["code"]
    form = {"grant_type": "authorization_code", "code": code}
    for address in (BACK + "2", BACK):
        answer = ask_tokens(web, ends, sandbox, **form, redirect_uri=address)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_the_application_may_post_its_secret(web, ends, sandbox):
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.keys.refresh_token}
    secret = {"client_id": sandbox.keys.client_id, "client_secret": sandbox.keys.client_secret}
    assert web.post(ends["token_endpoint"], data=form | secret).status_code == 200


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Basic /w==", "Digest x"])
def test_a_garbled_application_is_refused(web, ends, header):
    answer = web.post(ends["token_endpoint"], headers={"Authorization": header}, data={"grant_type": "x"})
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_a_wrong_secret_is_refused(web, ends, sandbox):
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.keys.refresh_token}
    answer = ask_tokens(web, ends, sandbox, auth=(sandbox.keys.client_id, "wrong"), **form)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "undefined"}, "invalid_grant"),
    ],
)
def test_a_wrong_token_request_is_named(web, ends, sandbox, form, error):
    answer = ask_tokens(web, ends, sandbox, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_rotated_refresh_token_is_refused(web, ends, sandbox):
    first = sandbox.keys.refresh_token
    sandbox.control.advance_clock(86_400)
    second = ask_tokens(web, ends, sandbox, grant_type="refresh_token", refresh_token=first).json()
    assert second["refresh_token"] != first
    again = ask_tokens(web, ends, sandbox, grant_type="refresh_token", refresh_token=first)
    assert again.status_code == 400
    assert again.json() == {
        "error": "invalid_grant",
        "error_description": "Incorrect or invalid refresh token",
    }


def test_the_hard_end_is_told_to_who_asks(web, ends, sandbox):
    answer = web.post(
        ends["token_endpoint"],
        data={"grant_type": "refresh_token", "refresh_token": sandbox.keys.refresh_token},
        auth=(sandbox.keys.client_id, sandbox.keys.client_secret),
        headers={"x-include-refresh-token-hard-expires-in": "true"},
    )
    five_years = 5 * 365 * 86_400
    assert five_years - 60 <= answer.json()["x_refresh_token_hard_expires_in"] <= five_years


@pytest.mark.parametrize("as_json", [True, False])
def test_revoking_ends_the_sign_in(web, ends, sandbox, as_json):
    token = {"token": sandbox.keys.refresh_token}
    body = {"json": token} if as_json else {"data": token}
    secret = (sandbox.keys.client_id, sandbox.keys.client_secret)
    assert web.post(ends["revocation_endpoint"], **body, auth=secret).status_code == 200
    assert web.post(ends["revocation_endpoint"], **body, auth=secret).status_code == 400
    answer = ask_tokens(web, ends, sandbox, grant_type="refresh_token", refresh_token=token["token"])
    assert answer.json()["error"] == "invalid_grant"


def test_a_stranger_cannot_revoke(web, ends, sandbox):
    token = {"token": sandbox.keys.refresh_token}
    assert web.post(ends["revocation_endpoint"], json=token, auth=("a", "b")).status_code == 401
    for body in (b"{", b"[]", b'{"token": 1}'):
        answer = web.post(
            ends["revocation_endpoint"],
            content=body,
            headers={"content-type": "application/json"},
            auth=(sandbox.keys.client_id, sandbox.keys.client_secret),
        )
        assert answer.status_code == 400


def test_userinfo_wants_the_openid_scope(web, ends, sandbox):
    code = consent(web, ends, sandbox, scope="openid email")["code"]
    tokens = ask_tokens(
        web, ends, sandbox, grant_type="authorization_code", code=code, redirect_uri=BACK
    ).json()

    def who(token):
        return web.get(ends["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"})

    assert who(tokens["access_token"]).json()["emailVerified"] is True
    assert who(sandbox.keys.access_token).status_code == 403
    assert who("nonsense").status_code == 401


def test_the_id_token_is_signed_with_the_published_key(web, ends, sandbox):
    code = consent(web, ends, sandbox, scope="openid")["code"]
    tokens = ask_tokens(
        web, ends, sandbox, grant_type="authorization_code", code=code, redirect_uri=BACK
    ).json()
    key = jwt.PyJWKSet.from_dict(web.get(ends["jwks_uri"]).json()).keys[0]
    claims = jwt.decode(
        tokens["id_token"],
        key.key,
        algorithms=["RS256"],
        audience=sandbox.keys.client_id,
        issuer=ends["issuer"],
    )
    assert claims["realmid"] == sandbox.realm


def test_the_sandbox_has_a_redirect_address_of_its_own(web):
    page = web.get("/sandbox/callback", params={"code": "<b>", "realmId": "1"}).text
    assert "&lt;b&gt;" in page


def test_tokens_open_the_company_that_was_picked():
    with (
        running_sandbox(["empty", "small-shop"]) as sandbox,
        httpx2.Client(base_url=sandbox.base_url, timeout=60) as web,
    ):
        ends = web.get("/.well-known/openid_configuration").json()
        other = list(sandbox.companies)[1]
        params = asking(sandbox) | {"approve": other}
        answer = web.get(ends["authorization_endpoint"], params=params)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        token = ask_tokens(
            web, ends, sandbox, grant_type="authorization_code", code=code, redirect_uri=BACK
        ).json()["access_token"]
        opened = {
            realm: web.get(
                f"/v3/company/{realm}/preferences", headers={"Authorization": f"Bearer {token}"}
            ).status_code
            for realm in sandbox.companies
        }
        assert opened == {sandbox.realm: 403, other: 200}
