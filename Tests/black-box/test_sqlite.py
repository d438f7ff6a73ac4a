"""The embedded store beside other programs, and starts that have much to do."""

import json
import os
import sqlite3
import subprocess
import threading

import pytest
from mongodb import needs_sqlite
from patience import wait_until
from service import BINARY, Service
from stored_jobs import fill

pytestmark = needs_sqlite


def database(service, **options):
    return sqlite3.connect(service.folder / "data" / "job-service.db", **options)


def test_a_put_waits_for_another_program_that_writes(start):
    service = start()
    job = service.post_job()
    other = database(service, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    replies = []
    put = threading.Thread(target=lambda: replies.append(service.put(f"/jobs/{job}", {"status": "built"})))
    put.start()
    wait_until(lambda: "held by another program" in service.log(), service.log)
    assert service.get(f"/jobs/{job}").json["status"] == "queued", "reads go on"
    other.execute("COMMIT")
    put.join()
    other.close()
    assert replies[0].status == 200
    assert service.get(f"/jobs/{job}").json["status"] == "built"
    assert service.get("/health/ready").status == 200


def test_what_was_written_is_in_the_one_file_soon_after(start):
    service = start()
    service.post_job(target="COPIED")
    log = service.folder / "data" / "job-service.db-wal"
    wait_until(lambda: log.stat().st_size == 0, "the log was not written into the database")
    copy = service.folder / "copy.db"
    copy.write_bytes((service.folder / "data" / "job-service.db").read_bytes())
    names = sqlite3.connect(copy).execute("SELECT document ->> '$.parameters.target' FROM inprogress").fetchall()
    assert names == [("COPIED",)]


def copy(folder, source, target):
    return subprocess.run(
        [BINARY, "copy", "--from", source, "--to", target], cwd=folder, env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True,
    )


def test_a_source_that_is_not_there_is_an_error_and_is_not_made(tmp_path):
    done = copy(tmp_path, "sqlite:typo.db", "sqlite:target.db")
    assert done.returncode == 1
    assert "there is no database" in done.stderr and "typo.db" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_source_stays_as_it_is(start, is_killed):
    service = start()
    service.post_job(target="KEPT")
    service.kill() if is_killed else service.stop()
    folder = service.folder / "data"
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".db-shm"}
    done = copy(service.folder, "sqlite:data/job-service.db", "sqlite:target.db")
    assert done.returncode == 0, done.stderr
    assert "inprogress: 1 documents" in done.stdout
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".db-shm"}
    assert after == before


def test_a_first_start_goes_on_where_it_was_killed(start):
    service = start({"JOB_SERVICE_MODULES__TARGETS__ENABLED": "false"})
    service.stop()
    fill(service.folder, "completed", 30_000, "completed")

    # Without waiting for readiness: what takes long goes on beside the requests.
    first = Service(service.folder, {"JOB_SERVICE_LIFECYCLE__BACKGROUND": "0s"})
    first.wait_until_ready = lambda: None
    first.start()

    def mark():
        try:
            return database(service).execute("SELECT document FROM targetmarks").fetchone()
        except sqlite3.OperationalError:
            return None

    wait_until(mark, first.log)
    first.kill()
    reached = int(json.loads(mark()[0])["low"], 16)

    second = start({"JOB_SERVICE_LOGGING__LEVEL": "debug"}, folder=service.folder)
    compared = [line["message"] for line in second.log_lines() if "jobs were compared" in line["message"]][-1]
    assert int(compared.split()[-4]) <= 30_000 - reached + 500, compared
    assert len(second.get("/targets").json) == 30_000
