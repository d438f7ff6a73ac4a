"""Starts the real binary and talks to it over HTTP, as an operator and a client would."""

import http.client
import json
import os
import signal
import subprocess
from pathlib import Path

import mongodb
from patience import LIMIT, wait_until
from ports import free_port

BINARY = os.path.abspath(os.environ.get("JOB_SERVICE_BINARY", ".build/release/job-service"))


class Reply:
    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Service:
    """One process of the service in a folder of its own."""

    command = [BINARY]

    def __init__(self, folder: Path, environment: dict[str, str] | None = None, arguments: list[str] | None = None):
        self.folder = folder
        self.port = free_port()
        self.environment = mongodb.storage_of(folder) | (environment or {})
        self.arguments = arguments or []
        self.process: subprocess.Popen | None = None
        self.log_path = folder / "log"

    def start(self) -> "Service":
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self) -> None:
        environment = {"PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(self.port)} | self.environment
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *self.arguments], cwd=self.folder, env=environment, stdout=log, stderr=log
            )

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}: {self.log()[-2000:]}")
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            return False

    def wait_until_ready(self) -> None:
        wait_until(self.is_ready, lambda: f"ready: {self.log()[-2000:]}", pause=0.005, longest_pause=0.2)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ends the service as an operator does and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT)

    def request(self, method: str, target: str, body=None, headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            connection.request(method, target, body=body, headers=headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, target: str, **options) -> Reply:
        return self.request("GET", target, **options)

    def post(self, target: str, body, **options) -> Reply:
        return self.request("POST", target, body, **options)

    def put(self, target: str, body, **options) -> Reply:
        return self.request("PUT", target, body, **options)

    def delete(self, target: str, **options) -> Reply:
        return self.request("DELETE", target, **options)

    def post_jobs(self, *jobs: dict) -> list[dict]:
        reply = self.post("/jobs", {"jobs": list(jobs)})
        assert reply.status == 200, reply.text
        return reply.json

    def post_job(self, operation: str = "ADD", target: str = "MY_DATASET", **more) -> str:
        """Posts one job that must be created and returns its id."""
        [item] = self.post_jobs({"operation": operation, "target": target, **more})
        assert item["status"] == "CREATED", item
        return item["job_id"]

    def memory(self) -> int:
        """Resident memory in bytes."""
        return self.status_value("VmRSS")

    def status_value(self, key: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(key)


BUMP = {
    "operation": "BUMP",
    "target": "DATASTORE",
    "description": "The spring version",
    "bumpFromVersion": "1.0.0",
    "bumpToVersion": "1.1.0",
    "bumpManifesto": {
        "version": "1.1.0",
        "description": "The spring version",
        "releaseTime": 1700000000,
        "languageCode": "no",
        "updateType": None,
        "dataStructureUpdates": [
            {"name": "RELEASED_SET", "description": "new", "operation": "ADD", "releaseStatus": "PENDING_RELEASE"},
            {"name": "REMOVED_SET", "description": "old", "operation": "REMOVE", "releaseStatus": "PENDING_DELETE"},
            {"name": "DRAFT_SET", "description": "later", "operation": "CHANGE", "releaseStatus": "DRAFT"},
        ],
    },
}

NINE_OPERATIONS = [
    {"operation": "ADD", "target": "A_ADD", "description": "an import"},
    {"operation": "CHANGE", "target": "A_CHANGE"},
    {"operation": "PATCH_METADATA", "target": "A_PATCH"},
    {"operation": "SET_STATUS", "target": "A_STATUS", "releaseStatus": "PENDING_RELEASE"},
    {"operation": "DELETE_DRAFT", "target": "A_DRAFT"},
    {"operation": "REMOVE", "target": "A_REMOVE", "description": "no longer wanted"},
    {"operation": "ROLLBACK_REMOVE", "target": "A_ROLLBACK"},
    {"operation": "DELETE_ARCHIVE", "target": "A_ARCHIVE"},
    BUMP,
]
