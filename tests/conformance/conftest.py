from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import intuitlib.config
import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from quickbooks import QuickBooks

from tieout.sandbox.server import Sandbox, running_sandbox

REDIRECT = "http://localhost:5001/callback"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One shop for the tests of a file; each makes what it needs."""
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture
def auth_client(sandbox) -> Iterator[AuthClient]:
    """Intuit's own OAuth client, by Intuit's way of pointing it elsewhere."""
    with AuthClient(
        client_id=sandbox.keys.client_id,
        client_secret=sandbox.keys.client_secret,
        redirect_uri=REDIRECT,
        environment=f"{sandbox.base_url}/.well-known/openid_configuration",
    ) as client:
        yield client


@pytest.fixture
def books(sandbox, monkeypatch) -> Iterator[QuickBooks]:
    """python-quickbooks, signed in at the sandbox through Intuit's client."""
    discovery = f"{sandbox.base_url}/.well-known/openid_configuration"
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setitem(intuitlib.config.DISCOVERY_URL, "sandbox", discovery)
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{sandbox.base_url}/v3")
    keys = sandbox.keys
    with AuthClient(keys.client_id, keys.client_secret, REDIRECT, environment="sandbox") as auth_client:
        consent(auth_client, sandbox.realm)
        client = QuickBooks(auth_client=auth_client, company_id=auth_client.realm_id, minorversion=75)
        with client.session:
            yield client


def consent(auth_client: AuthClient, realm: str) -> None:
    """Pick a company on the authorize page and carry the code home, as a browser and a callback would."""
    address = auth_client.get_authorization_url([Scopes.ACCOUNTING])
    answer = requests.get(address, params={"approve": realm}, allow_redirects=False, timeout=60)
    received = {
        name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
    }
    assert received["state"] == auth_client.state_token
    auth_client.get_bearer_token(received["code"], realm_id=received["realmId"])
