"""Restarts under load, with a listening socket that outlives the process: no request fails, no acknowledged write is
lost.

A request has failed if it was sent and got no complete response. A client may reopen a kept connection that was closed
before it sent anything on it (RFC 9112 section 9.3.1), and try again where a connection was refused.

RESTARTS says how often (5 by default; `make test-restarts` does 50).
"""

import itertools
import json
import os
import select
import socket
import threading

from patience import LIMIT
import pytest
from activation import ActivatedService
from test_crash import Client, check

RESTARTS = int(os.environ.get("RESTARTS", "5"))


class Failed(Exception):
    """A request that was sent and got no complete response."""


class Wire:
    """One client's connection to the service, kept or not; it hides nothing of what goes wrong."""

    def __init__(self, port: int, keeps: bool):
        self.port = port
        self.keeps = keeps
        self.socket: socket.socket | None = None
        self.sent = self.refused = self.reopened = 0

    def connect(self) -> None:
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)
                return
            except ConnectionRefusedError:
                self.refused += 1

    def is_closed(self) -> bool:
        if not select.select([self.socket], [], [], 0)[0]:
            return False
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.socket.close()
        self.socket = None

    def request(self, method: str, target: str, body=None):
        if self.socket and self.is_closed():
            self.reopened += 1
            self.close()
        if not self.socket:
            self.connect()
        text = b"" if body is None else json.dumps(body).encode()
        connection = "" if self.keeps else "Connection: close\r\n"
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\n{connection}Content-Length: {len(text)}\r\n\r\n"
        self.sent += 1
        try:
            self.socket.sendall(head.encode() + text)
            status, headers, content = self.response()
        except (OSError, EOFError, ValueError) as error:
            raise Failed(f"request {self.sent} of this client, {method} {target}: {error!r}") from error
        if "connection: close" in headers:
            self.close()
        assert status == 200, (status, content)
        return json.loads(content)

    def response(self):
        file = self.socket.makefile("rb")
        status = int(self.line(file).split()[1])
        headers = []
        while line := self.line(file):
            headers.append(line.lower())
        if "transfer-encoding: chunked" not in headers:
            [length] = [int(header.split()[1]) for header in headers if header.startswith("content-length:")]
            return status, headers, self.exactly(file, length)
        content = b""
        while length := int(self.line(file), 16):
            content += self.exactly(file, length)
            self.line(file)
        self.line(file)
        return status, headers, content

    @staticmethod
    def line(file) -> str:
        line = file.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError(f"the connection ended in {line!r}")
        return line.decode().strip()

    @staticmethod
    def exactly(file, length: int) -> bytes:
        content = file.read(length)
        if len(content) != length:
            raise EOFError("the connection ended in the body")
        return content

    # What the clients of the crash test use of a service.

    def post_job(self, **job) -> str:
        [item] = self.request("POST", "/jobs", {"jobs": [{"operation": "ADD"} | job]})
        assert item["status"] == "CREATED", item
        return item["job_id"]

    def put(self, target: str, body):
        assert self.request("PUT", target, body) == {"message": "OK"}
        return OK


class OK:
    status = 200


class Load(threading.Thread):
    """Makes requests until it is told to stop; ends with the first that fails."""

    def __init__(self, wire: Wire, work):
        super().__init__(daemon=True)
        self.wire = wire
        self.work = work
        self.stops = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while not self.stops.is_set():
                self.work()
        except Exception as error:
            self.failure = error


def load(port: int) -> tuple[list[Load], list[Client]]:
    """Twenty clients: sixteen that write, four that read, half of them on kept connections."""
    writers, clients = [], []
    for number in range(16):
        wire = Wire(port, keeps=number % 2 == 0)
        client = Client(wire, number, seed=number)
        clients.append(client)
        writers.append(Load(wire, client.one_job))
    targets = ["/jobs?status=queued", "/jobs?ignoreCompleted=true", "/targets", "/jobs?limit=200"]
    readers = []
    for number, target in enumerate(targets):
        wire = Wire(port, keeps=number % 2 == 0)
        readers.append(Load(wire, lambda wire=wire, target=target: wire.request("GET", target)))
    return writers + readers, clients


@pytest.fixture
def service(tmp_path):
    service = ActivatedService(tmp_path).start()
    yield service
    service.end()


def test_restarts_under_load_fail_no_request_and_lose_no_acknowledged_write(service):
    loads, clients = load(service.port)
    for thread in loads:
        thread.start()
    # With a grace the clients are told to leave; without one the engine must not cut off those that were not.
    graces = itertools.cycle(["250ms", "0s"])
    for _ in range(RESTARTS):
        before = [thread.wire.sent for thread in loads]
        while any(thread.wire.sent < count + 3 and not thread.failure for thread, count in zip(loads, before)):
            assert service.process.poll() is None, service.log()[-2000:]
        assert service.stop() == 0
        service.start(JOB_SERVICE_LIFECYCLE__GRACE=next(graces))
    for thread in loads:
        thread.stops.set()
    for thread in loads:
        thread.join(30)
        assert not thread.is_alive()
    failures = [thread.failure for thread in loads if thread.failure]
    assert not failures, failures
    check(service, clients)
    requests = sum(thread.wire.sent for thread in loads)
    reopened = sum(thread.wire.reopened for thread in loads)
    assert sum(thread.wire.refused for thread in loads) == 0, "the socket is always there"
    print(f"{RESTARTS} restarts, {requests} requests of {len(loads)} clients, none failed, {reopened} reopened")
