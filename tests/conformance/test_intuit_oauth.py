"""intuit-oauth, Intuit's own client, signs in at the sandbox."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from .conftest import REDIRECT, consent


def company_name(sandbox, access_token):
    answer = requests.get(
        f"{sandbox.base_url}/v3/company/{sandbox.realm}/companyinfo/{sandbox.realm}",
        headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
        timeout=60,
    )
    return answer.json()["CompanyInfo"]["CompanyName"] if answer.ok else answer.status_code


def test_it_finds_every_address_by_discovery(auth_client, sandbox):
    found = (
        auth_client.auth_endpoint,
        auth_client.token_endpoint,
        auth_client.revoke_endpoint,
        auth_client.issuer_uri,
        auth_client.jwks_uri,
        auth_client.user_info_url,
    )
    assert all(address.startswith(sandbox.base_url) for address in found)


def test_it_signs_in(auth_client, sandbox):
    consent(auth_client, sandbox.realm)
    assert auth_client.realm_id == sandbox.realm
    assert auth_client.expires_in == 3600
    assert auth_client.x_refresh_token_expires_in == 8_726_400
    assert company_name(sandbox, auth_client.access_token) == "Harbor Lane Goods"


def test_it_refreshes_and_the_new_access_token_works(auth_client, sandbox):
    consent(auth_client, sandbox.realm)
    before = auth_client.access_token
    auth_client.refresh()
    assert auth_client.access_token != before
    assert company_name(sandbox, auth_client.access_token) == "Harbor Lane Goods"


def test_it_is_told_that_a_rotated_value_is_dead(auth_client, sandbox):
    consent(auth_client, sandbox.realm)
    old = auth_client.refresh_token
    sandbox.control.rotate_always()
    try:
        auth_client.refresh()
    finally:
        sandbox.control.rotate_always(False)
    with pytest.raises(AuthClientError) as caught:
        auth_client.refresh(refresh_token=old)
    assert caught.value.status_code == 400
    assert b"invalid_grant" in caught.value.content
    assert caught.value.intuit_tid


def test_it_revokes(auth_client, sandbox):
    consent(auth_client, sandbox.realm)
    assert auth_client.revoke()
    assert company_name(sandbox, auth_client.access_token) == 401
    with pytest.raises(AuthClientError):
        auth_client.refresh()


def test_it_is_told_that_its_secret_is_wrong(sandbox):
    environment = f"{sandbox.base_url}/.well-known/openid_sandbox_configuration/"
    with AuthClient(sandbox.keys.client_id, "wrong", REDIRECT, environment) as impostor:
        with pytest.raises(AuthClientError) as caught:
            consent(impostor, sandbox.realm)
        assert caught.value.status_code == 401


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_it_accepts_the_id_token_and_reads_who_signed_in(auth_client, sandbox):
    address = auth_client.get_authorization_url([Scopes.OPENID, Scopes.EMAIL])
    answer = requests.get(address, params={"approve": sandbox.realm}, allow_redirects=False, timeout=60)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    auth_client.get_bearer_token(code, realm_id=sandbox.realm)
    assert auth_client.id_token is not None  # it keeps an id token only when the signature holds
    assert auth_client.get_user_info().json()["email"] == "owner@sandbox.example"
