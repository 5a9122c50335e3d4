"""A client of the sandbox, and what it makes of refusals."""

import httpx2

from tieout.sandbox.server import Sandbox


def signed_in(sandbox: Sandbox) -> httpx2.Client:
    """A client whose addresses begin behind the company's id."""
    headers = {"Authorization": f"Bearer {sandbox.keys.access_token}", "Accept": "application/json"}
    return httpx2.Client(
        base_url=f"{sandbox.base_url}/v3/company/{sandbox.realm}", headers=headers, timeout=60
    )


def fault(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal by the service."""
    return response.status_code, response.json()["Fault"]["Error"][0]["code"]


def gateway_fault(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal by the gateway."""
    return response.status_code, response.json()["fault"]["error"][0]["code"]
