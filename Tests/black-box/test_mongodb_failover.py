"""Whatever way the server is away for some seconds, a write waits for it: nobody repeats a PUT.

OUTAGES says which outages an executor's day has: `kill:8,kill:14,stop:12` for `make test-outages`; shorter by default.
"""

import http.client
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from patience import SLACK, wait_until
from proxy import Proxy
from replica_set import ReplicaSet
from service import Service

pytestmark = needs_mongodb
OUTAGES = [
    (way, float(seconds))
    for way, _, seconds in (outage.partition(":") for outage in os.environ.get("OUTAGES", "kill:4,stop:6").split(","))
]


@pytest.fixture
def own_server():
    server = MongoDBServer("--durable")
    yield server
    server.end()


@pytest.fixture
def replica_set(own_server):
    members = ReplicaSet(own_server)
    yield members
    members.close()


def timed(call):
    begin = time.monotonic()
    return call(), time.monotonic() - begin


def lines(service, job):
    return [line["message"] for line in service.get(f"/jobs/{job}").json["log"]]


def test_a_url_that_names_a_secondary_finds_the_primary(start, replica_set):
    replica_set.elect(1)
    service = start(replica_set.environment(0))
    assert service.put(f"/jobs/{service.post_job()}", {"status": "built"}).status == 200
    assert replica_set.members[1].count("commitTransaction") > 0


def test_an_election_is_ridden_out_by_writes(start, replica_set):
    service = start(replica_set.environment(0))
    job = service.post_job()
    assert service.put(f"/jobs/{job}", {"status": "initiated", "log": "before"}).status == 200
    replica_set.step_down()
    with ThreadPoolExecutor(8) as pool:
        puts = [
            pool.submit(timed, lambda n=n: service.put(f"/jobs/{job}", {"status": "built", "log": f"line {n}"}))
            for n in range(6)
        ]
        post = pool.submit(timed, lambda: service.post_jobs({"operation": "ADD", "target": "MEANWHILE"}))
        read, read_seconds = timed(lambda: service.get(f"/jobs/{job}"))
        assert read.status == 503 and read.headers["Retry-After"]
        assert service.get("/health/ready").status == 503
        time.sleep(2)
        assert not any(put.done() for put in puts), [put.result()[0].text for put in puts if put.done()]
        replica_set.elect(1)
        back = time.monotonic()
        wait_until(lambda: service.get("/health/ready").status == 200, "ready again")
        back = time.monotonic() - back
        outcomes = [put.result() for put in puts]
        [created], _ = post.result()
    assert [reply.status for reply, _ in outcomes] == [200] * 6
    assert created["status"] == "CREATED", created
    assert sorted(line for line in lines(service, job) if line.startswith("line")) == [f"line {n}" for n in range(6)]
    assert read_seconds < 5 + SLACK and back < 5 + SLACK
    note_fault(
        "an election that takes 7 s",
        f"reads 503 after {read_seconds:.1f} s, ready {back:.1f} s after its end; writes 200, each line once")


def test_an_election_without_an_end_is_503(start, replica_set):
    service = start(replica_set.environment(0, JOB_SERVICE_STORAGE__MONGODB__WRITE_DEADLINE="3s"))
    job = service.post_job()
    replica_set.step_down()
    reply, seconds = timed(lambda: service.put(f"/jobs/{job}", {"status": "built", "log": "line"}))
    assert reply.status == 503 and reply.headers["Retry-After"], reply.text
    note_fault("no primary for ever, `writeDeadline: 3s`", f"a write is 503 after {seconds:.1f} s")
    replica_set.elect(2)
    wait_until(lambda: service.put(f"/jobs/{job}", {"status": "built"}).status == 200, "written again")
    assert lines(service, job).count("line") == 0


def test_a_network_that_drops_everything_is_ridden_out_by_writes(start, own_server):
    proxy = Proxy(own_server.port)
    service = start(own_server.environment(new_database(), proxy.port))
    job = service.post_job()
    proxy.flowing.clear()
    with ThreadPoolExecutor(2) as pool:
        put = pool.submit(timed, lambda: service.put(f"/jobs/{job}", {"status": "built", "log": "line"}))
        read, read_seconds = timed(lambda: service.get(f"/jobs/{job}"))
        assert read.status == 503
        time.sleep(5)
        proxy.flowing.set()
        reply, seconds = put.result()
    assert reply.status == 200, reply.text
    assert lines(service, job).count("line") == 1
    note_fault(
        "every packet dropped for 10 s", f"reads 503 after {read_seconds:.1f} s; a write 200 after {seconds:.1f} s")
    proxy.close()


