"""Servers without transactions: a real standalone one answers code 20 to whoever numbers a transaction."""


from patience import wait_until
import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from standalone import Standalone

pytestmark = needs_mongodb

# What changes the database.
WRITES = {"insert", "update", "delete", "findAndModify", "create", "createIndexes"}


@pytest.fixture(scope="module")
def standalone():
    server = MongoDBServer("--standalone")
    yield server
    server.end()


@pytest.fixture(scope="module")
def replica_set():
    server = MongoDBServer()
    yield server
    server.end()


def test_a_standalone_server_is_never_asked_for_transactions(start, standalone):
    proxy = Standalone(standalone.port)
    service = start(standalone.environment(new_database(), proxy.port))
    assert "has no transactions" in service.log()
    job = service.post_job(target="ALONE")
    for status in ("initiated", "built", "importing", "completed"):
        assert service.put(f"/jobs/{job}", {"status": status, "log": status}).status == 200
    again = service.post_job(target="ALONE")
    assert [entry["jobId"] for entry in service.get("/jobs").json] == [again, job]
    assert len(service.get("/targets").json) == 1
    assert service.post("/maintenance-status", {"msg": "x", "paused": True}).status == 200
    assert proxy.refused == []
    writes = [command for command in proxy.commands if next(iter(command)) in WRITES]
    assert {next(iter(command)) for command in writes} == WRITES
    for command in writes:
        concern = command["writeConcern"]
        assert concern["w"] == "majority" and concern["j"] is True, command
        # The server gives up before libmongoc does, after 5 s.
        assert concern.get("wtimeout", 0) < 5000, command
    proxy.close()


def test_a_standalone_server_is_asked_and_told_nothing_twice(start, standalone):
    proxy = Standalone(standalone.port)
    service = start(standalone.environment(new_database(), proxy.port))
    service.post_job(target="FIRST")
    proxy.commands.clear()
    job = service.post_job(target="SECOND")
    requests = [lambda: None, lambda: service.put(f"/jobs/{job}", {"status": "built", "log": "x"})]
    requests.append(lambda: service.put(f"/jobs/{job}", {"status": "completed", "log": "x"}))
    requests.append(lambda: service.post_jobs(*({"operation": "ADD", "target": f"T_{n}"} for n in range(100))))
    for request in requests:
        request()
        told = [shown(command) for command in proxy.commands if next(iter(command)) not in ("hello", "ping")]
        assert len(told) == len(set(told)), told
        print(len(told), [next(iter(command)) for command in proxy.commands])
        assert len(told) <= 12
        proxy.commands.clear()
    proxy.close()


def shown(command):
    """A command without what differs from one to the next."""
    return repr({key: value for key, value in command.items() if key not in ("lsid", "$clusterTime")})


def test_a_server_that_takes_no_transactions_though_it_should_is_told_at_the_start(start, replica_set):
    proxy = Standalone(replica_set.port)
    with pytest.raises(AssertionError, match="ended with 1:") as failure:
        start(replica_set.environment(new_database(), proxy.port))
    text = str(failure.value)
    assert "transactions" in text and "rs.initiate()" in text and "127.0.0.1" in text, text
    assert proxy.refused
    note_fault("server refuses transactions at the start (code 20)", "exit 1 naming rs.initiate()")
    proxy.close()


def test_a_server_that_takes_no_transactions_any_more_is_503(start, replica_set):
    proxy = Standalone(replica_set.port)
    proxy.refuses = False
    service = start(replica_set.environment(new_database(), proxy.port))
    job = service.post_job()
    proxy.refuses = True
    for reply in (service.put(f"/jobs/{job}", {"status": "built"}), service.get(f"/jobs/{job}")):
        assert reply.status == 503 and reply.headers["Retry-After"] and "Transaction" not in reply.text
    note_fault("server refuses transactions later (code 20)", "503 until it takes them again")
    wait_until(lambda: "Transaction numbers are only allowed" in service.log(), service.log)
    proxy.refuses = False
    assert service.get(f"/jobs/{job}").json["log"] == []
    assert service.put(f"/jobs/{job}", {"status": "built"}).status == 200
    proxy.close()
