"""kill -9 under load: nothing that was acknowledged is lost, and nothing is half applied; targets agree with jobs.

CRASH_ROUNDS says how often the service is killed (10 by default; `make test-crash` does 100).
"""

import os
import random
import sqlite3
import threading

import mongodb
from service import BUMP

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))
CLIENTS = 8
LAGGING = "targets were missing or stale"
"""What the service says at its start if targets did not agree with jobs."""
STEPS = ["initiated", "validating", "transforming", "built", "importing"]


class Client(threading.Thread):
    """Posts a job, updates it to its end, posts the next; remembers exactly what was acknowledged, and what was not."""

    def __init__(self, service, number: int, seed: int):
        super().__init__(daemon=True)
        self.service = service
        self.number = number
        self.random = random.Random(seed)
        self.jobs: dict[str, list[dict]] = {}
        """By job id, the acknowledged updates in order."""
        self.uncertain: tuple[str, dict] | None = None
        """An update whose reply was cut off."""
        self.lost_posts: set[str] = set()
        """Targets whose POST was cut off."""
        self.created = 0

    def run(self) -> None:
        try:
            while True:
                self.one_job()
        except OSError:
            pass
        except Exception as error:  # http.client's errors of a reply that was cut off
            if type(error).__module__ != "http.client":
                raise

    def one_job(self) -> None:
        target = f"T{self.number}_{self.created}"
        self.created += 1
        self.lost_posts.add(target)
        job = self.service.post_job(target=target)
        self.lost_posts.discard(target)
        self.jobs[job] = []
        for status in STEPS + [self.random.choice(["completed", "failed"])]:
            update = {"status": status}
            if self.random.random() < 0.3:
                update["log"] = f"log {self.random.random()}"
            if self.random.random() < 0.2:
                update["description"] = f"description {self.random.random()}"
            self.uncertain = (job, update)
            reply = self.service.put(f"/jobs/{job}", update)
            assert reply.status == 200, reply.text
            self.uncertain = None
            self.jobs[job].append(update)


class Releaser(threading.Thread):
    """Releases one version of the datastore after the other."""

    def __init__(self, service, number: int):
        super().__init__(daemon=True)
        self.service = service
        self.number = number

    def run(self) -> None:
        try:
            # What the last kill has left unfinished would keep others out.
            for job in self.service.get("/jobs?ignoreCompleted=true&operation=BUMP").json:
                self.service.put(f"/jobs/{job['jobId']}", {"status": "completed"})
            for version in range(1_000_000):
                self.release(f"{self.number}.{version}.0")
        except OSError:
            pass
        except Exception as error:
            if type(error).__module__ != "http.client":
                raise

    def release(self, version: str) -> None:
        updates = [
            {"name": f"R{n}", "description": "an update", "operation": "ADD", "releaseStatus": status}
            for n, status in enumerate(["PENDING_RELEASE", "PENDING_DELETE", "DRAFT"])
        ]
        bump = BUMP | {"bumpToVersion": version}
        bump["bumpManifesto"] = BUMP["bumpManifesto"] | {"dataStructureUpdates": updates}
        job = self.service.post_job(**bump)
        for status in ["importing", "completed"]:
            self.service.put(f"/jobs/{job}", {"status": status})


def lines(update: dict) -> list[str]:
    return (
        ([f"Set status: {update['status']}"] if "status" in update else [])
        + (["Added update description"] if "description" in update else [])
        + ([update["log"]] if "log" in update else [])
    )


def expected(updates: list[dict]) -> tuple[str, str | None, list[str]]:
    """Status, description and log messages of a job after its updates."""
    status, description, messages = "queued", None, []
    for update in updates:
        status = update.get("status", status)
        description = update.get("description", description)
        messages += lines(update)
    return status, description, messages


def actual(job: dict) -> tuple[str, str | None, list[str]]:
    return job["status"], job["parameters"].get("description"), [line["message"] for line in job["log"]]


def check(service, clients: list[Client]) -> None:
    stored: dict[str, dict] = {}
    for job in service.get("/jobs").json:
        assert job["jobId"] not in stored, "a job is in both collections"
        stored[job["jobId"]] = job
    in_progress = {job["jobId"] for job in service.get("/jobs?ignoreCompleted=true").json}
    acknowledged = {id for client in clients for id in client.jobs}
    for client in clients:
        for id, updates in client.jobs.items():
            possible = [expected(updates)]
            if client.uncertain and client.uncertain[0] == id:
                possible.append(expected(updates + [client.uncertain[1]]))
            assert id in stored, f"acknowledged job {id} is lost"
            assert actual(stored[id]) in possible, (actual(stored[id]), possible)
            assert (id in in_progress) == (stored[id]["status"] not in ("completed", "failed"))
    bumps = {id for id, job in stored.items() if job["parameters"]["operation"] == "BUMP"}
    for id in stored.keys() - acknowledged - bumps:
        assert stored[id]["parameters"]["target"] in {t for client in clients for t in client.lost_posts}


def told_targets(job: dict) -> dict[str, list[str]]:
    """What a job says of targets: their actions by name."""
    parameters = job["parameters"]
    if parameters["operation"] != "BUMP":
        return {parameters["target"]: [parameters["operation"]]}
    version = parameters["bumpToVersion"]
    told = {parameters["target"]: ["BUMP", parameters["bumpFromVersion"], version]}
    actions = {"PENDING_RELEASE": "RELEASED", "PENDING_DELETE": "REMOVED"}
    for update in parameters["bumpManifesto"]["dataStructureUpdates"]:
        if job["status"] == "completed" and update["releaseStatus"] in actions:
            told[update["name"]] = [actions[update["releaseStatus"]], version]
    return told


def check_targets(service) -> int:
    """Each target is as the last one of its jobs says. Returns the number of targets."""
    assert LAGGING not in service.log()
    expected: dict[str, dict] = {}
    for job in service.get("/jobs").json:
        instant = job["log"][-1]["at"] if job["log"] else job["createdAt"]
        for name, action in told_targets(job).items():
            if name not in expected or expected[name]["lastUpdatedAt"] < instant:
                expected[name] = {
                    "name": name,
                    "lastUpdatedAt": instant,
                    "status": job["status"],
                    "lastUpdatedBy": job["createdBy"],
                    "action": action,
                }
    actual = service.get("/targets").json
    assert actual == [expected[name] for name in sorted(expected)]
    return len(actual)


def check_database(path) -> None:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_crash_under_load_loses_nothing_acknowledged(start):
    service = start({"BUMP_ENABLED": "true"})
    generator = random.Random(1)
    total = 0
    everybody: list[Client] = []
    for round in range(ROUNDS):
        clients = [Client(service, round * CLIENTS + n, seed=round * 100 + n) for n in range(CLIENTS)]
        releaser = Releaser(service, round)
        for client in [*clients, releaser]:
            client.start()
        # The moment of the kill is counted in acknowledged updates, so that every round has some of them.
        wanted = generator.randint(5, 60)
        while sum(len(updates) for client in clients for updates in list(client.jobs.values())) < wanted:
            assert service.process.poll() is None, service.log()[-2000:]
        service.kill()
        for client in [*clients, releaser]:
            client.join(20)
            assert not client.is_alive()
        service.start()
        everybody += clients
        check(service, everybody)
        targets = check_targets(service)
        total += sum(len(updates) for client in clients for updates in client.jobs.values())
        if not mongodb.shared:
            check_database(service.folder / "data" / "job-service.db")
    print(f"{ROUNDS} kills, {total} acknowledged updates, {targets} targets that agree with their jobs")
