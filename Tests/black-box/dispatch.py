"""Clients of dispatch: single requests, and executors that are made of Examples/Executor."""

import json
import signal
import subprocess
import sys
import uuid
from pathlib import Path

from patience import LIMIT, wait_until

EXAMPLE = Path(__file__).parent.parent.parent / "Examples/Executor"
ON = {"JOB_SERVICE_MODULES__DISPATCH__ENABLED": "true"}
EVENTS = {"JOB_SERVICE_MODULES__EVENTS__ENABLED": "true"}
BRIEF = ON | {"JOB_SERVICE_MODULES__DISPATCH__LEASE": "3s", "JOB_SERVICE_MODULES__DISPATCH__GRACE": "1s"}


def claim(service, operations=("ADD",), wait=0, id=None, executor="exec-1"):
    body = {"claimId": id or str(uuid.uuid4()), "executor": executor, "operations": list(operations), "wait": wait}
    return service.post("/dispatch/claims", body)


def lease_of(reply):
    assert reply.status == 200, reply.text
    assert reply.json["lease"], reply.text
    return reply.json["lease"]


def beat(service, lease):
    return service.post("/dispatch/beats", {"jobId": lease["job"]["jobId"], "token": lease["token"]})


def update(service, lease, status, **more):
    headers = {"X-Lease-Token": lease["token"]}
    return service.put(f"/jobs/{lease['job']['jobId']}", {"status": status} | more, headers=headers)


def leases(service) -> list[dict]:
    return service.get("/dispatch/leases").json


class Worker:
    """A process of the executor of Examples/Executor, whose work goes into a ledger that all of them share."""

    def __init__(self, services, folder: Path, name: str, operations="ADD", seconds=0.1, environment=None, wait=2):
        self.folder, self.name = folder, name
        self.arguments = [
            sys.executable, Path(__file__).with_name("dispatch_worker.py"), folder, name, operations, str(seconds),
            str(wait), *[f"http://127.0.0.1:{service.port}" for service in services],
        ]
        self.environment = environment
        self.process = None

    def start(self) -> "Worker":
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdout=log, stderr=log, env=self.environment)
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        """Asks it to end, once it would hear that: an interpreter that has just been started ends at once."""
        wait_until(lambda: self.process.poll() is not None or self.hears(signal.SIGTERM), self.log)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def hears(self, number) -> bool:
        """Whether it has a handler for a signal, see proc(5)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return int(caught.split()[1], 16) >> (number - 1) & 1 == 1

    def stop(self) -> int:
        self.end()
        return self.process.wait(LIMIT)

    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text()


def ledger(folder: Path) -> list[dict]:
    """What executors have done, in the order in which they did it."""
    path = folder / "ledger"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
