"""Authentication as an operator sets it up and a browser's user meets it: the contract's section "Authentication"."""

import json
import os
import signal
import socket
import stat
import subprocess
import time

from patience import LIMIT, wait_until
import pytest
from issuer import USER_ID, Issuer
from mongodb import needs_sqlite
from ports import free_port
from service import BINARY, Service

ONE_JOB = {"jobs": [{"operation": "ADD", "target": "MY_DATASET"}]}


@pytest.fixture
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.stop()


def check(environment: dict[str, str], cwd) -> subprocess.CompletedProcess:
    """Boots the service with a configuration that must keep it from starting."""
    environment = {"PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(free_port())} | environment
    return subprocess.run([BINARY], cwd=cwd, env=environment, capture_output=True, text=True, timeout=LIMIT)


def test_an_administrator_posts_with_real_tokens(start, issuer):
    service = start({"JWKS_URL": issuer.url})
    assert service.post("/jobs", ONE_JOB).json["message"] == "Unauthorized. No authorization token was provided"
    reply = service.post("/jobs", ONE_JOB, headers=issuer.cookies())
    assert reply.status == 200, reply.text
    created_by = service.get("/jobs/" + reply.json[0]["job_id"]).json["createdBy"]
    assert created_by == {"userId": USER_ID, "firstName": "Kari", "lastName": "Nordmann"}
    assert issuer.requests == 1


def test_nobody_waits_for_keys_where_nothing_need_be_proved(tmp_path, issuer):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
        service = Service(
            tmp_path, {"JWKS_URL": url, "JOB_SERVICE_MODULES__AUTHENTICATION__FETCH_TIMEOUT": "25s",
                       "JOB_SERVICE_HTTP__DEADLINES__HANDLER": "100s"})
        service.wait_until_ready = lambda: None
        service.start()
        try:
            wait_until(lambda: answers(service), service.log)
            begun = time.monotonic()
            for _ in range(3):
                reply = service.request("PUT", "/jobs/none", {"status": "built"}, headers=issuer.cookies())
                assert reply.status == 404, reply.text
            assert time.monotonic() - begun < 20
        finally:
            service.kill()


def answers(service) -> bool:
    try:
        return service.get("/health/alive").status == 200
    except OSError:
        return False


def test_the_readme_environment_starts_though_its_jwks_url_is_a_dummy(start, tmp_path):
    service = Service(tmp_path, {"JWKS_URL": "http://dummy.invalid"})
    service.wait_until_ready = lambda: None
    service.start()
    try:
        wait_until(lambda: answers(service), service.log)
        assert service.get("/jobs").json == []
        assert service.get("/health/ready").status == 503
        reply = service.post("/jobs", ONE_JOB, headers=Issuer().cookies())
        assert reply.status == 503 and reply.headers["Retry-After"] and reply.json["code"] == "auth.keys-unavailable"
    finally:
        service.stop()


def test_keys_come_over_https_from_a_trusted_server_only(start, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    issuer = Issuer((str(certificate), str(key)))
    trusting = {"JWKS_URL": issuer.url, "JOB_SERVICE_MODULES__AUTHENTICATION__CA_FILE": str(certificate)}
    service = start(trusting)
    assert service.post("/jobs", ONE_JOB, headers=issuer.cookies()).status == 200

    stranger = Service(tmp_path / "stranger", {"JWKS_URL": issuer.url})
    stranger.folder.mkdir()
    stranger.wait_until_ready = lambda: None
    stranger.start()
    try:
        wait_until(lambda: "signing keys cannot be fetched" in stranger.log(), stranger.log)
        assert "self-signed certificate" in stranger.log()
        assert stranger.post("/jobs", ONE_JOB, headers=issuer.cookies()).status == 503
    finally:
        stranger.stop()
        issuer.stop()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"JWT_AUTH": "true"}, "modules.authentication.jwksURL: is required"),
        ({"JWKS_URL": "file:///etc/passwd"}, "is no http or https URL"),
        ({"JOB_SERVICE_HTTP__HOST": "0.0.0.0"}, "http.allowUnauthenticated: true"),
        ({"JOB_SERVICE_HTTP__HOST": "0.0.0.0", "JWT_AUTH": "false", "JWKS_URL": "http://x"}, "allowUnauthenticated"),
        ({"JOB_SERVICE_HTTP__TRUSTED_ORIGINS": "example.org"}, "is not an origin"),
    ],
)
def test_what_would_be_open_by_mistake_does_not_start(environment, words, tmp_path):
    outcome = check(environment, tmp_path)
    assert outcome.returncode == 78
    assert words in outcome.stderr


