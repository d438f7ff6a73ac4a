"""What holds for every route: the contract's sections "Everywhere" and "Probes"."""

import json
import re

import pytest


def test_probes_answer(service):
    assert service.get("/health/alive").text == "I'm alive!"
    detail = service.get("/health/alive", headers={"Accept": "application/json"}).json
    assert detail["status"] == "alive" and [check["status"] for check in detail["checks"]] == ["ok"]
    assert service.get("/health/ready").text == "I'm ready!"
    detail = service.get("/health/ready", headers={"Accept": "application/json"}).json
    assert {check["name"]: check["status"] for check in detail["checks"]}["storage"] == "ok"
    version = service.get("/version").json
    assert set(version) == {"service", "version", "commit", "stack", "modules", "storage", "startedAt"}
    assert version["service"] == "job-service" and "jobs" in version["modules"]


def test_version_shows_the_stack_and_the_commit(start):
    version = start({"STACK": "qa", "COMMIT_ID": "abc123"}).get("/version").json
    assert (version["stack"], version["commit"]) == ("qa", "abc123")


@pytest.mark.parametrize("given", ["abc", "A-b_c.d:1", "x" * 128])
def test_a_well_formed_request_id_comes_back(service, given):
    assert service.get("/health/alive", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "a b", "a/b", "\u00e6"])
def test_any_other_request_id_is_replaced(service, given):
    headers = {} if given is None else {"X-Request-ID": given.encode()}
    own = service.get("/health/alive", headers=headers).headers["X-Request-ID"]
    assert re.fullmatch(r"job-service-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", own)


def test_errors_carry_the_request_id_that_the_log_has(service):
    reply = service.get("/nothing", headers={"X-Request-ID": "find-me"})
    assert reply.status == 404 and reply.json["requestId"] == "find-me" and reply.json["code"] == "route.not-found"
    service.stop()
    [line] = [line for line in service.log_lines() if line["xRequestId"] == "find-me"]
    assert (line["statusCode"], line["levelName"], line["method"], line["url"]) == (404, "WARNING", "GET", "/nothing")


def test_known_paths_with_other_methods_are_405_with_allow(service):
    reply = service.delete("/jobs")
    assert reply.status == 405 and set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "PUT", "OPTIONS"}
    assert set(service.request("OPTIONS", "/jobs/x").headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT", "OPTIONS"}
    assert service.request("BREW", "/jobs").status == 501


def test_head_is_get_without_a_body(service):
    for target in ("/health/alive", "/jobs", "/version"):
        head, get = service.request("HEAD", target), service.get(target)
        assert head.body == b"" and head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))


def test_log_lines_have_the_eighteen_keys(service):
    service.get("/jobs/nope")
    service.stop()
    keys = [
        "@timestamp", "command", "error.stack", "host", "message", "level", "levelName", "loggerName", "method",
        "responseTime", "schemaVersion", "serviceName", "serviceVersion", "source_host", "statusCode", "thread",
        "url", "xRequestId",
    ]
    lines = service.log().splitlines()
    assert len(lines) > 2
    for line in map(json.loads, lines):
        assert list(line) == keys
        assert line["schemaVersion"] == "v3"
        numbers = {"level", "responseTime", "statusCode"}
        assert all(isinstance(line[key], str) for key in keys if key not in numbers), line
        assert line["statusCode"] is None or isinstance(line["responseTime"], float)


def test_a_large_body_is_413_and_a_malformed_path_400(service):
    assert service.post("/jobs", b" " * (5 << 20)).status == 413
    assert service.get("/jobs/%zz").status == 400
    assert service.get("/jobs/%00").status == 400
    assert service.get("/jobs/%ff").status == 400
