#!/usr/bin/env python3
"""An executor for the job service's module dispatch, with nothing but Python's standard library.

It claims a job, tells that it works on by a beat now and then, updates the job with the token of its lease, and ends on
SIGTERM when its job is done. Copy it, and put your own work in the place of `run_command`.

    executor.py --url http://127.0.0.1:8000 --name exec-1 --operations ADD,CHANGE --state exec-1.json -- ./import-dataset

The command gets the job as JSON on its standard input, and JOB_ID, JOB_FENCE, JOB_OPERATION and JOB_TARGET in its
environment. Hand the fence to whatever the work writes to, which is to refuse a lower one than it has seen: that is what
keeps an executor out that was taken for lost, and comes back. Exit code 0 completes the job, any other one fails it.
"""

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit


class Unavailable(Exception):
    """No answer, or one that says to try again: nobody knows whether the request was carried out."""


class Refused(Exception):
    """An answer that says no."""

    def __init__(self, status: int, body: dict):
        super().__init__(f"{status} {body.get('code', '')}: {body.get('message', '')}")
        self.status, self.code = status, body.get("code")


class Service:
    """The service at a URL, or several instances of it, which are asked in turn."""

    def __init__(self, urls: list[str]):
        self.addresses = [urlsplit(url) for url in urls]
        self.turn = 0

    def call(self, method: str, path: str, body: dict, token: str | None = None, timeout: float = 60) -> dict:
        address = self.addresses[self.turn % len(self.addresses)]
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname, address.port, timeout=timeout)
        headers = {"Content-Type": "application/json"} | ({"X-Lease-Token": token} if token else {})
        if key := os.environ.get("API_KEY"):
            headers["X-API-Key"] = key
        try:
            connection.request(method, address.path.rstrip("/") + path, json.dumps(body), headers)
            reply = connection.getresponse()
            status, text = reply.status, reply.read()
            answer = json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            self.turn += 1
            raise Unavailable(str(problem)) from problem
        finally:
            connection.close()
        if status == 200:
            return answer
        if status >= 500 or status == 429:
            self.turn += 1
            raise Unavailable(f"{status} {answer.get('message', '')}")
        raise Refused(status, answer)


class Lease(threading.Thread):
    """A job that this executor has, and the thread that says so to the service."""

    def __init__(self, service: Service, granted: dict, sent: float):
        super().__init__(daemon=True)
        self.service, self.job = service, granted["job"]
        self.id, self.token, self.fence = self.job["jobId"], granted["token"], granted["fence"]
        self.beat_seconds = granted["beatSeconds"]
        # Counted from the sending: the service may have got it then, and counts for longer.
        self.deadline = sent + granted["leaseSeconds"]
        self.ended, self.lost, self.cancelled = threading.Event(), threading.Event(), threading.Event()

    def run(self):
        pause = self.beat_seconds
        while not self.ended.wait(max(0, min(pause, self.deadline - time.monotonic()))):
            if time.monotonic() >= self.deadline:
                return self.lost.set()
            sent = time.monotonic()
            try:
                answer = self.service.call(
                    "POST", "/dispatch/beats", {"jobId": self.id, "token": self.token}, timeout=self.beat_seconds
                )
                self.deadline = sent + answer["leaseSeconds"]
                if answer["command"] == "cancel":
                    self.cancelled.set()
                pause = self.beat_seconds
            except Unavailable:
                pause = min(1, self.beat_seconds / 4)
            except Refused:
                return self.lost.set()

    def is_lost(self) -> bool:
        """Whether another executor may have the job soon."""
        return self.lost.is_set() or time.monotonic() >= self.deadline

    def is_over(self) -> bool:
        """Whether to stop working: the lease is lost, or nobody wants the job any more."""
        return self.is_lost() or self.cancelled.is_set()

    def update(self, status: str, log: str | None = None):
        """Tells the service how the job is, again and again until there is an answer or the lease is over.

        A repetition may leave a line twice in the job's log, and no more than that.
        """
        body = {"status": status} | ({"log": log} if log is not None else {})
        self.repeat("PUT", f"/jobs/{self.id}", body, self.token)

    def release(self, delay: int = 0, log: str | None = None):
        """Gives the job back to the queue."""
        body = {"jobId": self.id, "token": self.token, "delaySeconds": delay} | ({"log": log} if log else {})
        self.repeat("POST", "/dispatch/releases", body)

    def repeat(self, method: str, path: str, body: dict, token: str | None = None):
        while True:
            try:
                self.service.call(method, path, body, token)
                return
            except Unavailable:
                if self.is_lost():
                    raise
                time.sleep(0.5)


