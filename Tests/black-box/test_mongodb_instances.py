"""Three instances of the service on one database, 64 clients at random, one instance killed every second: at most one
active job a target at all times, nothing acknowledged lost, every log line present once.

INSTANCES_SECONDS says how long (10 by default; `make test-instances` takes 60).
"""

import collections
import http.client
import os
import random
import threading
import time

import pytest
from mongodb import MongoDBServer, needs_mongodb

pytestmark = needs_mongodb
SECONDS = float(os.environ.get("INSTANCES_SECONDS", "10"))
CLIENTS, TARGETS = 64, 1000
STEPS = ["initiated", "validating", "transforming", "built", "importing"]


class Client(threading.Thread):
    """Posts jobs and works them off, through any of the instances, and remembers what was acknowledged."""

    def __init__(self, number, services, deadline):
        super().__init__()
        self.number, self.services, self.deadline = number, services, deadline
        self.random = random.Random(number)
        self.lines: dict[str, list[str]] = {}
        self.finished: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.counts = collections.Counter()
        self.problem = None

    def call(self, method, target, body):
        """The reply, or None if there was none: the instance was killed, or has not started yet."""
        service = self.random.choice(self.services)
        try:
            reply = service.request(method, target, body)
        except (OSError, http.client.HTTPException):
            self.counts["no reply"] += 1
            time.sleep(0.01)
            return None
        self.counts[reply.status] += 1
        return reply

    def run(self):
        try:
            while time.monotonic() < self.deadline:
                self.work()
        except Exception as problem:
            self.problem = problem

    def work(self):
        job = {"operation": "ADD", "target": f"T_{self.random.randrange(TARGETS)}"}
        reply = self.call("POST", "/jobs", {"jobs": [job]})
        if reply is None or reply.status == 503:
            return
        assert reply.status == 200, reply.text
        outcome = reply.json[0]
        if outcome["status"] != "CREATED":
            return
        id = outcome["job_id"]
        self.lines[id] = []
        for step in range(self.random.randrange(4)):
            if not self.update(id, {"status": STEPS[step], "log": f"{self.number}:{step}"}, f"{self.number}:{step}"):
                return
        if self.random.random() < 0.9:
            status = self.random.choice(["completed", "failed"])
            if self.update(id, {"status": status, "log": "end"}, "end"):
                self.finished[id] = status

    def update(self, id, body, line):
        reply = self.call("PUT", f"/jobs/{id}", body)
        if reply is not None and reply.status == 200:
            self.lines[id].append(line)
            return True
        assert reply is None or reply.status == 503, reply.text
        self.unknown.add(id)
        return False


def killer(services, deadline, problems, counts):
    while time.monotonic() < deadline - 2:
        time.sleep(1)
        service = random.choice(services)
        service.kill()
        counts["kills"] += 1
        try:
            service.start()
        except Exception as problem:
            problems.append(problem)


def watcher(database, deadline, problems, counts):
    while time.monotonic() < deadline:
        targets = [job["parameters"]["target"] for job in database.inprogress.find()]
        doubled = [target for target, count in collections.Counter(targets).items() if count > 1]
        counts["looks"] += 1
        if doubled:
            problems.append(f"several active jobs for {doubled}")
        time.sleep(0.05)


def test_many_instances_under_fire(start):
    server = MongoDBServer("--durable")
    try:
        run(server, start)
    finally:
        server.end()


def run(server, start):
    # The test server is slow under this load.
    environment = server.environment(JOB_SERVICE_STORAGE__MONGODB__BOOT_WAIT="20s")
    services = [start(environment) for _ in range(3)]
    deadline = time.monotonic() + SECONDS
    problems, counts = [], collections.Counter()
    clients = [Client(number, services, deadline) for number in range(CLIENTS)]
    with server.client() as mongo:
        database = mongo["jobdb"]
        others = [
            threading.Thread(target=killer, args=(services, deadline, problems, counts)),
            threading.Thread(target=watcher, args=(database, deadline, problems, counts)),
        ]
        for thread in [*others, *clients]:
            thread.start()
        for thread in [*clients, *others]:
            thread.join()
        assert not problems, problems[0]
        for client in clients:
            assert client.problem is None, client.problem
        replies = sum((client.counts for client in clients), collections.Counter())
        check(database, clients)
        created = sum(len(client.lines) for client in clients)
        lines = sum(len(lines) for client in clients for lines in client.lines.values())
        print(f"{SECONDS:.0f} s, {counts['kills']} kills, {counts['looks']} looks, replies {dict(replies)}, "
              f"{created} jobs and {lines} updates acknowledged, all there once")
        assert created > 0 and lines > 0
    for service in services:
        stale = [line["message"] for line in service.log_lines() if "missing or stale" in line["message"]]
        assert all(line.startswith("0 ") for line in stale), stale
    listed = [job["jobId"] for service in services[:1] for job in service.get("/jobs").json]
    assert len(listed) == len(set(listed))


def check(database, clients):
    stored, places = {}, collections.Counter()
    for name in ("inprogress", "completed"):
        for job in database[name].find():
            places[job["jobId"]] += 1
            stored[job["jobId"]] = (name, job)
    assert max(places.values(), default=1) == 1, "a job is in both collections"
    for client in clients:
        for id, lines in client.lines.items():
            assert id in stored, f"acknowledged job {id} is lost"
            name, job = stored[id]
            kept = [line["message"] for line in job["log"] if not line["message"].startswith("Set status")]
            assert len(kept) == len(set(kept)), f"doubled lines: {kept}"
            # The last update may have been applied without its reply having come through.
            assert kept == lines or (id in client.unknown and kept[:-1] == lines), (kept, lines)
            if id in client.finished:
                assert (name, job["status"]) == ("completed", client.finished[id])
    for name in ("inprogress", "completed"):
        ids = [job["_id"] for job in database[name].find(sort=[("_id", 1)])]
        assert len(ids) == len(set(ids))
