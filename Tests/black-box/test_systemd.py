"""The service under systemd: the socket that it passes, what it is told, and SIGHUP."""

import os
import select
import signal
import socket
import time

from patience import LIMIT, wait_until
import pytest
from activation import ActivatedService, Notifications
from issuer import Issuer
from service import BINARY, BUMP, Service
from test_process import run

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def activated(tmp_path):
    """Makes services whose sockets are passed to them, and ends them."""
    made: list[ActivatedService] = []

    def make(**options) -> ActivatedService:
        made.append(ActivatedService(tmp_path, **options))
        return made[-1]

    yield make
    for service in made:
        if service.process:
            service.end()


def failure(service: ActivatedService, code: int = 1) -> str:
    assert service.process.wait(LIMIT) == code
    return service.log()


def wait_for_log(service: Service, *parts: str, count: int = 1, **keys) -> str:
    def last() -> str | None:
        lines = [line for line in service.log_lines() if keys.items() <= line.items()]
        lines = [line["message"] for line in lines if all(part in line["message"] for part in parts)]
        return lines[-1] if len(lines) >= count else None

    return wait_until(last, lambda: (parts, service.log()[-3000:]))


def hang_up(service: Service, count: int = 1) -> None:
    """Has the configuration read again, and waits until that is done."""
    service.process.send_signal(signal.SIGHUP)
    wait_for_log(service, "configuration read again", count=count)


def test_the_socket_is_served_and_said_where(activated):
    service = activated().start()
    wait_for_log(service, f"ready on http://127.0.0.1:{service.port} (the socket that systemd passed)")
    environment = open(f"/proc/{service.process.pid}/environ").read()
    assert "LISTEN_FDS" in environment, "what the kernel shows is the environment of the start"


