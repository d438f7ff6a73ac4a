"""The operator's commands on a running and on a stopped service: jobs, maintenance."""

import json
import os
import signal
import socket
import stat
import threading

import mongodb
import pytest
from commands import command, control_socket
from issuer import Issuer
from mongodb import needs_sqlite
from patience import LIMIT
from stored_jobs import fill

# Every rule must hold whether the command asks the running service or opens the storage itself.
both = pytest.mark.parametrize("state", ["running", "stopped"])


@pytest.fixture
def on(start):
    """A service in which two jobs were posted, running or stopped."""

    def prepare(state, environment=None):
        service = start(environment)
        service.jobs = [service.post_job(target=target) for target in ("FIRST", "SECOND")]
        if state == "stopped":
            service.stop()
        return service

    return prepare


def reach(service):
    """The service for requests, started again if it was stopped."""
    if service.process.poll() is not None:
        service.start()
    return service


@pytest.fixture
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.stop()


@both
def test_jobs_are_listed_and_shown(on, state):
    service = on(state)
    first, second = service.jobs
    table = command(service, "jobs", "list")
    assert table.returncode == 0, table.stderr
    lines = table.stdout.splitlines()
    assert lines[0].split() == ["JOB", "STATUS", "OPERATION", "CREATED", "UPDATED", "TARGET"]
    assert [line.split()[0] for line in lines[1:]] == [first, second]
    assert len({line.index(word) for line, word in zip(lines[1:], ("FIRST", "SECOND"))}) == 1, "aligned"
    listed = json.loads(command(service, "jobs", "list", "--json").stdout)
    assert [job["parameters"]["target"] for job in listed] == ["FIRST", "SECOND"]
    assert json.loads(command(service, "jobs", "list", "--target", "SECOND", "--json").stdout) == listed[1:]
    assert json.loads(command(service, "jobs", "list", "--limit", "1", "--json").stdout) == listed[:1]
    assert json.loads(command(service, "jobs", "list", "--status", "built", "--json").stdout) == []
    assert json.loads(command(service, "jobs", "list", "--operation=REMOVE", "--json").stdout) == []
    shown = command(service, "jobs", "show", first)
    assert shown.returncode == 0 and "FIRST" in shown.stdout and "Test User" in shown.stdout
    assert json.loads(command(service, "jobs", "show", first, "--json").stdout) == listed[0]
    assert reach(service).get("/jobs").json == listed


@both
def test_a_stuck_job_is_failed_with_the_reason_in_its_log_and_its_target_is_free(on, state):
    service = on(state)
    first, second = service.jobs
    reason = 'The executor\'s host "x" burnt,\nélan \u001b[31mgone'
    result = command(service, "jobs", "fail", first, "--reason", reason)
    assert result.returncode == 0 and "FIRST" in result.stdout, result.stderr
    listed = json.loads(command(service, "jobs", "list", "--json").stdout)
    assert [job["jobId"] for job in listed] == [second], "a failed job is listed only on demand"
    listed = json.loads(command(service, "jobs", "list", "--all", "--json").stdout)
    assert [job["jobId"] for job in listed] == [second, first]
    assert json.loads(command(service, "jobs", "list", "--status", "failed", "--json").stdout) == listed[1:]
    shown = command(service, "jobs", "show", first).stdout
    assert "\u001b" not in shown, "what others have written cannot steer the terminal"
    job = reach(service).get(f"/jobs/{first}").json
    assert job["status"] == "failed"
    assert [line["message"] for line in job["log"]] == ["Set status: failed", reason]
    target = next(target for target in service.get("/targets").json if target["name"] == "FIRST")
    assert target["status"] == "failed" and target["lastUpdatedAt"] == job["log"][-1]["at"]
    service.post_job(target="FIRST")


@both
def test_a_finished_job_stays_as_it_is(on, state):
    service = on("running")
    first, second = service.jobs
    service.put(f"/jobs/{first}", {"status": "completed", "log": "done"})
    service.put(f"/jobs/{second}", {"status": "failed", "log": "by itself"})
    before = service.get("/jobs").json
    if state == "stopped":
        service.stop()
    for job, status in ((first, "completed"), (second, "failed")):
        result = command(service, "jobs", "fail", job, "--reason", "no longer needed")
        assert result.returncode == 1 and f"as {status}" in result.stderr and "stays as it is" in result.stderr
    for unknown in ("no-such-job", "../targets", "%2e%2e", "a b?c#d"):
        result = command(service, "jobs", "fail", unknown, "--reason", "x")
        assert result.returncode == 1 and "No job found" in result.stderr, (unknown, result.stderr)
        assert command(service, "jobs", "show", unknown).returncode == 1
    assert reach(service).get("/jobs").json == before


