"""What happens is told to followers exactly once and in order, whatever becomes of the service meanwhile.

CRASH_ROUNDS says how often the service is killed (10 by default).
"""

import http.client
import json
import os
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from followers import Follower, events, read_all
from mongodb import MongoDBServer, needs_mongodb, needs_sqlite, new_database
from patience import LIMIT, wait_until

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))
ON = {"JOB_SERVICE_MODULES__EVENTS__ENABLED": "true"}


class Writer(threading.Thread):
    """Posts jobs and finishes them, and remembers what was acknowledged."""

    def __init__(self, services, number):
        super().__init__(daemon=True)
        self.services, self.number = services, number
        self.created: set[str] = set()
        self.finished: set[str] = set()
        self.ended = threading.Event()
        self.problem = None

    def run(self):
        turn = 0
        try:
            while not self.ended.is_set():
                turn += 1
                service = self.services[turn % len(self.services)]
                try:
                    reply = service.post("/jobs", {"jobs": [{"operation": "ADD", "target": f"W{self.number}_{turn}"}]})
                    if reply.status != 200 or reply.json[0]["status"] != "CREATED":
                        continue
                    job = reply.json[0]["job_id"]
                    self.created.add(job)
                    if service.put(f"/jobs/{job}", {"status": "completed", "log": "x"}).status == 200:
                        self.finished.add(job)
                except (OSError, http.client.HTTPException):
                    time.sleep(0.02)
        except Exception as problem:
            self.problem = problem


def run_rounds(services, rounds, pause):
    """Kills one service after the other while there is work, and returns what was acknowledged and what was seen."""
    writers = [Writer(services, number) for number in range(6)]
    followers = [Follower(services, seed) for seed in range(3)]
    for thread in writers + followers:
        thread.start()
    for turn in range(rounds):
        time.sleep(pause)
        victim = services[turn % len(services)]
        victim.kill()
        victim.start()
    for writer in writers:
        writer.ended.set()
    for writer in writers:
        writer.join(LIMIT)
        assert writer.problem is None, writer.problem
    history = read_all(services[0])
    wait_until(lambda: all(len(follower.seen) >= len(history) for follower in followers), lambda: "followers")
    for follower in followers:
        follower.ended.set()
        assert follower.problem is None, follower.problem
        assert not follower.statuses - {200, 503}, follower.statuses
    return writers, followers, history


def check(writers, followers, history):
    sequences = [int(event["sequence"]) for event in history]
    assert sequences == list(range(1, len(history) + 1))
    for follower in followers:
        assert [event["id"] for event in follower.seen] == [event["id"] for event in history]
        assert follower.visits > 3
    of_type = lambda name: [event["subject"] for event in history if event["type"] == f"job-service.job.{name}"]
    created, finished = of_type("created"), of_type("finished")
    assert len(created) == len(set(created)) and len(finished) == len(set(finished))
    for writer in writers:
        assert writer.created and writer.created <= set(created)
        assert writer.finished <= set(finished)
    print(f"{len(history)} events, {[follower.visits for follower in followers]} visits")


def test_no_change_is_lost_or_told_twice_by_kill_9(start):
    service = start(ON)
    writers, followers, history = run_rounds([service], ROUNDS, 0.5)
    check(writers, followers, history)
    # Every job that there is, the acknowledged and the others, was told of, and no other one.
    jobs = {job["jobId"]: job["status"] for job in service.get("/jobs").json}
    assert {event["subject"] for event in history} == set(jobs)
    last = {event["subject"]: event["data"]["job"]["status"] for event in history}
    assert last == jobs


@needs_mongodb
def test_nor_by_kill_9_of_one_of_three_instances(start):
    server = MongoDBServer()
    try:
        database = new_database()
        services = [start(server.environment(database) | ON) for _ in range(3)]
        writers, followers, history = run_rounds(services, ROUNDS, 1)
        check(writers, followers, history)
        jobs = {job["jobId"]: job["status"] for job in services[0].get("/jobs").json}
        assert {event["subject"]: event["data"]["job"]["status"] for event in history} == jobs
    finally:
        for service in services:
            service.stop()
        server.end()


