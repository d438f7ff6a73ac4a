"""Long lists on servers that forget: the client gets the whole list, or sees that it did not; never a shorter one."""

import http.client

import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from wire import CommandProxy

pytestmark = needs_mongodb
COUNT = 1500


class Forgetful(CommandProxy):
    """A server that keeps the past until it is told to forget it.

    The stand-in takes the time of a read and passes over it; here the first reply to a question about a time is kept
    and given again, which is what makes the service read by time. With `reads_past` off, reads by time are refused, as
    servers before 5.0 do."""

    reads_replies = True

    def __init__(self, target_port: int, reads_past: bool):
        self.reads_past = reads_past
        self.has_forgotten = False
        self.past: dict[str, dict] = {}
        self.refused: list[str] = []
        self.seen: list[dict] = []
        super().__init__(target_port)

    def answer(self, command):
        name = next(iter(command))
        self.seen.append(command)
        concern = command.get("readConcern", {})
        if concern.get("level") == "snapshot" and "autocommit" not in command:
            if not self.reads_past:
                return {"ok": 0.0, "code": 72, "codeName": "InvalidOptions", "errmsg": "only in a transaction"}
            if "atClusterTime" in concern:
                if self.has_forgotten:
                    self.refused.append(name)
                    return {"ok": 0.0, "code": 239, "codeName": "SnapshotTooOld", "errmsg": "the past is gone"}
                return self.past.get(self.key(command))
        if self.has_forgotten and "autocommit" in command and not command.get("startTransaction"):
            # What transactionLifetimeLimitSeconds does.
            self.refused.append(name)
            return {
                "ok": 0.0, "code": 251, "codeName": "NoSuchTransaction", "errmsg": "the transaction has been aborted",
                "errorLabels": ["TransientTransactionError"],
            }
        return None

    def rewrite(self, command, reply):
        if "readConcern" in command and command.get("limit") == 1:
            self.past.setdefault(self.key(command), reply)
        return reply

    def key(self, command):
        return repr((command[next(iter(command))], command.get("filter")))


@pytest.fixture(scope="module")
def server():
    server = MongoDBServer()
    yield server
    server.end()


@pytest.fixture(params=[True, False], ids=["reads the past", "has transactions alone"])
def listing(request, start, server):
    """A service with a list of some megabytes, and its server."""
    proxy = Forgetful(server.port, reads_past=request.param)
    database = new_database()
    with server.client() as client:
        client[database].completed.insert_many(
            {
                "jobId": f"{number:06}", "status": "completed", "createdAt": "2026-01-01T00:00:00.000000Z",
                "parameters": {"operation": "ADD", "target": f"T_{number}"},
                "log": [{"at": "2026-01-01T00:00:00.000000Z", "message": "x" * 3000}],
                "createdBy": {"userId": "1", "firstName": "A", "lastName": "B"},
            }
            for number in range(COUNT)
        )
    more = {"JOB_SERVICE_MODULES__TARGETS__ENABLED": "false"}
    service = start(server.environment(database, proxy.port) | more)
    yield service, proxy
    proxy.close()


def open_list(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    connection.request("GET", "/jobs")
    return connection, connection.getresponse()


def test_a_long_list_is_whole(listing):
    service, proxy = listing
    proxy.seen.clear()
    connection, reply = open_list(service)
    assert reply.read().count(b'"jobId"') == COUNT
    connection.close()
    in_transactions = [command for command in proxy.seen if "autocommit" in command]
    assert bool(in_transactions) is not proxy.reads_past
    # Nothing is taken back: what was read in a transaction is committed.
    if not proxy.reads_past:
        assert "commitTransaction" in [next(iter(command)) for command in in_transactions]


def test_a_list_that_the_server_forgets_is_broken_off(listing):
    service, proxy = listing
    connection, reply = open_list(service)
    body = reply.read(100_000)
    assert reply.status == 200 and body.count(b'"jobId"') > 10
    proxy.has_forgotten = True
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        while more := reply.read(100_000):
            body += more
    connection.close()
    assert proxy.refused
    assert body.count(b'"jobId"') < COUNT and not body.endswith(b"]")
    note_fault("server forgets the state of a list being read", "the body is broken off")
    # The service lives on, and reads the present.
    proxy.has_forgotten = False
    assert service.get("/jobs?limit=3").status == 200