def test_a_unix_socket_is_served_as_well(activated, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    path = str(tmp_path / "http.sock")
    listener.bind(path)
    listener.listen(100)
    service = activated(listener=listener)
    service.spawn()
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.sendall(b"GET /health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"I'm alive!" in b"".join(iter(lambda: client.recv(65536), b""))
    wait_for_log(service, f"ready on unix:{path}")


def test_a_socket_for_another_process_is_not_touched(activated):
    service = activated()
    service.spawn(owner="1", JOB_SERVICE_HTTP__PORT="0")
    assert "systemd" not in wait_for_log(service, "ready on http://127.0.0.1:")


@pytest.mark.parametrize(
    ("descriptors", "part"), [("2", "2 sockets were passed"), ("two", '"two" is not a number of descriptors')]
)
def test_what_cannot_be_served_ends_the_start_with_the_reason(activated, descriptors, part):
    service = activated()
    service.spawn(descriptors=descriptors)
    assert part in failure(service)


def test_a_socket_that_does_not_listen_is_refused(activated):
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    service = activated(listener=silent)
    service.spawn()
    assert "does not listen" in failure(service)


def test_a_socket_that_others_can_reach_takes_consent_without_authentication(activated):
    service = activated(listener=socket.create_server(("0.0.0.0", 0)))
    service.spawn()
    assert "allowUnauthenticated" in failure(service, 78)


def test_another_instance_on_the_address_still_fails_naming_the_port(activated, tmp_path):
    service = activated().start()
    other = run(cwd=tmp_path, JOB_SERVICE_HTTP__PORT=str(service.port), JOB_SERVICE_STORAGE__URL="sqlite:other.db")
    assert other.returncode == 1 and f"port {service.port} is already in use" in other.stderr


def test_what_connects_while_no_process_runs_is_served_by_the_next(activated):
    service = activated().start()
    assert service.stop() == 0
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(20)]
    for client in clients:
        client.sendall(b"GET /health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    service.start()
    for client in clients:
        assert b"I'm alive!" in b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("is_abstract", [False, True])
def test_systemd_is_told_of_start_reload_and_stop(activated, tmp_path, is_abstract):
    name = f"@job-service-{os.getpid()}" if is_abstract else str(tmp_path / "notify")
    notifications = Notifications(name)
    service = activated()
    service.spawn(NOTIFY_SOCKET=name)
    assert notifications.next("READY")["STATUS"].startswith(f"Ready on http://127.0.0.1:{service.port}")
    assert service.get("/health/ready").status == 200, "ready when it says so"
    before = time.monotonic_ns() // 1000
    service.process.send_signal(signal.SIGHUP)
    reloading = notifications.next("RELOADING")
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
    assert notifications.next("READY")["STATUS"] == "Ready, with the configuration read again"
    (tmp_path / "config.yaml").write_text("bogus: 1\n")
    service.process.send_signal(signal.SIGHUP)
    notifications.next("RELOADING")
    assert "refused" in notifications.next("READY")["STATUS"]
    service.process.send_signal(signal.SIGTERM)
    assert notifications.next("STOPPING")["STOPPING"] == "1"
    assert service.process.wait(LIMIT) == 0


def test_the_watchdog_hears_of_a_live_process_and_not_of_one_that_is_held_up(activated):
    name = f"@job-service-watchdog-{os.getpid()}"
    notifications = Notifications(name)
    service = activated()
    service.spawn(NOTIFY_SOCKET=name, WATCHDOG_USEC="200000")
    notifications.next("READY")
    for _ in range(3):
        notifications.next("WATCHDOG")
    service.process.send_signal(signal.SIGSTOP)
    while not notifications.messages.empty():
        notifications.messages.get()
    assert not select.select([notifications.socket], [], [], 0.5)[0]
    service.process.send_signal(signal.SIGCONT)
    notifications.next("WATCHDOG")


def test_a_watchdog_of_another_process_is_not_served(activated):
    name = f"@job-service-other-{os.getpid()}"
    notifications = Notifications(name)
    service = activated()
    service.spawn(NOTIFY_SOCKET=name, WATCHDOG_USEC="1000", WATCHDOG_PID="1")
    notifications.next("READY")
    service.process.send_signal(signal.SIGTERM)
    while "STOPPING" not in (message := notifications.messages.get(timeout=LIMIT)):
        assert "WATCHDOG" not in message


def test_sighup_puts_in_force_what_can_be_and_names_what_needs_a_restart(start, tmp_path):
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "config.yaml").write_text("http: {limits: {body: 1 MiB}}\n")
    secrets = folder / "secrets.json"
    secrets.write_text('{"API_KEYS": ["the-first-key-9f3a"]}')
    secrets.chmod(0o600)
    service = start({"SECRETS_FILE": "secrets.json"}, folder=folder)
    assert service.post_jobs(BUMP)[0]["msg"] == "Bumping the datastore is disabled"
    assert service.put("/jobs/none", {"status": "queued"}, headers={"X-API-Key": "the-second-key-7b1c"}).status == 401

    (folder / "config.yaml").write_text(
        "http: {threads: 3, limits: {body: 1 KiB}}\nlogging: {level: debug}\nmodules: {jobs: {bumpEnabled: true}}\n"
    )
    secrets.write_text('{"API_KEYS": ["the-second-key-7b1c"]}')
    hang_up(service)
    wait_for_log(service, 'http.limits.body: "1 MiB" -> "1 KiB" (config.yaml:1:35), in force now')
    wait_for_log(service, 'http.threads: "0" -> "3" (config.yaml:1:17), needs a restart')
    wait_for_log(service, "modules.authentication.apiKeys: changed (secrets.json, member API_KEYS), in force now")
    wait_for_log(service, "configuration read again: 4 changes in force, 1 that need a restart")
    assert service.post("/jobs", {"jobs": ["x" * 2000]}).status == 413
    assert service.post_jobs(BUMP)[0]["msg"] == "OK"
    assert service.put("/jobs/none", {"status": "queued"}, headers={"X-API-Key": "the-second-key-7b1c"}).status == 404
    assert service.put("/jobs/none", {"status": "queued"}, headers={"X-API-Key": "the-first-key-9f3a"}).status == 401
    service.get("/health/alive")
    wait_for_log(service, "responded", levelName="DEBUG")

    secrets.write_text("{}")
    hang_up(service)
    wait_for_log(service, "there are no API keys any more", levelName="WARNING")
    assert service.put("/jobs/none", {"status": "queued"}).status == 404


def test_sighup_refuses_a_bad_file_with_all_its_problems_and_goes_on(start, tmp_path):
    folder = tmp_path / "service"
    folder.mkdir()
    service = start(folder=folder)
    (folder / "config.yaml").write_text("http: {threads: none}\nmodules: {jobs: {bumpEnabled: true, extra: 1}}\n")
    service.process.send_signal(signal.SIGHUP)
    wait_for_log(service, "the configuration is refused for 2 problems; the one before stays in force")
    wait_for_log(service, "unknown key 'modules.jobs.extra', at config.yaml:2:37")
    assert service.get("/health/ready").status == 200
    assert service.post_jobs(BUMP)[0]["msg"] == "Bumping the datastore is disabled"
    (folder / "config.yaml").unlink()
    hang_up(service)
    wait_for_log(service, "configuration read again: nothing has changed")


def test_sighup_refuses_to_go_on_without_the_file_that_there_was(start, tmp_path):
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "config.yaml").write_text("modules: {authentication: {apiKeys: [the-first-key-9f3a]}}\n")
    service = start(folder=folder)
    (folder / "config.yaml").unlink()
    service.process.send_signal(signal.SIGHUP)
    wait_for_log(service, "configuration file 'config.yaml' does not exist")
    wait_for_log(service, "the configuration is refused for 1 problem; the one before stays in force")
    assert service.put("/jobs/none", {"status": "queued"}).status == 401, "the keys still hold"


