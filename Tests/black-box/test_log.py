"""The log, as operators and their tools read it."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess

import pytest
from mongodb import needs_sqlite
from patience import LIMIT, wait_until
from ports import free_port
from service import BINARY, Service

# Swift's spellings of values: `unavailable(reason: "…", retryAfter: 10)`, `CancellationError()`, `Optional("…")`.
SWIFT = re.compile(r"\b[a-z]\w+\((\w+: |\")|\bOptional\(|\w+(Error|Failure)\b|\b(Kernel|Storage\w+|Swift)\.")


def access_lines(service: Service, target: str) -> list[dict]:
    service.stop()
    return [line for line in service.log_lines() if line["url"] == target]


def test_a_request_is_logged_with_its_query_and_client(service):
    service.get("/jobs/none?a=b&token=s3cret-password")
    [line] = access_lines(service, "/jobs/none?a=b&token=***")
    assert line["source_host"] == "127.0.0.1" and line["statusCode"] == 404 and 0 < line["responseTime"] < 60_000
    for other in service.log_lines():
        assert other["source_host"] == ("127.0.0.1" if other["method"] else "")


@pytest.mark.parametrize(("access", "level"), [("notable", None), ("all", "INFO")])
def test_polls_have_a_line_if_all_are_wanted(start, access, level):
    service = start({"JOB_SERVICE_LOGGING__ACCESS": access})
    assert service.get("/jobs?status=queued").status == 200
    assert [line["levelName"] for line in access_lines(service, "/jobs?status=queued")] == ([level] if level else [])


@pytest.mark.parametrize(
    ("proxies", "headers", "client"),
    [
        ("127.0.0.0/8", {"X-Forwarded-For": "1.2.3.4, 203.0.113.7, 127.0.0.9"}, "203.0.113.7"),
        ("127.0.0.1", {"X-Forwarded-For": "[2001:db8::1]:4711"}, "2001:db8::1"),
        ("127.0.0.1", {"Forwarded": 'for=1.2.3.4, for="[2001:db8::1]:4711";proto=https'}, "2001:db8::1"),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=1.2.3.4"}, "203.0.113.7"),
        ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4, unknown"}, "127.0.0.1"),
        ("10.0.0.0/8", {"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1"),
        ("", {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}, "127.0.0.1"),
    ],
)
def test_a_proxy_is_believed_only_if_it_is_trusted(start, proxies, headers, client):
    service = start({"JOB_SERVICE_HTTP__TRUSTED_PROXIES": proxies})
    service.get("/nothing", headers=headers)
    assert [line["source_host"] for line in access_lines(service, "/nothing")] == [client]


def test_proxies_and_access_are_taken_over_at_sighup(start, tmp_path):
    service = start(folder=tmp_path)
    (tmp_path / "config.yaml").write_text("http: {trustedProxies: [127.0.0.1]}\nlogging: {access: all}\n")
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "2 changes in force" in service.log(), lambda: service.log())
    service.get("/jobs?limit=1", headers={"X-Forwarded-For": "203.0.113.7"})
    assert [line["source_host"] for line in access_lines(service, "/jobs?limit=1")] == ["203.0.113.7"]


def test_a_failed_request_is_one_line_that_says_why_in_an_operators_words(start, tmp_path):
    (tmp_path / "input").mkdir()
    service = start({"INPUT_DIR": str(tmp_path / "input")}, folder=tmp_path)
    shutil.rmtree(tmp_path / "input")
    assert service.get("/importable-datasets", headers={"X-Request-ID": "it-fails"}).status == 503
    service.stop()
    [line] = [line for line in service.log_lines() if line["xRequestId"] == "it-fails"]
    assert line["levelName"] == "ERROR" and line["statusCode"] == 503
    assert "the input directory" in line["message"] and "No such file or directory" in line["message"]
    assert not SWIFT.search(service.log()), SWIFT.search(service.log())


@needs_sqlite
def test_a_database_that_is_gone_is_told_in_an_operators_words(start):
    service = start()
    for file in service.folder.glob("data/job-service.db*"):
        file.unlink()
    reply = service.post("/jobs", {"jobs": [{"operation": "ADD", "target": "A"}]}, headers={"X-Request-ID": "gone"})
    assert reply.status == 503
    service.stop()
    errors = [line for line in service.log_lines() if line["level"] >= 40]
    assert [(line["xRequestId"], line["statusCode"]) for line in errors] == [("gone", 503)]
    assert "the database file was removed or replaced while in use" in errors[0]["message"]
    assert not SWIFT.search(service.log()), SWIFT.search(service.log())


def test_threads_are_called_by_what_they_do(start):
    service = start({"JOB_SERVICE_LOGGING__LEVEL": "debug"})
    for target in ("/jobs", "/health/ready", "/metrics", "/maintenance-status"):
        service.get(target)
    service.post_job()
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "configuration read again" in service.log(), lambda: service.log())
    service.stop()
    threads = {line["thread"] for line in service.log_lines()}
    assert "main" in threads and not any("qos" in name or not name for name in threads), threads


def test_text_is_for_people(start):
    service = start({"JOB_SERVICE_LOGGING__FORMAT": "text", "JOB_SERVICE_LOGGING__ACCESS": "all"})
    service.get("/jobs?status=queued", headers={"X-Request-ID": "find-me"})
    service.stop()
    assert "\u001b" not in service.log()
    when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    for line in service.log().splitlines():
        assert re.fullmatch(rf"{when} (DEBUG|INFO|WARNING|ERROR) +\S.* \[.+\]", line), line
    told = rf"^{when} INFO     GET /jobs\?status=queued 200 in \d+\.\d+ ms \[access 127\.0\.0\.1 find-me\]$"
    assert re.search(told, service.log(), re.M), service.log()


@pytest.mark.parametrize(
    ("environment", "is_text", "is_coloured"),
    [
        ({}, True, True), ({"NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, True, False),
        ({"JOB_SERVICE_LOGGING__FORMAT": "json"}, False, False),
    ],
)
def test_a_terminal_gets_text_unless_json_is_wanted(tmp_path, environment, is_text, is_coloured):
    terminal, side = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "JOB_SERVICE_HTTP__PORT": "0"} | environment
    process = subprocess.Popen([BINARY], cwd=tmp_path, env=environment, stdout=side, stderr=side)
    os.close(side)
    shown = b""
    while b"ready on" not in shown or not shown.endswith(b"\n"):
        shown += os.read(terminal, 65536)
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0
    os.close(terminal)
    lines = shown.decode().splitlines()
    assert all(line.startswith("{") != is_text for line in lines), lines
    assert ("\u001b[" in shown.decode()) == is_coloured


def test_a_log_that_nobody_reads_holds_up_neither_requests_nor_the_end(tmp_path):
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(port), "JOB_SERVICE_LOGGING__LEVEL": "debug",
    }
    process = subprocess.Popen(
        [BINARY], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    service = Service(tmp_path)
    service.port, service.process = port, process
    service.wait_until_ready()
    for number in range(300):
        assert service.get(f"/jobs?{'x' * 4000}={number}").status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0
    process.stdout.close()


@pytest.mark.parametrize("variable", ["JOB_SERVICE_NO__THING", "JOB_SERVICE_HTTP__PORT"])
def test_a_start_that_fails_ends_though_nobody_reads_why(tmp_path, variable):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    environment = {"PATH": os.environ["PATH"], variable: "wrong"}
    process = subprocess.Popen([BINARY], cwd=tmp_path, env=environment, stdout=writing, stderr=writing)
    assert process.wait(LIMIT) == 78
    os.close(reading)
    os.close(writing)


def can_unshare() -> bool:
    words = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    return shutil.which("unshare") is not None and subprocess.run(words, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_unshare(), reason="no new namespaces of processes can be made here")
def test_the_first_process_of_a_container_leaves_no_zombies(start, tmp_path):
    """Orphans of a shell that became the service, some of which had ended before and some of which end later."""
    orphan = "(sleep 0 & sleep {0} & exec sleep 0) & "
    script = tmp_path / "entrypoint"
    script.write_text(f"#!/bin/sh\n{orphan.format(0)}{orphan.format('$LATER')}sleep 0 & exec {BINARY} \"$@\"\n")
    script.chmod(0o755)
    port, ready = free_port(), tmp_path / "ready"
    os.mkfifo(ready)
    inner = (
        f"(until exec 3<>/dev/tcp/127.0.0.1/{port}; do :; done) 2>/dev/null; "
        "for i in $(seq 20); do (sleep 0 & exec true); done; "
    )
    environment = {"PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(port), "LATER": "1"}
    process = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", str(script)], cwd=tmp_path, env=environment,
        stdout=subprocess.PIPE, text=True,
    )
    service = Service(tmp_path)
    service.port, service.process = port, process
    service.wait_until_ready()
    [first] = children(process.pid)
    enter = ["nsenter", "--target", str(first), "--pid", "--mount", "bash", "-c", inner]
    assert subprocess.run(enter, timeout=LIMIT).returncode == 0
    wait_until(lambda: children(first) == [], lambda: f"{states(first)}")
    os.kill(first, signal.SIGTERM)
    assert process.wait(LIMIT) == 0
    process.stdout.close()


def children(parent: int) -> list[int]:
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as stat:
                if int(stat.read().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry))
        except OSError:
            continue
    return found


def states(parent: int) -> list[str]:
    return [open(f"/proc/{child}/stat").read() for child in children(parent)]