def test_an_open_service_says_so_and_listens_elsewhere_with_consent(start):
    service = start({"JOB_SERVICE_HTTP__HOST": "0.0.0.0", "JOB_SERVICE_HTTP__ALLOW_UNAUTHENTICATED": "true"})
    assert service.post("/jobs", ONE_JOB).status == 200
    service.stop()
    assert any(
        line["levelName"] == "WARNING" and line["message"].startswith("authentication is off")
        for line in service.log_lines()
    )


def test_api_keys_of_the_secrets_file_guard_the_services_routes(start, issuer, tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"API_KEYS": ["the-first-key-9f3a", "the-second-key-7b1c"], "UNRELATED": 1}))
    secrets.chmod(0o600)
    service = start({"SECRETS_FILE": str(secrets), "JWKS_URL": issuer.url})
    assert service.put("/jobs/x", {"status": "queued"}).status == 401
    assert service.put("/jobs/x", {"status": "queued"}, headers={"X-API-Key": "the-first-key"}).status == 401
    for key in ("the-first-key-9f3a", "the-second-key-7b1c"):
        assert service.put("/jobs/x", {"status": "queued"}, headers={"X-API-Key": key}).status == 404
    assert "can be read by other users" not in service.log()
    service.stop()
    assert "-key-" not in service.log()


def test_keys_with_names_and_roles_are_rotated_at_sighup_and_named_in_the_log(start, issuer, tmp_path):
    secrets = tmp_path / "secrets.json"

    def keep(*keys) -> None:
        secrets.write_text(json.dumps({"API_KEYS": keys}))
        secrets.chmod(0o600)

    def put(key: str, target: str = "/jobs/x") -> int:
        return service.put(target, {"status": "queued"}, headers={"X-API-Key": key}).status

    def pause(key: str) -> int:
        return service.post("/maintenance-status", {"msg": "m", "paused": True}, headers={"X-API-Key": key}).status

    keep({"name": "executor", "key": "s3cret-executor-1"}, {"name": "deployer", "key": "s3cret-deployer-1", "roles": ["operator"]})
    service = start({"SECRETS_FILE": str(secrets), "JWKS_URL": issuer.url})
    assert (put("s3cret-executor-1"), put("s3cret-deployer-1"), pause("s3cret-deployer-1")) == (404, 403, 200)
    assert "s3cret" not in service.get("/version").text

    keep({"name": "executor", "key": "s3cret-executor-2"}, {"name": "executor-old", "key": "s3cret-executor-1"})
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "1 changes in force" in service.log(), service.log)
    assert (put("s3cret-executor-1"), put("s3cret-executor-2"), pause("s3cret-deployer-1")) == (404, 404, 401)

    keep({"name": "executor", "key": "s3cret-executor-3", "roles": ["servant"]})
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "the configuration is refused" in service.log(), service.log)
    assert put("s3cret-executor-2") == 404, "the one before stays in force"
    service.stop()
    log = service.log()
    assert '\\"servant\\" is no role of this stack' in log and "member API_KEYS" in log and "s3cret" not in log
    lines = [line["message"] for line in service.log_lines() if line["method"] in ("PUT", "POST")]
    executor, old, deployer = (f"responded to service {name}" for name in ("executor", "executor-old", "deployer"))
    assert lines == [executor, deployer, deployer, old, executor, "responded", executor]
    assert all(len(line) == 18 for line in service.log_lines())