def test_a_job_that_is_failed_while_the_executor_works_on_it_has_one_end(start):
    service = start()
    for number in range(12):
        job = service.post_job(target=f"RACE_{number}")
        steps = ["initiated", "validating", "built"] + (["completed"] if number % 2 else ["failed"])

        def work(job=job, steps=steps):
            for step in steps * (3 if number < 4 else 1):
                if service.put(f"/jobs/{job}", {"status": step, "log": "executor"}).status != 200:
                    return

        executor = threading.Thread(target=work)
        executor.start()
        result = command(service, "jobs", "fail", job, "--reason", "operator")
        executor.join()
        stored = service.get(f"/jobs/{job}").json
        log = [line["message"] for line in stored["log"]]
        if result.returncode == 0:
            assert stored["status"] == "failed" and log[-2:] == ["Set status: failed", "operator"], log
        else:
            assert result.returncode == 1 and "stays as it is" in result.stderr
            assert log[-1] == "executor" and "operator" not in log
        target = next(target for target in service.get("/targets").json if target["name"] == f"RACE_{number}")
        assert target["status"] == stored["status"]
    assert service.get("/jobs?ignoreCompleted=true").json == []


@both
def test_maintenance_is_switched_and_told(on, state):
    service = on(state)
    assert command(service, "maintenance", "status").stdout.startswith("not paused since ")
    assert command(service, "maintenance", "on", "--message", "We need to upgrade").returncode == 0
    if state == "running":
        assert service.get("/maintenance-status").json["paused"] is True, "at once, whatever the service remembers"
    status = command(service, "maintenance", "status")
    assert status.stdout.startswith("paused since ") and "We need to upgrade" in status.stdout
    assert command(service, "maintenance", "off").returncode == 0
    status = json.loads(command(service, "maintenance", "status", "--json").stdout)
    assert status["paused"] is False and status["msg"] == "Maintenance is over."
    history = reach(service).get("/maintenance-history").json
    assert [entry["paused"] for entry in history] == [False, True, False] and history[0] == status


@both
def test_an_operator_needs_no_api_key(on, tmp_path, state):
    service = on("running", {"API_KEY": "s3cret-api-key", "JWT_AUTH": "false"})
    assert service.put(f"/jobs/{service.jobs[0]}", {"status": "built"}).status == 401
    if state == "stopped":
        service.stop()
    assert command(service, "jobs", "fail", service.jobs[0], "--reason", "x").returncode == 0
    assert command(service, "maintenance", "on", "--message", "x").returncode == 0
    service.stop()
    told = [line["message"] for line in service.log_lines() if line["loggerName"] == "operator" and line["method"] != "GET"]
    # On a server that others share a command does by itself what it does.
    goes_through = state == "running" and not mongodb.shared
    assert told == (["responded to operator"] * 2 if goes_through else [])


@both
def test_a_stack_that_observes_refuses_writes(on, state):
    service = on("running")
    before = service.get("/jobs").json
    service.stop()
    service.environment["JOB_SERVICE_HTTP__READ_ONLY"] = "true"
    if state == "running":
        service.start()
    assert command(service, "jobs", "list").returncode == 0
    for words in (["jobs", "fail", service.jobs[0], "--reason", "x"], ["maintenance", "on", "--message", "x"]):
        result = command(service, *words)
        assert result.returncode == 1 and "http.readOnly" in result.stderr
    assert reach(service).get("/jobs").json == before


@both
def test_a_disabled_module_has_no_commands(on, state):
    service = on("running")
    service.stop()
    service.environment |= {f"JOB_SERVICE_MODULES__{name}__ENABLED": "false" for name in ("JOBS", "TARGETS")}
    if state == "running":
        service.start()
    result = command(service, "jobs", "list")
    assert result.returncode == 78 and "modules.jobs.enabled" in result.stderr
    assert command(service, "maintenance", "status").returncode == 0


def test_a_wrong_configuration_is_78_and_the_commands_take_config(on):
    service = on("running")
    (service.folder / "other.yaml").write_text(f"http:\n  port: {service.port}\n  prot: 1\n")
    result = command(service, "jobs", "list", "--config", "other.yaml")
    assert result.returncode == 78 and "http.prot" in result.stderr and "other.yaml:3" in result.stderr
    (service.folder / "other.yaml").write_text("service:\n  stack: other\n")
    assert command(service, "jobs", "list", "--config", "other.yaml").returncode == 0
    assert command(service, "--config", "other.yaml", "maintenance", "status").returncode == 0


@needs_sqlite
def test_a_long_list_is_read_page_by_page(start):
    service = start()
    service.stop()
    fill(service.folder, "inprogress", 2300, "built")
    service.start()
    listed = json.loads(command(service, "jobs", "list", "--json").stdout)
    assert [job["jobId"] for job in listed] == [f"{number:012}" for number in range(2300)]
    assert len(command(service, "jobs", "list", "--limit", "1500").stdout.splitlines()) == 1501
    result = command(service, "jobs", "list", "--json", stdout="closed")
    assert result.returncode != 0 and service.get("/health/ready").status == 200


