"""A server for tests that speaks MongoDB's protocol: one that the tests start, or the one that TEST_MONGODB_URL names."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest

needs_mongodb = pytest.mark.skipif(os.environ.get("MONGODB_TESTS") == "skip", reason="MONGODB_TESTS=skip")
needs_sqlite = pytest.mark.skipif(os.environ.get("BLACK_BOX_STORAGE") == "mongodb", reason="looks at SQLite's files")


class MongoDBServer:
    """A server of its own, which a test may kill or stop."""

    def __init__(self, *arguments: str):
        script = Path(__file__).parent.parent / "mongodb" / "test-server"
        self.process = subprocess.Popen(
            [sys.executable, script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.read_facts()
        print(f"MongoDB tests run against {self.name}", file=sys.stderr)

    def read_facts(self):
        line = self.process.stdout.readline()
        assert line, "the test server does not start; see above, and Tests/requirements-mongodb.txt"
        facts = json.loads(line)
        self.name, self.port, self.pid = facts["server"], facts["port"], facts["pid"]
        self.user, self.password = facts["user"], facts["password"]

    def url(self, database: str, port: int | None = None) -> str:
        """Without the user, whom `environment` names."""
        return f"mongodb://127.0.0.1:{port or self.port}/{database}?directConnection=true"

    def environment(self, database: str = "jobdb", port: int | None = None, **more: str) -> dict[str, str]:
        """What the service needs to use that database."""
        return {
            "MONGODB_URL": self.url(database, port),
            "MONGODB_USER": self.user,
            "MONGODB_PASSWORD": self.password,
        } | more

    def admin_url(self) -> str:
        user = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"mongodb://{user}@127.0.0.1:{self.port}/?authSource=admin&directConnection=true"

    def client(self, **options):
        import pymongo

        return pymongo.MongoClient(self.admin_url(), **options)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def suspend(self):
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def start_again(self):
        """After `kill`, on the same port and data."""
        self.process.stdin.write("start\n")
        self.process.stdin.flush()
        self.read_facts()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class NamedServer:
    """The server of TEST_MONGODB_URL, for tests that do it no harm."""

    def __init__(self, url: str):
        start, _, rest = url.partition("://")
        hosts, _, rest = rest.partition("/")
        self.start, self.options = f"{start}://{hosts}", rest.partition("?")[2]
        self.name = "the server of TEST_MONGODB_URL"
        print(f"MongoDB tests run against {self.name}", file=sys.stderr)

    def environment(self, database: str = "jobdb", port: int | None = None, **more: str) -> dict[str, str]:
        return {"MONGODB_URL": f"{self.start}/{database}?{self.options}"} | more

    def admin_url(self) -> str:
        return f"{self.start}/?{self.options}"

    def client(self, **options):
        import pymongo

        return pymongo.MongoClient(self.admin_url(), **options)

    def end(self):
        pass


def note_fault(fault: str, seen: str) -> None:
    """A row of `make fault-table`."""
    print(f"\n| {fault} | {seen} |")


def shared_server():
    url = os.environ.get("TEST_MONGODB_URL")
    return NamedServer(url) if url else MongoDBServer()


def new_database() -> str:
    return f"test_{uuid.uuid4().hex[:12]}"


# The server of the whole suite, if it runs on MongoDB.
shared: MongoDBServer | NamedServer | None = None


def database_of(folder: Path) -> str:
    """The name of the database of the service in a folder, the same after it starts again."""
    return "test_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]


def storage_of(folder: Path) -> dict[str, str]:
    if not shared:
        return {}
    # The stand-in answers one command after the other: how long that takes is not what most tests are about.
    patience = {
        "JOB_SERVICE_STORAGE__MONGODB__READ_DEADLINE": "200s", "JOB_SERVICE_STORAGE__MONGODB__WRITE_DEADLINE": "200s",
        "JOB_SERVICE_HTTP__DEADLINES__HANDLER": "250s",
    }
    return shared.environment(database_of(folder)) | patience