def test_check_shows_no_key_and_tells_what_is_wrong_with_one(tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"API_KEYS": ["s3cret-plain", {"name": "a", "key": "s3cret"}]}))
    secrets.chmod(0o600)
    outcome = subprocess.run(
        [BINARY, "check"], cwd=tmp_path, env={"PATH": os.environ["PATH"], "SECRETS_FILE": str(secrets)},
        capture_output=True, text=True, timeout=LIMIT,
    )
    assert outcome.returncode == 78
    told = outcome.stdout + outcome.stderr
    assert "modules.authentication.apiKeys[1].key: has 6 bytes, fewer than 16" in told
    assert f"{secrets}, member API_KEYS" in told and "openssl rand -hex 24" in told
    assert "s3cret" not in told and "apiKeys: [***, ***]" in told


def test_an_administrator_does_with_cookies_what_a_key_may(start, issuer):
    service = start({"JWKS_URL": issuer.url, "API_KEY": "the-only-key-of-all"})
    [created] = service.post("/jobs", ONE_JOB, headers=issuer.cookies()).json
    update = f"/jobs/{created['job_id']}"
    assert service.put(update, {"status": "initiated"}).status == 401
    assert service.put(update, {"status": "initiated"}, headers=issuer.cookies()).status == 200
    assert service.post("/maintenance-status", {"msg": "m", "paused": True}, headers=issuer.cookies()).status == 200
    assert service.request("DELETE", "/importable-datasets/NONE", headers=issuer.cookies()).status == 404
    evil = issuer.cookies() | {"Origin": "http://evil.example.org"}
    assert service.put(update, {"status": "failed"}, headers=evil).json["code"] == "origin.refused"
    service.stop()
    who = f'responded to administrator "Kari Nordmann" ({USER_ID})'
    assert [line["message"] for line in service.log_lines() if line["method"] == "DELETE"] == [who]


def test_a_secrets_file_that_others_can_read_gives_a_warning(start, tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"API_KEY": "only-one"}))
    secrets.chmod(0o644)
    service = start({"SECRETS_FILE": str(secrets)})
    assert "can be read by other users" in service.log()
    assert service.put("/jobs/x", {"status": "queued"}, headers={"X-API-Key": "only-one"}).status == 404
    assert service.put("/jobs/x", {"status": "queued"}).status == 401


@needs_sqlite
def test_data_files_are_for_the_owner_only(start):
    previous = os.umask(0)
    try:
        service = start()
        service.post_job()
    finally:
        os.umask(previous)
    files = [path for path in (service.folder / "data").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_no_token_cookie_or_secret_is_ever_logged(start, issuer, tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"API_KEY": "s3cret-api-key", "MONGODB_PASSWORD": "s3cret-password"}))
    secrets.chmod(0o600)
    service = start(
        {"SECRETS_FILE": str(secrets), "JWKS_URL": issuer.url, "JOB_SERVICE_LOGGING__LEVEL": "debug"}
    )
    good, bad = issuer.authorization(), issuer.authorization(aud="elsewhere")
    info = issuer.user_info()
    for token in (good, bad, "s3cret-malformed", good[:-4]):
        service.post("/jobs", ONE_JOB, headers={"Cookie": f"authorization={token}; user-info={info}"})
        service.post("/jobs", b"{", headers={"Cookie": f"authorization={token}; user-info={info}"})
        service.get(f"/jobs?token={token}", headers={"Authorization": f"Bearer {token}"})
        service.get("/nothing", headers={"Cookie": f"authorization={token}"})
    service.put("/jobs/x", {"status": "failed", "log": "s3cret-body"}, headers={"X-API-Key": "s3cret-api-key"})
    service.put("/jobs/x", {"status": "failed"}, headers={"X-API-Key": "s3cret-wrong-key"})
    service.stop()
    log = service.log()
    assert "refused: " in log and "s3cret" not in log
    for token in (good, bad, info):
        for part in token.split("."):
            assert part not in log