@needs_mongodb
@pytest.mark.parametrize("wait", ["", "&wait=20"])
def test_what_another_instance_has_told_is_not_missing(start, wait):
    server = MongoDBServer()
    first, second = (start(environment) for environment in [server.environment(new_database()) | ON] * 2)
    try:
        for turn in range(5):
            # The last event that the first one knows is its own.
            first.post_job(target=f"FIRST_{turn}")
            history = read_all(first)
            job = second.post_job(target=f"SECOND_{turn}")
            reply = first.get(f"/events?after={history[-1]['id']}{wait}")
            assert [event["subject"] for event in reply.json["events"]] == [job]
    finally:
        for service in [first, second]:
            service.stop()
        server.end()


def test_every_event_is_a_cloud_event(start):
    service = start(ON)
    job = service.post_job(target="A_SET")
    service.put(f"/jobs/{job}", {"status": "failed", "log": "blåbær ☃ \"quoted\""})
    service.post("/maintenance-status", {"msg": "soon", "paused": True})
    reply = service.get("/events", headers={"Accept": "application/cloudevents-batch+json"})
    assert reply.headers["Content-Type"] == "application/cloudevents-batch+json"
    types = []
    for item in reply.json:
        event = JSONFormat().read(CloudEvent, json.dumps(item))
        assert event.get_specversion() == "1.0"
        assert event.get_source().startswith("/job-service/")
        assert event.get_datacontenttype() == "application/json"
        assert event.get_time().tzinfo is not None
        assert event.get_extension("sequence") == item["sequence"]
        types.append(event.get_type())
    assert types == ["job-service.job.created", "job-service.job.finished", "job-service.maintenance.changed"]
    assert reply.json[1]["data"]["job"]["log"][-1]["message"] == "blåbær ☃ \"quoted\""


def test_replies_of_jobs_are_the_same_with_and_without(start):
    replies = []
    for environment in (ON, {}):
        service = start(environment)
        reply = service.post("/jobs", {"jobs": [{"operation": "ADD", "target": "A"}, {"operation": "?"}]})
        job = reply.json[0]["job_id"]
        put = service.put(f"/jobs/{job}", {"status": "initiated", "log": "line"})
        parts = [reply, put, service.get(f"/jobs/{job}"), service.put(f"/jobs/{job}", {"status": "failed"}),
                 service.get("/jobs"), service.get("/targets")]
        kept = []
        for part in parts:
            text = part.text.replace(job, "<job>")
            kept.append((part.status, sorted(part.headers.keys()), len(text), text[:20]))
        replies.append(kept)
    assert replies[0] == replies[1]


@needs_sqlite
def test_a_restored_backup_is_noticed(start, tmp_path):
    service = start(ON)
    for number in range(3):
        service.post_job(target=f"BEFORE_{number}")
    known = read_all(service)
    service.stop()
    backup = tmp_path / "backup"
    shutil.copytree(service.folder / "data", backup)
    service.start()
    lost = [service.post_job(target=f"LOST_{number}") for number in range(2)] and read_all(service)[3:]
    service.stop()
    shutil.rmtree(service.folder / "data")
    shutil.copytree(backup, service.folder / "data")
    service.start()
    for event in lost:
        reply = service.get(f"/events?after={event['id']}")
        assert (reply.status, reply.json["code"]) == (410, "events.history-changed")
        assert reply.json["resync"] == "/jobs"
    for number in range(3):
        service.post_job(target=f"AFTER_{number}")
    for event in lost:
        reply = service.get("/events", headers={"Accept": "text/event-stream", "Last-Event-ID": event["id"]})
        assert (reply.status, reply.json["code"]) == (410, "events.history-changed")
    assert [event["id"] for event in read_all(service)[:3]] == [event["id"] for event in known]


@pytest.mark.parametrize("value", ["x" * 5000, "\x01", "../../etc", "0" * 33, "null", "-1", "%00", "now'--", "é"])
def test_no_last_event_id_does_harm(started, value):
    service = started
    with socket.create_connection(("127.0.0.1", service.port), timeout=LIMIT) as connection:
        head = b"GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\nLast-Event-ID: "
        connection.sendall(head + value.encode() + b"\r\n\r\n")
        status = connection.makefile("rb").readline()
    assert status.split()[1] == b"400", status
    assert service.get("/jobs").status == 200


@pytest.fixture
def started(start):
    return start(ON)