@needs_sqlite
def test_without_a_database_nothing_is_made(tmp_path, start):
    service = start()
    service.stop()
    empty = tmp_path / "empty"
    empty.mkdir()
    for words in (["jobs", "list"], ["maintenance", "status"], ["backup", "copy.db"]):
        result = command(service, *words, cwd=empty)
        assert result.returncode == 1 and "there is no database" in result.stderr and "--config" in result.stderr
    assert list(empty.iterdir()) == []


@needs_sqlite
def test_the_control_socket_is_for_the_owner_and_goes_with_the_service(start):
    service = start()
    path = control_socket(service)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_ISSOCK(path.stat().st_mode)
    service.stop()
    assert not path.exists()


@needs_sqlite
def test_a_socket_that_a_killed_service_left_keeps_nobody_out(on):
    service = on("running")
    service.kill()
    assert control_socket(service).exists()
    assert command(service, "jobs", "fail", service.jobs[0], "--reason", "killed").returncode == 0
    service.start()
    assert command(service, "jobs", "list").returncode == 0
    assert service.get(f"/jobs/{service.jobs[0]}").json["status"] == "failed"


@needs_sqlite
def test_a_path_too_long_for_a_socket_works(start, tmp_path):
    folder = tmp_path / ("long" * 40)
    service = start(folder=folder)
    assert len(str(control_socket(service))) > 108
    assert command(service, "maintenance", "status", cwd="/", JOB_SERVICE_STORAGE__URL=f"sqlite:{folder}/data/job-service.db").returncode == 0


def connect(connection: socket.socket, service) -> None:
    """Whatever the length of the socket's path, of which an address takes 108 bytes."""
    folder = os.open(control_socket(service).parent, os.O_PATH)
    connection.connect(f"/proc/self/fd/{folder}/{control_socket(service).name}")
    os.close(folder)


@needs_sqlite
def test_a_request_through_the_socket_is_logged_and_posting_in_somebodys_name_takes_their_tokens(start, issuer):
    service = start({"JWKS_URL": issuer.url})
    assert command(service, "maintenance", "on", "--message", "x").returncode == 0
    with socket.socket(socket.AF_UNIX) as connection:
        connect(connection, service)
        body = b'{"jobs": [{"operation": "ADD", "target": "X"}]}'
        connection.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert b"".join(iter(lambda: connection.recv(65536), b"")).startswith(b"HTTP/1.1 401 ")
    service.stop()
    lines = [line for line in service.log_lines() if line["loggerName"] == "operator"]
    assert [(line["method"], line["url"], line["statusCode"]) for line in lines] == [
        ("POST", "/maintenance-status", 200), ("POST", "/jobs", 401),
    ]


@needs_sqlite
def test_a_service_that_hangs_is_told_within_seconds(on):
    service = on("running")
    service.process.send_signal(signal.SIGSTOP)
    try:
        result = command(service, "jobs", "fail", service.jobs[0], "--reason", "hangs")
    finally:
        service.process.send_signal(signal.SIGCONT)
    assert result.returncode == 1 and "does not answer on" in result.stderr and "job-service.db" in result.stderr


@needs_sqlite
def test_a_service_that_holds_the_database_without_listening_is_named(on):
    service = on("running")
    control_socket(service).unlink()
    result = command(service, "jobs", "list")
    assert result.returncode == 1 and f"process {service.process.pid}" in result.stderr
    assert service.get("/health/ready").status == 200


@needs_sqlite
def test_commands_do_not_keep_a_service_from_starting_or_ending(start):
    service = start()
    job = service.post_job()
    ended = threading.Event()
    failures = []

    def ask():
        while not ended.is_set():
            result = command(service, "jobs", "list", "--json")
            if result.returncode != 0 or [each["jobId"] for each in json.loads(result.stdout)] != [job]:
                failures.append(result)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        assert service.stop() == 0
        service.start()
    ended.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


@needs_sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="acts as two users, which only root can")
def test_what_root_does_leaves_the_database_to_its_owner(on, tmp_path):
    service = on("stopped")
    data = service.folder / "data"
    (data / "job-service.db-lock").unlink()
    for path in [data, *data.iterdir()]:
        os.chown(path, 12345, 12345)
    assert command(service, "maintenance", "on", "--message", "by root").returncode == 0
    assert {path.stat().st_uid for path in [data, *data.iterdir()]} == {12345}


@needs_sqlite
def test_many_requests_of_commands_to_every_route_do_a_service_no_harm(service):
    paths = [route["path"] for route in json.loads(command(service, "routes", "--json").stdout)]
    for path in paths * 20:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT)
            connect(connection, service)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert b"".join(iter(lambda: connection.recv(65536), b"")).startswith(b"HTTP/1.1 "), path
    assert service.get("/health/ready").status == 200
    assert service.stop() == 0
