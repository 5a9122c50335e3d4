"""Thousands of companies in one sandbox: each is its own, and opened when somebody comes."""

import httpx2

from tieout.sandbox.server import running_sandbox


def asked(sandbox, keys, realm):
    return httpx2.get(
        f"{sandbox.base_url}/v3/company/{realm}/query",
        params={"query": "select * from Term where Name = 'Mine alone'"},
        headers={"Authorization": f"Bearer {keys.access_token}", "Accept": "application/json"},
    )


def test_copies_are_companies_of_their_own():
    with running_sandbox("empty", copies=5000) as sandbox:
        assert len(sandbox.companies) == 5001
        first, other = list(sandbox.companies)[700], list(sandbox.companies)[4000]
        assert sandbox.companies[first].name == "Blank Page Company 700"
        sandbox.companies[first].create("Term", {"Name": "Mine alone", "DueDays": 3})
        keys = sandbox.sign_in(first)
        assert "Mine alone" in asked(sandbox, keys, first).text
        assert "Mine alone" not in asked(sandbox, sandbox.sign_in(other), other).text
        assert asked(sandbox, keys, other).status_code == 403


def test_only_companies_that_somebody_came_to_are_opened():
    with running_sandbox("empty", copies=5000) as sandbox:
        realm = list(sandbox.companies)[-1]
        assert asked(sandbox, sandbox.sign_in(realm), realm).status_code == 200
        assert len(sandbox.companies._ready) == 2