def test_of_2000_followers_as_many_are_let_in_as_may_be_and_they_cost_nothing_while_idle(start):
    service = start(ON | {"JOB_SERVICE_MODULES__EVENTS__FOLLOWERS": "1000", "JOB_SERVICE_HTTP__LIMITS__CONNECTIONS": "4000"})
    before = service.memory()
    connections, statuses = [], []
    head = b"GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
    try:
        for _ in range(2000):
            connection = socket.create_connection(("127.0.0.1", service.port), timeout=LIMIT)
            connection.sendall(head)
            connections.append(connection)
        for connection in connections:
            statuses.append(connection.recv(12)[-3:])
        assert statuses.count(b"200") == 1000 and statuses.count(b"503") == 1000
        cost = cpu(service)
        time.sleep(5)
        cost = cpu(service) - cost
        memory = service.memory() - before
        print(f"1000 idle followers: {cost:.2f} s of CPU in 5 s, {memory // 1024} KiB")
        assert cost < 0.5
        service.post_job(target="NEWS")
        for connection, status in zip(connections, statuses):
            if status == b"200":
                text = b""
                while b"job.created" not in text:
                    text += connection.recv(65536)
    finally:
        for connection in connections:
            connection.close()


def cpu(service) -> float:
    """Seconds that the process has worked."""
    with open(f"/proc/{service.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_client_that_never_reads_falls_behind_and_costs_no_memory(start):
    service = start(ON | {"JOB_SERVICE_HTTP__DEADLINES__WRITE": "300s"})
    job = service.post_job(target="TALKATIVE")
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.settimeout(LIMIT)
    lazy.connect(("127.0.0.1", service.port))
    lazy.sendall(b"GET /events?after=start HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
    for _ in range(50):
        assert service.put(f"/jobs/{job}", {"log": "x" * 50_000}).status == 200
    before = service.memory()
    for _ in range(300):
        assert service.put(f"/jobs/{job}", {"log": "x" * 50_000}).status == 200
    growth = service.memory() - before
    print(f"memory grew by {growth >> 20} MiB over 15 MB of events")
    assert growth < 12 << 20
    # It can still read everything, in order.
    response = http.client.HTTPResponse(lazy)
    response.begin()
    found = []
    for event in events(response):
        if "data" in event:
            found.append(int(json.loads(event["data"])["sequence"]))
        if len(found) == 351:
            break
    assert found == list(range(1, 352))
    lazy.close()


def test_at_a_stop_followers_are_let_go_and_come_back(start):
    service = start(ON)
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT)
    connection.request("GET", "/events", headers={"Accept": "text/event-stream"})
    stream = events(connection.getresponse())
    first = next(stream)
    assert int(first["retry"]) >= 1000
    begun = time.monotonic()
    assert service.stop() == 0
    assert list(stream) == []
    assert time.monotonic() - begun < 20
    service.start()
    service.post_job(target="LATER")
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT)
    connection.request("GET", "/events", headers={"Accept": "text/event-stream", "Last-Event-ID": first["id"]})
    stream = events(connection.getresponse())
    next(stream)
    assert json.loads(next(stream)["data"])["sequence"] == "0" * 19 + "1"


def test_who_waits_is_answered_at_a_stop(start):
    service = start(ON | {"JOB_SERVICE_LIFECYCLE__DRAIN": "100s", "JOB_SERVICE_HTTP__DEADLINES__HANDLER": "100s"})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(service.get, "/events?after=now&wait=25")
        wait_until(lambda: "\njob_service_events_followers 1" in service.get("/metrics").text, "somebody waits")
        begun = time.monotonic()
        assert service.stop() == 0
        assert waiting.result().status == 200 and waiting.result().json["events"] == []
    assert time.monotonic() - begun < 20


def test_many_who_never_read_cost_little_each(start):
    service = start(ON | {"JOB_SERVICE_HTTP__DEADLINES__WRITE": "300s"})
    job = service.post_job(target="TALKATIVE")
    for _ in range(100):
        assert service.put(f"/jobs/{job}", {"log": "x" * 64_000}).status == 200
    before = service.memory()
    lazy = []
    for _ in range(100):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(b"GET /events?after=start HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        lazy.append(client)
    for client in lazy:
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    service.post_job(target="LATER")
    growth = service.memory() - before
    print(f"100 clients that never read: {growth >> 20} MiB")
    assert growth < 100 << 20
    for client in lazy:
        client.close()


def test_the_description_is_asyncapi(start):
    document = start(ON).get("/asyncapi.json").json
    assert document["asyncapi"] == "3.0.0"
    names = {f"job-service.{name}" for name in (
        "job.created", "job.updated", "job.finished", "maintenance.changed", "dataset.deleted")}
    assert set(document["components"]["messages"]) == names
    assert set(document["channels"]["events"]["messages"]) == names

    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    for reference in references(document):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
