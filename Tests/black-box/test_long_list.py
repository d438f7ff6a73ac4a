"""A list of 200,000 jobs (2,000 on the stand-in for MongoDB): complete, correct, and in memory that does not grow with it."""

import json
import os
import socket
import sqlite3
import threading

from mongodb import needs_sqlite
from stored_jobs import fill, stored_job

# The stand-in for MongoDB that the tests start reads whole collections where a real server, named by TEST_MONGODB_URL,
# uses an index: there are fewer jobs then. Nowhere is there a rebuild of targets, which is not what this is about.
IS_STAND_IN = os.environ.get("BLACK_BOX_STORAGE") == "mongodb" and "TEST_MONGODB_URL" not in os.environ
COUNT = 2000 if IS_STAND_IN else 200_000
ENVIRONMENT = {"JOB_SERVICE_MODULES__TARGETS__ENABLED": "false"}


def test_a_long_list_is_whole_and_costs_no_memory(start):
    service = start(ENVIRONMENT)
    service.post_job()
    service.stop()
    fill(service.folder, "completed", COUNT, "completed")
    service.start()
    jobs = service.get("/jobs").json
    assert len(jobs) == COUNT + 1
    assert [job["jobId"] for job in jobs[1:]] == [f"{number:012}" for number in range(COUNT)]
    small = service.memory()
    for _ in range(1 if IS_STAND_IN else 3):
        assert service.get("/jobs").body.count(b'"jobId"') == COUNT + 1
    peak = service.status_value("VmHWM")
    print(f"resident {small >> 20} MB, peak {peak >> 20} MB")
    assert peak < 64 << 20


def test_readers_that_stall_neither_fill_the_memory_nor_hold_up_others(start):
    service = start(ENVIRONMENT)
    service.post_job()
    service.stop()
    fill(service.folder, "completed", COUNT // 4, "completed")
    service.start()
    stalled = []
    for _ in range(20):
        reader = socket.create_connection(("127.0.0.1", service.port))
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(b"GET /jobs HTTP/1.1\r\nHost: x\r\n\r\n")
        stalled.append(reader)
    for _ in range(50):
        assert len(service.get("/jobs?status=queued").json) == 1
        assert service.get("/jobs/000000000007").json["parameters"]["target"] == "OLD_7"
    job = service.post_job(target="MEANWHILE")
    assert service.put(f"/jobs/{job}", {"status": "completed"}).status == 200
    assert service.status_value("VmHWM") < 96 << 20
    for reader in stalled:
        reader.close()


@needs_sqlite
def test_readers_that_stall_over_a_very_large_job_do_not_fill_the_memory(start):
    service = start()
    service.stop()
    job = stored_job(0, "completed", "OLD") | {
        "log": [{"at": "2026-01-01T00:00:00.000000Z", "message": f"{line:06}" + "x" * 1000} for line in range(25_000)]
    }
    database = sqlite3.connect(service.folder / "data" / "job-service.db")
    with database:
        text = json.dumps(job, separators=(",", ":"))
        database.execute("INSERT INTO completed (document) VALUES (?)", (text,))
    database.close()
    service.start()
    before = service.memory()
    stalled = []
    for path in ["/jobs/000000000000", "/jobs"] * 10:
        reader = socket.create_connection(("127.0.0.1", service.port))
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        stalled.append(reader)
    for reader in stalled:
        assert reader.recv(100).startswith(b"HTTP/1.1 200 OK")
    print(f"{before >> 20} MB before, {service.memory() >> 20} MB with all waiting, peak {service.status_value('VmHWM') >> 20} MB")
    assert service.memory() < 200 << 20
    assert service.get("/jobs/000000000000").text == text
    assert service.get("/jobs").text == f"[{text}]"
    for reader in stalled:
        reader.close()


def test_a_job_that_moves_while_the_list_is_read_appears_exactly_once(start):
    service = start(ENVIRONMENT)
    service.post_job()
    service.stop()
    count = min(COUNT, 20_000)
    fill(service.folder, "completed", count, "completed")
    service.start()
    moving = [item["job_id"] for item in service.post_jobs(*({"operation": "ADD", "target": f"M{n}"} for n in range(50)))]
    done = threading.Event()

    def move() -> None:
        for job in moving:
            assert service.put(f"/jobs/{job}", {"status": "completed"}).status == 200
        done.set()

    mover = threading.Thread(target=move)
    mover.start()
    lists = 0
    while not done.is_set() or lists == 0:
        ids = [job["jobId"] for job in json.loads(service.get("/jobs").body)]
        assert len(ids) == len(set(ids)) == count + 51
        lists += 1
    mover.join()
