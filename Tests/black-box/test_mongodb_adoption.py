"""The service takes over a database of the Python service and goes on from there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database, shared_server
from service import BINARY

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
    assert [job["jobId"] for job in jobs] == [ID.format(n) for n in [1, 2, 3, *range(10, 50), *range(60, 65)]]
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
    assert "_id" not in service.get("/targets").text + service.get("/maintenance-history").text
    assert all(INSTANT.match(target["lastUpdatedAt"]) for target in service.get("/targets").json)


@pytest.mark.parametrize("flag,paused", [
    ({"pause": True}, True), ({"pause": 1}, True), ({"pause": 0}, False), ({"pause": "True"}, True),
    ({"paused": "off", "pause": True}, False), ({"paused": None, "pause": 1.0}, True)])
def test_a_status_of_2023_is_served_by_its_value(server, database, start, flag, paused):
    with server.client() as client:
        client[database].maintenance.insert_one({"msg": "old", "timestamp": "2023-05-04T10:11:12.131415"} | flag)
    service = start(server.environment(database))
    status = {"msg": "old", "paused": paused, "timestamp": "2023-05-04T10:11:12.131415Z"}
    assert service.get("/maintenance-status").json == status
    assert service.get("/maintenance-history").json == [status]


def test_pages_cover_old_and_new_documents(server, database, start):
    fill(server, database)
    service = start(server.environment(database))
    new = [service.post_job(target=f"NEW_{n}") for n in range(3)]
    seen, target = [], "/jobs?limit=5"
    while target:
        reply = service.get(target)
        seen += [job["jobId"] for job in reply.json]
        link = reply.headers.get("Link")
        target = urljoin(target, re.search("<(.*)>", link).group(1)) if link else None
    old = [ID.format(n) for n in [*range(10, 50), *range(60, 65)]]
    assert seen == [ID.format(n) for n in [1, 2, 3]] + new + old


USER_KEYS, LINE_KEYS = ["userId", "firstName", "lastName"], ["at", "message"]
UPDATE_KEYS = ["name", "description", "operation", "releaseStatus"]
OPTIONAL = ["description", "releaseStatus", "bumpManifesto", "bumpFromVersion", "bumpToVersion"]
MANIFEST_KEYS = ["version", "description", "releaseTime", "languageCode", "updateType", "dataStructureUpdates"]


def assert_has_shape(job):
    """Exactly the keys of the contract; no null but that of updateType."""
    assert set(job) == {"jobId", "status", "parameters", "log", "createdAt", "createdBy"}
    assert set(job["createdBy"]) == set(USER_KEYS) and all(job["createdBy"].values())
    assert all(set(line) == set(LINE_KEYS) for line in job["log"])
    parameters = job["parameters"]
    assert {"operation", "target"} <= set(parameters) <= {"operation", "target", *OPTIONAL}
    assert None not in parameters.values()
    if manifest := parameters.get("bumpManifesto"):
        assert set(manifest) == set(MANIFEST_KEYS)
        assert all(set(update) == set(UPDATE_KEYS) for update in manifest["dataStructureUpdates"])
        assert None not in [value for key, value in manifest.items() if key != "updateType"]


def everything(service):
    """Each way in which jobs are served."""
    jobs = service.get("/jobs").json
    for job in jobs:
        yield service.get(f"/jobs/{job['jobId']}").json
    yield from jobs
    yield from service.get("/jobs?limit=100").json
    yield from service.get("/jobs?status=completed").json
    for target in ("OLD_A", "OLD_B", "OLD_C", "OLD_D", "OLD_E"):
        yield from service.get(f"/targets/{target}/jobs").json


def test_nulls_and_unknown_fields_of_old_documents_are_not_served(server, database, start, tmp_path):
    fill(server, database)
    service = start(server.environment(database))
    served = list(everything(service))
    assert len(served) > 100
    for job in served:
        assert_has_shape(job)
    careless = service.get(f"/jobs/{ID.format(62)}").json
    assert careless["parameters"] == {"operation": "ADD", "target": "OLD_C"} and len(careless["log"]) == 2
    manifest = service.get(f"/jobs/{ID.format(63)}").json["parameters"]["bumpManifesto"]
    assert manifest["updateType"] is None and len(manifest["dataStructureUpdates"]) == 2
    assert service.get(f"/jobs/{ID.format(64)}").json["log"] == []
    for target in service.get("/targets").json:
        assert set(target) == {"name", "lastUpdatedAt", "status", "lastUpdatedBy", "action"}
        assert set(target["lastUpdatedBy"]) == set(USER_KEYS)
    # A job whose log is null is worked off like any other.
    job = f"/jobs/{ID.format(3)}"
    assert service.get(job).json["log"] == []
    assert service.put(job, {"status": "initiated"}).status == 200
    assert service.put(job, {"status": "completed", "log": "done"}).status == 200
    assert [line["message"] for line in service.get(job).json["log"]][1:] == ["Set status: completed", "done"]
    service.stop()

    # The same from SQLite, after a copy.
    environment = {"PATH": os.environ["PATH"]} | server.environment(database)
    url = environment["MONGODB_URL"]
    command = [BINARY, "copy", "--from", url, "--to", "sqlite:copied.db"]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True)
    copied = start({"JOB_SERVICE_STORAGE__URL": f"sqlite:{tmp_path}/copied.db"})
    for job in everything(copied):
        assert_has_shape(job)


def test_old_jobs_whose_log_is_null_go_on_without_transactions(start):
    server = MongoDBServer("--standalone")
    try:
        fill(server, "jobdb")
        service = start(server.environment())
        job = f"/jobs/{ID.format(3)}"
        assert service.put(job, {"status": "completed", "log": "done"}).status == 200
        assert len(service.get(job).json["log"]) == 2
        assert service.get("/jobs").json[-1] == service.get(job).json
    finally:
        server.end()


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
    assert len(start(server.environment(database)).get("/jobs?ignoreCompleted=true").json) == 3


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
        assert [job["jobId"] for job in service.get("/jobs?ignoreCompleted=true").json][3:] == ids
        assert len(service.get("/maintenance-history").json) == 2


@pytest.mark.parametrize("lines", [40, 15_000], ids=["few lines", "many lines"])
def test_a_job_near_the_16_mb_that_a_server_takes_can_still_be_finished(server, database, start, lines):
    at = "2023-05-04T10:00:00.000000"
    size = 16_700_000 // lines - 80
    job = {
        "jobId": ID.format(1), "status": "importing", "parameters": {"operation": "ADD", "target": "LARGE"},
        "log": [{"at": at, "message": f"{line:06}".ljust(size, "x")} for line in range(lines)],
        "createdAt": at, "createdBy": {"userId": "u", "firstName": "F", "lastName": "L"},
    }
    with server.client() as client:
        client[database].inprogress.insert_one(job)
    service = start(server.environment(database))
    assert len(service.get(f"/jobs/{ID.format(1)}").body) > 16_000_000
    text = "the last words" * 1000
    assert service.put(f"/jobs/{ID.format(1)}", {"status": "completed", "log": text}).status == 200
    done = service.get(f"/jobs/{ID.format(1)}").json
    assert done["status"] == "completed"
    assert [line["message"] for line in done["log"]][-2:] == ["Set status: completed", text]
    assert service.get("/targets").json[0]["status"] == "completed"
