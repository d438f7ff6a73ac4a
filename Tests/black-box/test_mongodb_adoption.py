"""The service takes over a database of the Python service and goes on from there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mongodb import needs_mongodb, new_database, shared_server

pytestmark = needs_mongodb
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
ID = "00000000-0000-4000-8000-{:012}"


@pytest.fixture(scope="module")
def server():
    server = shared_server()
    yield server
    server.end()


@pytest.fixture
def database(server):
    name = new_database()
    yield name
    with server.client() as client:
        client.drop_database(name)


def fill(server, database, *arguments):
    script = Path(__file__).parent.parent / "mongodb" / "python-service-database"
    subprocess.run([sys.executable, script, server.admin_url(), database, *arguments], check=True)


def test_every_old_document_is_served_in_its_order(server, database, start):
    fill(server, database)
    service = start(server.environment(database))
    jobs = service.get("/jobs").json
    assert [job["jobId"] for job in jobs] == [ID.format(n) for n in [1, 2, *range(10, 50), 60, 61]]
    for job in jobs:
        assert "_id" not in job
        assert INSTANT.match(job["createdAt"]), job["createdAt"]
        for line in job["log"]:
            assert set(line) == {"at", "message"} and INSTANT.match(line["at"]), line
    assert jobs[0]["createdAt"] == "2023-05-04T10:00:01.654321Z" and jobs[0]["log"] == []
    assert jobs[1]["log"][1] == {"at": "2023-05-04T10:11:01.123000Z", "message": "line 1\nof 2"}
    assert service.get(f"/jobs/{ID.format(10)}").json["parameters"] == {"operation": "ADD", "target": "OLD_0"}
    assert service.get("/targets/OLD_A/jobs").json[1]["parameters"]["bumpManifesto"]["updateType"] is None
    history = service.get("/maintenance-history").json
    assert [entry["msg"] for entry in history][0] == "Upgrading"
    assert history[0]["timestamp"] == "2023-05-04T10:11:12.131415Z" and len(history) == 2
    assert service.get("/maintenance-status").json["paused"] is True
    names = [target["name"] for target in service.get("/targets").json]
    assert names == sorted(names) and "OLD_A" in names
    assert all(INSTANT.match(target["lastUpdatedAt"]) for target in service.get("/targets").json)


def test_pages_cover_old_and_new_documents(server, database, start):
    fill(server, database)
    service = start(server.environment(database))
    new = [service.post_job(target=f"NEW_{n}") for n in range(3)]
    seen, target = [], "/jobs?limit=5"
    while target:
        reply = service.get(target)
        seen += [job["jobId"] for job in reply.json]
        link = reply.headers.get("Link")
        target = re.search("<(.*)>", link).group(1) if link else None
    assert seen == [ID.format(n) for n in [1, 2]] + new + [ID.format(n) for n in [*range(10, 50), 60, 61]]


def test_old_jobs_go_on(server, database, start):
    fill(server, database)
    service = start(server.environment(database))
    taken = service.post_jobs({"operation": "CHANGE", "target": "OLD_B"})[0]
    assert taken == {"status": "FAILED", "msg": "Job with target OLD_B already in progress"}
    job = ID.format(2)
    assert service.put(f"/jobs/{job}", {"status": "completed", "log": "done"}).status == 200
    finished = service.get(f"/jobs/{job}").json
    assert [line["message"] for line in finished["log"]][2:] == ["Set status: completed", "done"]
    assert all(INSTANT.match(line["at"]) for line in finished["log"])
    assert service.get("/jobs").json[-1]["jobId"] == job, "it is the last that entered the completed ones"
    assert service.post_job(operation="CHANGE", target="OLD_B")
    assert service.put(f"/jobs/{ID.format(10)}", {"status": "queued"}).status == 404
    with server.client() as client:
        assert client[database].inprogress.count_documents({"jobId": job}) == 0
        kept = client[database].completed.find_one({"jobId": job})
        assert kept["createdAt"] == "2023-05-04T10:00:02.654321" or kept["createdAt"].endswith("Z")


def test_the_index_of_the_old_readme_is_dropped_with_a_warning(server, database, start):
    fill(server, database, "--index")
    service = start(server.environment(database))
    assert "'datasetName_1'" in service.log() and "dropped" in service.log()
    for n in range(3):
        service.post_job(target=f"NEW_{n}")
    with server.client() as client:
        indexes = client[database].inprogress.index_information()
        assert "datasetName_1" not in indexes
        assert indexes["parameters.target_1"]["unique"] and indexes["jobId_1"]["unique"]


def test_data_that_violates_an_index_is_reported_with_names(server, database, start):
    fill(server, database)
    with server.client() as client:
        copy = client[database].inprogress.find_one({"jobId": ID.format(1)})
        del copy["_id"]
        client[database].inprogress.insert_one(copy)
    with pytest.raises(AssertionError, match="ended with 1") as failure:
        start(server.environment(database))
    text = str(failure.value)
    assert all(word in text for word in ["inprogress", "parameters.target", "2 have", "OLD_A", database, "do:"]), text
    with server.client() as client:
        client[database].inprogress.delete_one({"_id": client[database].inprogress.find_one({"jobId": ID.format(1)})["_id"]})
    assert len(start(server.environment(database)).get("/jobs?ignoreCompleted=true").json) == 2


def test_an_index_with_other_options_is_reported_with_names(server, database, start):
    fill(server, database)
    with server.client() as client:
        client[database].completed.create_index([("jobId", 1)], name="by_job")
    with pytest.raises(AssertionError, match="ended with 1") as failure:
        start(server.environment(database))
    text = str(failure.value)
    assert all(word in text for word in ["completed", "'by_job'", "jobId", "unique: false", "dropIndex"]), text


def test_many_first_boots_at_once(server, database, start, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    fill(server, database)
    environment = server.environment(database)
    folders = [tmp_path / f"instance-{n}" for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        services = list(pool.map(lambda folder: start(environment, folder=folder), folders))
    ids = [service.post_job(target=f"NEW_{n}") for n, service in enumerate(services)]
    for service in services:
        assert [job["jobId"] for job in service.get("/jobs?ignoreCompleted=true").json][2:] == ids
        assert len(service.get("/maintenance-history").json) == 2