class Claims:
    """Claims jobs, each under an id that a file keeps until its job is done: whatever is killed when, no claim is
    granted twice, and a grant whose reply was lost is found again."""

    def __init__(self, service: Service, name: str, operations: list[str], state: Path | None):
        self.service, self.name, self.operations, self.state = service, name, operations, state
        kept = json.loads(state.read_text()) if state and state.exists() and state.stat().st_size else {}
        self.id = kept.get("claimId") if kept.get("phase") == "claiming" else None
        # A claim is repeated as it was, though this executor may have been started with other operations since.
        self.asked = kept.get("operations", operations) if self.id else operations
        self.abandoned = kept.get("jobId") if kept.get("phase") == "working" else None

    def keep(self, **what):
        if self.state:
            new = self.state.with_suffix(".new")
            with open(new, "w") as file:
                json.dump(what, file)
                file.flush()
                os.fsync(file.fileno())
            new.rename(self.state)

    def claim(self, wait: int, is_ending) -> Lease | None:
        """A lease; none if there was no job, or if the executor is to end before it has been told of one."""
        if not self.id:
            self.id, self.asked = str(uuid.uuid4()), self.operations
            self.keep(phase="claiming", claimId=self.id, operations=self.asked)
        while True:
            sent = time.monotonic()
            body = {"claimId": self.id, "executor": self.name, "operations": self.asked, "wait": wait}
            try:
                granted = self.service.call("POST", "/dispatch/claims", body, timeout=wait + 40)["lease"]
                break
            except Unavailable:
                # With the same id: it may have been granted.
                if is_ending():
                    return None
                time.sleep(0.5)
            except Refused as refused:
                # What was kept is of no use any more: the next claim gets an id of its own.
                if refused.code not in ("dispatch.claim-ended", "dispatch.claim-reused"):
                    raise
                granted = None
                self.id = None
                break
        if granted is None:
            return None
        lease = Lease(self.service, granted, sent)
        self.keep(phase="working", claimId=self.id, jobId=lease.id)
        self.id = None
        lease.start()
        return lease

    def done(self):
        self.keep(phase="idle")


class Executor:
    """Works off one job after the other until it is told to end."""

    def __init__(self, claims: Claims, work, wait: int = 20):
        self.claims, self.work, self.wait = claims, work, wait
        self.ending = threading.Event()

    def run(self):
        if self.claims.abandoned:
            print(f"job {self.claims.abandoned} was being worked on when this executor ended: it will be held, and "
                  "'job-service leases resolve' says what becomes of it", file=sys.stderr, flush=True)
        while not self.ending.is_set():
            lease = self.claims.claim(self.wait, self.ending.is_set)
            if lease is None:
                continue
            try:
                self.carry_out(lease)
            except Refused as refused:
                print(f"job {lease.id} is lost: {refused}", file=sys.stderr, flush=True)
            except Unavailable as problem:
                print(f"job {lease.id}: the service does not answer: {problem}", file=sys.stderr, flush=True)
            finally:
                lease.ended.set()
            self.claims.done()

    def carry_out(self, lease: Lease):
        if self.ending.is_set() or lease.job["parameters"]["operation"] not in self.claims.operations:
            # Granted when the end was already decided, or to a former self: nothing of it is done yet.
            return lease.release()
        succeeded, log = self.work(lease)
        if lease.is_lost():
            # Whether it was done is for people to find out: the job is held.
            print(f"the lease of job {lease.id} is over", file=sys.stderr, flush=True)
            return
        if lease.cancelled.is_set() and not succeeded:
            log = f"cancelled: {log}"
        lease.update("completed" if succeeded else "failed", log)


def run_command(command: list[str]):
    """The work: a command, which is ended when its job is no longer ours."""

    def work(lease: Lease) -> tuple[bool, str]:
        parameters = lease.job["parameters"]
        environment = os.environ | {
            "JOB_ID": lease.id, "JOB_FENCE": str(lease.fence), "JOB_OPERATION": parameters["operation"],
            "JOB_TARGET": parameters["target"],
        }
        lease.update("transforming")
        # A file, and no pipe: that takes 64 KiB, and would hold this thread up until the command reads the rest.
        with tempfile.TemporaryFile() as job:
            job.write(json.dumps(lease.job).encode())
            job.seek(0)
            process = subprocess.Popen(command, stdin=job, env=environment, start_new_session=True)
        while process.poll() is None:
            if lease.is_over():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return False, "the executor had to stop its work"
            time.sleep(0.05)
        return process.returncode == 0, f"exit code {process.returncode}"

    return work


def main():
    parser = argparse.ArgumentParser(description="Works off jobs of a job service.")
    parser.add_argument("--url", required=True, action="append", help="of the service; several for its instances")
    parser.add_argument("--name", default=os.uname().nodename, help="for people")
    parser.add_argument("--operations", required=True, help="a comma list of what this executor can do")
    parser.add_argument("--state", type=Path, help="a file of this executor alone, which outlives it")
    parser.add_argument("--wait", type=int, default=20, help="seconds that one claim waits for a job, at most 20")
    parser.add_argument("command", nargs="+", help="what is run for each job")
    options = parser.parse_args()
    claims = Claims(Service(options.url), options.name, options.operations.split(","), options.state)
    executor = Executor(claims, run_command(options.command), options.wait)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: executor.ending.set())
    executor.run()


if __name__ == "__main__":
    main()
