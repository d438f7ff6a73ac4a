"""Servers without transactions: a real standalone one answers code 20 to whoever numbers a transaction."""


from patience import wait_until
import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from standalone import Standalone

pytestmark = needs_mongodb


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
    proxy.close()


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
