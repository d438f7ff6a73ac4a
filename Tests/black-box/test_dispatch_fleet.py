"""Three instances of the service on one database and twenty executors, all of them killed at random: every job is worked
off once, fences rise, and what a killed executor has left is held, listed and resolved.

DISPATCH_SECONDS says how long (10 by default; `make test-dispatch` takes 600).
"""

import collections
import http.client
import os
import random
import threading
import time

from dispatch import BRIEF, EVENTS, Worker, leases, ledger
from followers import read_all
from mongodb import MongoDBServer, needs_mongodb, new_database
from patience import LIMIT, wait_until

SECONDS = float(os.environ.get("DISPATCH_SECONDS", "10"))
EXECUTORS = 20
# The stand-in answers one command after the other: with shorter leases a busy machine makes everybody look silent, which
# breaks no rule but leaves little to work off.
LEASES = BRIEF | EVENTS | {
    "JOB_SERVICE_MODULES__DISPATCH__LEASE": "9s" if SECONDS < 60 else "30s",
    "JOB_SERVICE_STORAGE__MONGODB__BOOT_WAIT": "60s",
}


class Fleet:
    """Everybody who is there while the test runs."""

    def __init__(self, services, workers, folder):
        self.services, self.workers, self.folder = services, workers, folder
        self.over = threading.Event()
        self.counts = collections.Counter()
        self.problems: list[Exception] = []
        self.random = random.Random(1)
        self.jobs: set[str] = set()
        self.killing = threading.Lock()

    def call(self, what):
        """An answer of some instance; none while it is killed or starts."""
        service = self.random.choice(self.services)
        try:
            reply = what(service)
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
            return None
        return reply if reply.status == 200 else None

    def post(self):
        number = 0
        while not self.over.is_set():
            number += 1
            body = {"jobs": [{"operation": "ADD", "target": f"T{number}"}]}
            if reply := self.call(lambda service: service.post("/jobs", body)):
                self.jobs.update(item["job_id"] for item in reply.json if item["status"] == "CREATED")
            # Not many more than are worked off.
            while not self.over.is_set() and not self.has_room():
                time.sleep(0.2)

    def has_room(self):
        reply = self.call(lambda service: service.get("/jobs?status=queued"))
        return reply is not None and len(reply.json) < 20

    def resolve(self):
        while not self.over.is_set():
            self.resolve_once()
            time.sleep(0.5)

    def resolve_once(self):
        reply = self.call(lambda service: service.get("/dispatch/leases"))
        held = [lease for lease in reply.json if lease["state"] == "held"] if reply else []
        # Somebody looks whether the work was done, and only the word of it is missing.
        done = {work["job"] for work in ledger(self.folder) if work["what"] == "end"} if held else set()
        for lease in held:
            action = "fail" if lease["jobId"] in done else "requeue"
            body = {"jobId": lease["jobId"], "action": action, "reason": f"resolved {lease['fence']}"}
            if self.call(lambda service: service.post("/dispatch/resolutions", body)):
                self.counts[f"resolved by {action}"] += 1

    def kill_services(self):
        while not self.over.wait(2):
            service = self.random.choice(self.services)
            service.kill()
            self.counts["services killed"] += 1
            service.start()

    def kill_workers(self):
        while not self.over.wait(0.7):
            worker = self.random.choice(self.workers)
            worker.kill()
            self.counts["executors killed"] += 1
            worker.start()

    def guarded(self, work):
        try:
            work()
        except Exception as problem:
            self.problems.append(problem)

    def run(self):
        works = [self.post, self.resolve, self.kill_services, self.kill_workers]
        threads = [threading.Thread(target=self.guarded, args=[work]) for work in works]
        for thread in threads:
            thread.start()
        self.over.wait(SECONDS)
        self.over.set()
        for thread in threads:
            thread.join(LIMIT)
        assert not self.problems, self.problems[0]

    def is_finished(self):
        self.resolve_once()
        return self.services[0].get("/jobs?ignoreCompleted=true").json == []


def check(works, history):
    """What executors wrote down, against what the service has told."""
    fences = collections.defaultdict(list)
    ends = collections.Counter()
    for work in works:
        of_job = fences[work["job"]]
        # Once a later holder has begun, nobody with an older fence does anything any more.
        assert not of_job or work["fence"] >= of_job[-1], work
        of_job.append(work["fence"])
        ends[work["job"]] += work["what"] == "end"
    begun = collections.Counter((work["job"], work["fence"]) for work in works if work["what"] == "begin")
    assert set(begun.values()) <= {1}, "an executor has begun twice under one lease"
    holders, last, of_type, reasons = {}, 0, collections.Counter(), collections.Counter()
    for event in history:
        kind, job = event["type"].removeprefix("job-service."), event["subject"]
        of_type[kind] += 1
        if kind.startswith("lease."):
            fence = event["data"]["lease"]["fence"]
            if kind == "lease.granted":
                assert job not in holders and fence > last, event
                holders[job], last = fence, fence
            else:
                assert holders[job] == fence, event
                if kind == "lease.released":
                    reasons[event["data"]["reason"]] += 1
                    del holders[job]
    assert not holders
    finished = collections.Counter(
        event["subject"] for event in history if event["type"] == "job-service.job.finished")
    assert set(finished.values()) == {1}
    return ends, of_type, reasons


@needs_mongodb
def test_every_job_is_worked_off_once_whoever_is_killed(start, tmp_path):
    server = MongoDBServer("--durable")
    workers = []
    try:
        environment = server.environment(new_database(), **LEASES)
        services = [start(environment) for _ in range(3)]
        workers = [Worker(services, tmp_path, f"exec-{number}", seconds=0.2).start() for number in range(EXECUTORS)]
        fleet = Fleet(services, workers, tmp_path)
        fleet.run()
        wait_until(fleet.is_finished, lambda: services[0].get("/dispatch/leases").text, pause=0.5)
        for worker in workers:
            worker.end()
        assert [worker.stop() for worker in workers] == [0] * EXECUTORS
        assert leases(services[0]) == []
        history = read_all(services[0])
        ends, of_type, reasons = check(ledger(tmp_path), history)
        jobs = {job["jobId"]: job["status"] for job in services[0].get("/jobs").json}
        assert fleet.jobs <= set(jobs)
        assert {job: ends[job] for job in jobs} == dict.fromkeys(jobs, 1)
        failed = [job for job, status in jobs.items() if status != "completed"]
        assert len(failed) == reasons["failed"]
        assert of_type["lease.held"] == reasons["failed"] + reasons["requeued"]
        assert reasons["finished"] == len(jobs) - len(failed)
        print(f"{SECONDS:.0f} s, {len(jobs)} jobs, each worked off once, {dict(of_type)}, "
              f"{dict(reasons)}, {dict(fleet.counts)}")
        for service in services:
            service.stop()
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.kill()
        server.end()