class Executor(threading.Thread):
    """Works off jobs as the real one does: it asks again after a 503 to a GET, and never repeats anything else."""

    POLLS = [
        "/jobs?status=queued&operation=ADD,CHANGE,PATCH_METADATA", "/jobs?status=built&operation=ADD,CHANGE",
        "/jobs?status=queued&operation=SET_STATUS,BUMP,DELETE_DRAFT,REMOVE", "/maintenance-status",
    ]
    CHAIN = ["initiated", "validating", "transforming", "pseudonymizing", "partitioning", "built", "importing", "completed"]

    def __init__(self, service, number):
        super().__init__()
        self.service, self.number = service, number
        self.over = threading.Event()
        self.problem: str | None = None
        self.slowest = 0.0
        self.done: list[str] = []

    def call(self, method, target, body=None):
        reply, seconds = timed(lambda: self.service.request(method, target, body))
        self.slowest = max(self.slowest, seconds)
        return reply

    def poll(self):
        for target in self.POLLS:
            for _ in range(20):
                reply = self.call("GET", target)
                if reply.status != 503:
                    break
                time.sleep(int(reply.headers["Retry-After"]))
            assert reply.status == 200, f"GET {target}: {reply.status} {reply.text}"

    def run(self):
        try:
            while not self.over.is_set():
                self.poll()
                self.work_off()
        except (AssertionError, OSError, http.client.HTTPException) as problem:
            self.problem = repr(problem)

    def work_off(self):
        job = {"operation": "ADD", "target": f"SET_{self.number}_{len(self.done)}"}
        reply = self.call("POST", "/jobs", {"jobs": [job]})
        assert reply.status == 200 and reply.json[0]["status"] == "CREATED", f"POST: {reply.status} {reply.text}"
        id = reply.json[0]["job_id"]
        for status in self.CHAIN:
            reply = self.call("PUT", f"/jobs/{id}", {"status": status, "log": f"now {status}"})
            assert reply.status == 200, f"PUT {status}: {reply.status} {reply.text}"
        self.done.append(id)


@pytest.mark.parametrize("way, seconds", OUTAGES)
def test_an_executors_day_with_an_outage(start, own_server, way, seconds):
    service = start(own_server.environment())
    executors = [Executor(service, number) for number in range(3)]
    for executor in executors:
        executor.start()
    wait_until(lambda: all(executor.done for executor in executors), "jobs were worked off")
    if way == "kill":
        own_server.kill()
        time.sleep(seconds)
        own_server.start_again()
    else:
        own_server.suspend()
        time.sleep(seconds)
        own_server.resume()
    before = [len(executor.done) for executor in executors]
    wait_until(
        lambda: all(
            executor.problem or len(executor.done) >= count + 2 for executor, count in zip(executors, before)),
        "jobs are worked off again")
    for executor in executors:
        executor.over.set()
    for executor in executors:
        executor.join()
    problems = [executor.problem for executor in executors if executor.problem]
    assert not problems, problems
    count = 0
    for executor in executors:
        for id in executor.done:
            log = lines(service, id)
            if way == "kill":
                # The stand-in forgets with its process which transactions it has committed, as MongoDB does not: one
                # whose reply was cut off is not known to the new process, and is rightly run again.
                pairs = list(zip(log[::2], log[1::2]))
                log = [line for n, pair in enumerate(pairs) if pair not in pairs[:n] for line in pair]
            assert log == [line for status in executor.CHAIN for line in (f"Set status: {status}", f"now {status}")]
            count += 1
    note_fault(
        f"an executor's day, the server {'killed' if way == 'kill' else 'stopped'} for {seconds:.0f} s",
        f"nothing fails; {count} jobs worked off, slowest reply {max(e.slowest for e in executors):.1f} s")
