"""`job-service copy` carries all documents from one storage engine to the other and back."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import time

from patience import LIMIT
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


def documents(path):
    """All documents of an SQLite database, collection by collection in order of entry."""
    database = sqlite3.connect(path)
    names = ["inprogress", "completed", "targets", "maintenance", "targetmarks", "idempotencykeys"]
    rows = {name: database.execute(f'SELECT document FROM "{name}" ORDER BY position').fetchall() for name in names}
    database.close()
    return {name: [json.loads(row[0]) for row in rows[name]] for name in names}


def checksums(output):
    found = dict(re.findall(r"^(\w+): .* SHA-256 ([0-9a-f]{64})$", output, re.MULTILINE))
    assert len(found) == 7, output
    return found


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
    assert there.stderr == "", "progress is shown on a terminal alone"
    original = documents(service.folder / "data" / "job-service.db")
    on_mongodb = start(server.environment(database))
    assert answers(on_mongodb) == before
    on_mongodb.stop()
    (service.folder / "back").mkdir()
    back = copy(service.folder, server, url, "sqlite:back/data/job-service.db")
    assert back.returncode == 0, back.stderr
    # What a service that started meanwhile has noted is not compared.
    (one, two) = (checksums(there.stdout), checksums(back.stdout))
    copied = documents(service.folder / "back" / "data" / "job-service.db")
    for name in ["inprogress", "completed", "targets", "maintenance"]:
        assert copied[name] == original[name] and one[name] == two[name], name
    assert answers(start(folder=service.folder / "back")) == before
    with server.client() as client:
        client.drop_database(database)


def test_a_source_on_mongodb_stays_as_it_is(server, tmp_path):
    database = new_database()
    url = server.environment(database)["MONGODB_URL"]
    missing = copy(tmp_path, server, url, "sqlite:data/none.db")
    assert missing.returncode == 1 and f"has no database '{database}'" in missing.stderr, missing.stderr
    status = {"msg": "x", "paused": True, "timestamp": "2026-01-01T00:00:00.000000Z"}
    with server.client() as client:
        assert database not in client.list_database_names()
        client[database].maintenance.insert_one(dict(status))
        before = client[database].list_collection_names(), client[database].maintenance.index_information()
        done = copy(tmp_path, server, url, "sqlite:data/copy.db")
        assert done.returncode == 0 and "maintenance: 1 documents" in done.stdout, done.stderr
        assert before == (client[database].list_collection_names(), client[database].maintenance.index_information())
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


def test_a_copy_that_is_killed_goes_on(filled, server):
    service, _ = filled
    fill(service.folder, "completed", 1500, "completed", first=1500)
    database = new_database()
    url = server.environment(database)["MONGODB_URL"]
    environment = {"PATH": os.environ["PATH"]} | server.environment()
    command = [BINARY, "copy", "--from", "sqlite:data/job-service.db", "--to", url]
    with server.client() as client:
        collection = client[database].completed
        for wanted in (400, 1600):
            process = subprocess.Popen(command, cwd=service.folder, env=environment, stdout=subprocess.DEVNULL)
            deadline = time.monotonic() + LIMIT
            while collection.estimated_document_count() < wanted and time.monotonic() < deadline:
                assert process.poll() is None, "it ended before it could be killed"
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert wanted <= collection.count_documents({}) < 3001
        result = copy(service.folder, server, "sqlite:data/job-service.db", url)
        assert result.returncode == 0, result.stderr
        assert "completed: 3001 documents, the same in both databases" in result.stdout
        ids = [job["jobId"] for job in collection.find(sort=[("_id", 1)])]
        original = documents(service.folder / "data" / "job-service.db")["completed"]
        assert ids == [job["jobId"] for job in original]
        client.drop_database(database)


def test_progress_is_shown_on_a_terminal(filled, server):
    service, _ = filled
    database = new_database()
    url = server.environment(database)["MONGODB_URL"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "copy", "--from", "sqlite:data/job-service.db", "--to", url], cwd=service.folder,
        env={"PATH": os.environ["PATH"]} | server.environment(), stdout=subprocess.PIPE, stderr=theirs, text=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:
        pass  # How a terminal says that nobody writes to it any more.
    os.close(ours)
    output = process.stdout.read()
    assert process.wait() == 0 and output.count("the same in both databases") == 7, output
    lines = shown.decode().split("\r\x1b[K")
    steps = [int(count) for count in re.findall(r"completed: (\d+) of 1501", shown.decode())]
    assert steps == sorted(set(steps)) and steps[0] < 1501 and steps[-1] == 1501, lines
    assert lines[-1] == "", "the line is wiped at the end"
    with server.client() as client:
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
