"""A start for which the system has not enough threads fails and says so: no part of the service is dead behind "ready"."""

import os
import re
import shutil
import socket
import subprocess
import time
from itertools import product
from pathlib import Path

import pytest
from mongodb import needs_sqlite
from service import Service

# The threads of one engine, and the socket beside its file.
pytestmark = needs_sqlite


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> Path:
    """A library that refuses one thread, of the number that NO_THREAD tells."""
    library = tmp_path_factory.mktemp("shim") / "no_thread.so"
    compiler = shutil.which("clang") or shutil.which("cc") or "cc"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, Path(__file__).with_name("no_thread.c"), "-ldl"], check=True
    )
    return library


def test_whichever_thread_is_refused_the_start_fails_or_nothing_is_missing(shim, tmp_path):
    wanted = {"log-writer", "http-N", "sqlite-open", "sqlite-writer", "metrics", "large bodies"}
    refused = set()
    # How many threads the runtime starts between them is its own affair, and not the same each time: one that had
    # another number when its own was refused is met in a later round.
    for attempt, number in product(range(4), range(1, 40)):
        if wanted <= refused:
            break
        folder = tmp_path / f"{attempt}-{number}"
        folder.mkdir()
        service = Service(
            folder, {"LD_PRELOAD": str(shim), "NO_THREAD": str(number), "JOB_SERVICE_HTTP__THREADS": "3"}
        )
        try:
            service.start()
        except AssertionError:
            assert service.process.returncode == 1, service.log()
            found = re.search(r"cannot start the thread '([a-z0-9 -]+)'", service.log())
            assert found, service.log()
            assert "ulimit -u" in service.log()
            refused.add(re.sub(r"\d", "N", found[1]))
            continue
        # It was one of the runtime's own, which asks again. Every loop answers.
        for _ in range(12):
            with socket.create_connection(("127.0.0.1", service.port), timeout=60) as client:
                client.sendall(b"GET /health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
        assert service.stop() == 0
    assert wanted <= refused, refused


def test_limits_that_change_reach_the_control_socket(start):
    service = start()
    configuration = service.folder / "config.yaml"
    folder = os.open(service.folder / "data", os.O_PATH)

    def status() -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            # The path itself may be too long for an address.
            client.connect(f"/proc/self/fd/{folder}/job-service.db-control")
            client.sendall(b"GET /maintenance-status HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 2000 + b"\r\n\r\n")
            return client.recv(1 << 16)[9:12]

    assert status() == b"200"
    configuration.write_text("http:\n  limits:\n    head: 1024\n")
    service.process.send_signal(1)
    for _ in range(6000):
        time.sleep(0.01)
        if status() == b"431":
            return
    raise AssertionError(service.log())
