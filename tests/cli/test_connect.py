import json
import os
import subprocess
import sys
import tomllib

import pytest

from tieout.sandbox.server import running_sandbox

from .conftest import call


@pytest.fixture(scope="module")
def shop():
    with running_sandbox("empty") as sandbox:
        yield sandbox


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tieout.toml"


def by_keys(shop, file, **others):
    keys = {
        "--base-url": shop.base_url,
        "--client-id": shop.keys.client_id,
        "--client-secret": shop.keys.client_secret,
        "--company": shop.realm,
        "--refresh-token": shop.keys.refresh_token,
        **others,
    }
    words = [word for pair in keys.items() if pair[1] is not None for word in pair]
    return call("connect", "books", *words, "--project", file, "--format", "json")


def test_a_sandbox_signs_in_by_itself_and_secrets_stay_out_of_the_file(shop, file):
    result = call("connect", "books", "--sandbox", shop.base_url, "--project", file, "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["company"] == shop.company.name
    written = tomllib.loads(file.read_text())["connection"]["books"]
    assert written == {
        "kind": "online",
        "company": shop.realm,
        "client_id": shop.keys.client_id,
        "base_url": shop.base_url,
    }
    assert shop.keys.client_secret not in file.read_text()


def test_a_sandbox_is_named_with_http(file):
    refused = call("connect", "books", "--sandbox", "127.0.0.1:8020", "--project", file)
    assert refused.exit_code == 2
    assert "'127.0.0.1:8020' is no address of a server" in refused.stderr
    refused = call("connect", "books", "--sandbox", "http://127.0.0.1:8020:", "--project", file)
    assert refused.exit_code == 2
    assert "'http://127.0.0.1:8020:' is no address of a server" in refused.stderr


def test_a_path_makes_it_a_duckdb_file_and_no_company(shop, file):
    assert call("connect", "warehouse", "--path", "w.duckdb", "--project", file).exit_code == 0
    assert tomllib.loads(file.read_text())["connection"]["warehouse"]["kind"] == "duckdb"
    assert call("connect", "books", "--sandbox", shop.base_url, "--project", file).exit_code == 0
    refused = call("connect", "books", "--path", "w.duckdb", "--project", file)
    assert refused.exit_code == 2
    assert "--path names a DuckDB file" in refused.stderr


def test_keys_and_a_refresh_token_need_no_browser(shop, file):
    result = by_keys(shop, file)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["company_id"] == shop.realm
    assert shop.keys.refresh_token not in file.read_text()


def test_the_secret_may_come_from_the_environment(shop, file, monkeypatch):
    monkeypatch.setenv("TIEOUT_CLIENT_SECRET", shop.keys.client_secret)
    assert by_keys(shop, file, **{"--client-secret": None}).exit_code == 0


def test_connecting_again_keeps_what_the_file_says(shop, file):
    call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    text = file.read_text().replace('kind = "online"', 'kind = "online"\nminor_version = 70 # ours')
    file.write_text("# about books\n" + text)
    again = call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    assert again.exit_code == 0
    assert "minor_version = 70 # ours" in file.read_text()
    assert file.read_text().startswith("# about books")


def test_a_table_that_was_written_by_hand_is_completed(shop, file):
    file.write_text('[connection.books]\nkind = "online"  # by hand\nminor_version = 70\n')
    refused = call("connect", "books", "--project", file)
    assert "There is no terminal here to ask for the client id." in refused.stderr
    assert by_keys(shop, file).exit_code == 0
    assert 'kind = "online"  # by hand' in file.read_text()
    assert tomllib.loads(file.read_text())["connection"]["books"] == {
        "kind": "online",
        "minor_version": 70,
        "company": shop.realm,
        "client_id": shop.keys.client_id,
        "base_url": shop.base_url,
    }


def test_another_table_that_lacks_something_is_named(shop, file):
    file.write_text('[connection.others]\nkind = "online"\n')
    result = call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    assert (result.exit_code, "[connection.others]: company is missing" in result.stderr) == (2, True)


def test_what_is_for_many_companies_or_for_sign_ins_is_refused_elsewhere(file):
    assert call("connect", "warehouse", "--path", "w.duckdb", "--project", file).exit_code == 0
    for option in (["--links"], ["--tokens", "t.csv"]):
        refused = call("connect", "warehouse", *option, "--project", file)
        assert (refused.exit_code, f"{option[0]} is for one that does" in refused.stderr) == (2, True)
    refused = call("connect", "warehouse", "--sign-out", "--project", file)
    assert "warehouse is of the kind duckdb, which nobody signs in to." in refused.stderr


def test_a_wrong_secret_is_told_and_nothing_is_written(shop, file):
    result = by_keys(shop, file, **{"--client-secret": "wrong"})
    assert (result.exit_code, result.stdout) == (3, "")
    assert "does not know this application" in result.stderr
    assert "keys page" in result.stderr
    assert not file.exists()


def test_a_revoked_refresh_token_is_told(shop, file):
    result = by_keys(shop, file, **{"--refresh-token": "RT1-gone"})
    assert result.exit_code == 3
    assert "refused the token" in result.stderr


@pytest.mark.parametrize("missing", ["--client-id", "--client-secret", "--company"])
def test_without_a_person_what_is_missing_is_named(shop, file, missing):
    result = by_keys(shop, file, **{missing: None})
    assert result.exit_code == 2
    assert f"Add {missing}" in result.stderr


def test_production_takes_no_http_redirect(file):
    result = call("connect", "books", "--client-id", "A", "--client-secret", "B", "--project", file)
    assert result.exit_code == 2
    assert "--redirect-uri" in result.stderr


def test_what_is_no_sandbox_is_told(file, unused_port):
    result = call("connect", "books", "--sandbox", f"http://127.0.0.1:{unused_port}", "--project", file)
    assert result.exit_code == 3
    assert "cannot be reached" in result.stderr


def test_a_duckdb_file_is_added_beside_a_process_that_waits_for_it(file):
    file.write_text('[process.mirror]\nfrom = "books:*"\nto = "warehouse:"\ndo = "put"\n')
    words = ("connect", "warehouse", "--kind", "duckdb", "--project", file)
    assert "--path" in call(*words).stderr
    assert call(*words, "--path", "w.duckdb").exit_code == 0
    assert tomllib.loads(file.read_text())["connection"]["warehouse"] == {
        "kind": "duckdb",
        "path": "w.duckdb",
    }


def test_a_company_that_is_not_ours_is_told(shop, file):
    call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    file.write_text(file.read_text().replace(shop.realm, "4620816365"))
    result = call("check", "--project", file)
    assert result.exit_code == 3
    assert f"There are sign-ins for {shop.realm}." in result.stderr
    assert "tieout connect books" in result.stderr


def test_a_sign_in_that_was_revoked_meanwhile_is_told(file):
    with running_sandbox("empty") as shop:
        call("connect", "books", "--sandbox", shop.base_url, "--project", file)
        shop.control.revoke_tokens()
        result = call("check", "books", "--project", file, "--format", "json")
    assert result.exit_code == 3
    assert "tieout connect books" in result.stderr
    assert json.loads(result.stdout)[0]["ok"] is False


def test_a_broken_file_is_named_before_anybody_signs_in(shop, file):
    file.write_text('[connection.books]\nkind = "onlin"\n')
    result = call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    assert result.exit_code == 2
    assert "line 2" in result.stderr
    assert "Did you mean online?" in result.stderr
    assert os.listdir(file.parent) == [file.name]


def test_check_names_a_misspelt_connection_and_an_empty_project(shop, file):
    file.write_text("")
    assert "has no connection yet" in call("check", "--project", file).stderr
    call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    assert "Did you mean books?" in call("check", "boks", "--project", file).stderr


def test_check_counts_this_months_reads(shop, file):
    call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    counts = [
        json.loads(call("check", "--project", file, "--format", "json").stdout)[0]["reads_this_month"]
        for _ in range(2)
    ]
    assert counts[1] == counts[0] + 1


APPROVE = """
import sys, urllib.parse, urllib.request
urllib.request.urlopen(sys.argv[1] + "&" + urllib.parse.urlencode({"approve": sys.argv[2]})).read()
"""


@pytest.mark.skipif(os.name == "nt", reason="there, no variable names the browser")
def test_a_person_signs_in_at_a_browser(shop, file, unused_port, tmp_path):
    program = tmp_path / "browser.py"
    program.write_text(APPROVE)
    command = [sys.executable, "-m", "tieout", "connect", "books", "--project", str(file), "--format", "json"]
    command += ["--base-url", shop.base_url, "--client-id", shop.keys.client_id]
    command += ["--redirect-uri", f"http://localhost:{unused_port}/callback"]
    browser = f"{sys.executable} {program} %s {shop.realm} &"
    secret = {"TIEOUT_CLIENT_SECRET": shop.keys.client_secret, "BROWSER": browser}
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["company_id"] == shop.realm
    assert "Sign in at:" in done.stderr
    assert tomllib.loads(file.read_text())["connection"]["books"]["redirect_uri"].endswith("/callback")


def test_signing_out_makes_the_tokens_worthless_here_and_there(file):
    with running_sandbox("empty") as own:
        assert call("connect", "books", "--sandbox", own.base_url, "--project", file).exit_code == 0
        left = call("connect", "books", "--sign-out", "--project", file)
        assert (left.exit_code, left.stdout) == (0, "")
        assert "connect books" in left.stderr
        again = call("check", "books", "--project", file)
        assert again.exit_code == 3
        assert "tieout connect books" in again.stderr


def test_the_doctor_examines_every_connection_that_can_be(shop, file):
    call("connect", "books", "--sandbox", shop.base_url, "--project", file)
    call("connect", "warehouse", "--path", "w.duckdb", "--project", file)
    examined = call("doctor", "--project", file, "--format", "json")
    assert examined.exit_code == 0, examined.stdout
    points = {row["point"]: row for row in json.loads(examined.stdout)}
    assert {row["connection"] for row in points.values()} == {"books"}
    assert {"application keys", "sign-in", "company", "clock"} <= points.keys()
    assert {row["state"] for row in points.values()} == {"ok"}
    assert shop.keys.client_secret not in examined.stdout


def test_the_doctor_says_when_nobody_signed_in(shop, file):
    file.write_text(
        f'[connection.books]\nkind = "online"\ncompany = "7"\nclient_id = "x"\nbase_url = "{shop.base_url}"\n'
    )
    examined = call("doctor", "books", "--project", file)
    assert examined.exit_code == 1
    assert "Nobody has signed in" in examined.stdout
    assert "tieout connect books" in examined.stdout


def test_a_connection_of_many_companies_is_told_of_and_not_asked(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text('[connection.books]\nkind = "online"\ncompany = "{realm}"\nclient_id = "x"\n')
    told = call("check", "--project", file, "--format", "json")
    assert told.exit_code == 0, told.stderr
    (row,) = json.loads(told.stdout)
    assert row["ok"] is None
    assert "tieout connect books" in row["companies"]
