"""How often the service asks the database. Each number is a limit that was reached once and shall not be passed again."""

import time
import uuid

import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database
from wire import Recorder

pytestmark = needs_mongodb


@pytest.fixture(scope="module")
def server():
    server = MongoDBServer()
    yield server
    server.end()


@pytest.fixture
def recorder(server):
    recorder = Recorder(server.port)
    yield recorder
    recorder.close()


@pytest.fixture
def service(start, server, recorder):
    service = start(server.environment(new_database(), recorder.port))
    # Each connection makes itself known once; the first insert asks where the sequences are.
    for _ in range(2):
        service.put(f"/jobs/{service.post_job(target='FIRST')}", {"status": "completed"})
    settle(recorder)
    return service


def settle(recorder):
    """Waits until every transaction that has begun has come to its end, for which nobody may be waiting."""
    deadline = time.monotonic() + 60
    while recorder.open_transactions():
        assert time.monotonic() < deadline, recorder.names()
        time.sleep(0.005)


def trips(recorder, request):
    settle(recorder)
    recorder.forget()
    reply = request()
    settle(recorder)
    names = recorder.names()
    print(f"{len(names)}: {' '.join(names)}")
    return reply, len(names)


def jobs(count):
    return [{"operation": "ADD", "target": f"T_{uuid.uuid4().hex.upper()}"} for _ in range(count)]


@pytest.mark.parametrize("count, limit", [(1, 4), (2, 10), (256, 10)])
def test_new_jobs(service, recorder, count, limit):
    wanted = jobs(count)
    items, seen = trips(recorder, lambda: service.post_jobs(*wanted))
    assert [item["status"] for item in items] == ["CREATED"] * count
    assert seen <= limit
    names = {target["name"] for target in service.get("/targets").json}
    assert {job["target"] for job in wanted} <= names
    # Again, half of them: as many round trips.
    taken = wanted[: count // 2]
    items, seen = trips(recorder, lambda: service.post_jobs(*taken, *jobs(1)))
    assert [item["status"] for item in items] == ["FAILED"] * len(taken) + ["CREATED"]
    assert seen <= limit


@pytest.mark.parametrize("count", [1, 256])
def test_duplicates(service, recorder, count):
    taken = jobs(count)
    service.post_jobs(*taken)
    items, seen = trips(recorder, lambda: service.post_jobs(*taken))
    assert [item["status"] for item in items] == ["FAILED"] * count
    assert seen <= 2


def test_updates(service, recorder):
    job = service.post_job()
    for number in range(3):
        reply, seen = trips(recorder, lambda: service.put(f"/jobs/{job}", {"status": "built", "log": "more"}))
        assert reply.status == 200 and seen <= 3
    reply, seen = trips(recorder, lambda: service.put(f"/jobs/{job}", {"status": "completed", "log": "the end"}))
    assert reply.status == 200 and seen <= 5
    assert service.get("/jobs?ignoreCompleted=true").json == []
    assert service.get(f"/jobs/{job}").json["log"][-1]["message"] == "the end"


def test_reads(service, recorder):
    job, finished = service.post_job(), service.post_job(target="FINISHED")
    service.put(f"/jobs/{finished}", {"status": "completed"})
    for path, limit in ((f"/jobs/{job}", 2), (f"/jobs/{finished}", 3), ("/jobs", 3), ("/targets", 2)):
        reply, seen = trips(recorder, lambda: service.get(path))
        assert reply.status == 200 and seen <= limit, path