def test_a_stop_during_the_start_is_no_failure(activated, tmp_path):
    for attempt in range(10):
        name = f"@job-service-stop-{os.getpid()}-{attempt}"
        notifications = Notifications(name)
        service = activated()
        service.spawn(NOTIFY_SOCKET=name, JOB_SERVICE_STORAGE__URL=f"sqlite:{tmp_path}/{attempt}.db")
        while "Starting the services" not in notifications.next("STATUS")["STATUS"]:
            pass
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(LIMIT) == 0, service.log()


def test_sighup_kills_the_process_neither_while_it_starts_nor_while_it_stops(activated, tmp_path):
    service = activated()
    service.spawn()
    while os.readlink(f"/proc/{service.process.pid}/exe") != os.path.realpath(BINARY):
        pass
    hanging_up = time.monotonic() + 1
    while time.monotonic() < hanging_up and "ready on" not in service.log():
        # Signals that come before the program has blocked them would end any program.
        if "SigBlk:\t0000000000004003" in open(f"/proc/{service.process.pid}/status").read():
            service.process.send_signal(signal.SIGHUP)
    service.wait_until_ready()
    slow = socket.create_connection(("127.0.0.1", service.port))
    slow.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
    service.get("/health/alive")
    service.process.send_signal(signal.SIGTERM)
    wait_for_log(service, "stopping")
    service.process.send_signal(signal.SIGHUP)
    wait_for_log(service, "SIGHUP: the configuration is not read again")
    slow.sendall(b'{"jobs":[]}')
    assert b"200 OK" in b"".join(iter(lambda: slow.recv(65536), b""))
    assert service.process.wait(LIMIT) == 0


def test_lines_of_a_traced_request_carry_its_trace_and_others_the_18_keys(service):
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "traced"}
    reply = service.get("/nowhere", headers=headers)
    version, trace, span, flags = reply.headers["traceresponse"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01") and span not in (PARENT, "0" * 16)
    service.get("/nowhere", headers={"traceparent": f"00-{TRACE}-{'0' * 16}-01", "X-Request-ID": "invalid"})
    wait_for_log(service, "responded", count=2)
    [traced] = [line for line in service.log_lines() if line["xRequestId"] == "traced"]
    assert (traced["trace.id"], traced["span.id"]) == (TRACE, span)
    [other] = [line for line in service.log_lines() if line["xRequestId"] == "invalid"]
    assert len(other) == 18 and traced.keys() - other.keys() == {"trace.id", "span.id"}


def test_keys_fetched_for_a_traced_request_carry_its_trace(start):
    issuer = Issuer()
    service = start({"JWKS_URL": issuer.url})
    token = issuer.token({}, header={"kid": "another"})
    headers = {"Cookie": f"authorization={token}; user-info={token}"}
    headers |= {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=mark"}
    reply = service.post("/jobs", {"jobs": []}, headers=headers)
    assert reply.status == 401
    assert issuer.last_headers["traceparent"] == reply.headers["traceresponse"]
    assert issuer.last_headers["tracestate"] == "vendor=mark"
    issuer.stop()


def test_readiness_tells_each_check_with_age_and_reason(start):
    service = start({"JOB_SERVICE_LIFECYCLE__GRACE": "30s"})
    ready = service.get("/health/ready", headers={"Accept": "application/json"})
    assert ready.json["status"] == "ready"
    for check in ready.json["checks"]:
        assert check["status"] == "ok" and "reason" not in check and 0 <= check["ageSeconds"] < 2
    service.process.send_signal(signal.SIGTERM)
    while (reply := service.get("/health/ready", headers={"Accept": "application/json"})).status == 200:
        pass
    [check] = reply.json["checks"]
    assert reply.status == 503 and reply.json["status"] == "not ready" and check["name"] == "lifecycle"
    assert check["status"] == "failed" and "stopping" in check["reason"] and check["ageSeconds"] >= 0
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(LIMIT) == 1
