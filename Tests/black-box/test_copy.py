"""`job-service copy` carries all documents from one storage engine to the other and back."""

import os
import subprocess

import pytest
from mongodb import needs_mongodb, needs_sqlite, new_database, shared_server
from service import BINARY
from stored_jobs import fill

pytestmark = [needs_mongodb, needs_sqlite]


@pytest.fixture(scope="module")
def server():
    server = shared_server()
    yield server
    server.end()


def copy(folder, server, source, target):
    environment = {"PATH": os.environ["PATH"]} | server.environment()
    return subprocess.run(
        [BINARY, "copy", "--from", source, "--to", target], cwd=folder, env=environment, capture_output=True, text=True
    )


def answers(service):
    targets = ["/jobs", "/targets", "/maintenance-history"]
    return [service.get(target).json for target in targets]


@pytest.fixture
def filled(start):
    service = start()
    service.post_job(target="ACTIVE")
    job = service.post_job(target="DONE")
    service.put(f"/jobs/{job}", {"status": "completed", "log": "with \"quotes\", \n and é"})
    service.post("/maintenance-status", {"msg": "x", "paused": True})
    service.stop()
    fill(service.folder, "completed", 1500, "completed")
    service.start()
    before = answers(service)
    service.stop()
    return service, before


def test_from_sqlite_to_mongodb_and_back(filled, server, start, tmp_path):
    service, before = filled
    database = new_database()
    url = server.environment(database)["MONGODB_URL"]
    there = copy(service.folder, server, "sqlite:data/job-service.db", url)
    assert there.returncode == 0, there.stderr
    assert "completed: 1501 documents, the same in both databases" in there.stdout
    on_mongodb = start(server.environment(database))
    assert answers(on_mongodb) == before
    on_mongodb.stop()
    (service.folder / "back").mkdir()
    back = copy(service.folder, server, url, "sqlite:back/data/job-service.db")
    assert back.returncode == 0, back.stderr
    assert answers(start(folder=service.folder / "back")) == before
    with server.client() as client:
        client.drop_database(database)


def test_an_interrupted_copy_goes_on(filled, server):
    service, _ = filled
    database = new_database()
    url = server.environment(database)["MONGODB_URL"]
    assert copy(service.folder, server, "sqlite:data/job-service.db", url).returncode == 0
    with server.client() as client:
        collection = client[database].completed
        last = [job["_id"] for job in collection.find(sort=[("_id", -1)], limit=700)]
        collection.delete_many({"_id": {"$in": last}})
        again = copy(service.folder, server, "sqlite:data/job-service.db", url)
        assert again.returncode == 0, again.stderr
        assert collection.count_documents({}) == 1501
        client.drop_database(database)


def test_a_target_with_other_documents_is_refused(filled, server, start):
    service, _ = filled
    database = new_database()
    with server.client() as client:
        client[database].completed.insert_one({"jobId": "another"})
        result = copy(service.folder, server, "sqlite:data/job-service.db", server.environment(database)["MONGODB_URL"])
        assert result.returncode == 1 and "'completed'" in result.stderr and "do:" in result.stderr
        assert client[database].completed.count_documents({}) == 1
        client.drop_database(database)


@pytest.mark.parametrize("arguments", [[], ["--from", "sqlite:a.db"], ["--from", "sqlite:a", "--to", "sqlite:a"]])
def test_wrong_arguments_are_exit_64(tmp_path, arguments):
    result = subprocess.run([BINARY, "copy", *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 64 and "--from URL" in result.stderr
