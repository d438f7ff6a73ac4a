"""kill -9 under load: nothing that was acknowledged is lost, and nothing is half applied.

CRASH_ROUNDS says how often the service is killed (10 by default; `make test-crash` does 100).
"""

import os
import random
import sqlite3
import threading

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))
CLIENTS = 8
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
    for id in stored.keys() - acknowledged:
        assert stored[id]["parameters"]["target"] in {t for client in clients for t in client.lost_posts}


def check_database(path) -> None:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_crash_under_load_loses_nothing_acknowledged(start):
    service = start()
    generator = random.Random(1)
    total = 0
    everybody: list[Client] = []
    for round in range(ROUNDS):
        clients = [Client(service, round * CLIENTS + n, seed=round * 100 + n) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        # The moment of the kill is counted in acknowledged updates, so that every round has some of them.
        wanted = generator.randint(5, 60)
        while sum(len(updates) for client in clients for updates in list(client.jobs.values())) < wanted:
            assert service.process.poll() is None, service.log()[-2000:]
        service.kill()
        for client in clients:
            client.join(20)
            assert not client.is_alive()
        service.start()
        everybody += clients
        check(service, everybody)
        total += sum(len(updates) for client in clients for updates in client.jobs.values())
        check_database(service.folder / "data" / "job-service.db")
    print(f"{ROUNDS} kills, {total} acknowledged updates")
