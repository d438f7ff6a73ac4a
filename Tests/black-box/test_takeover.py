"""A database of the first edition is taken over at the first start, whatever ends that start."""

import json
import sqlite3
from pathlib import Path

import pytest
from mongodb import needs_sqlite
from patience import wait_until
from service import Service

# What `sqlite3 .dump` says of a database that the first edition has made: jobs in progress and finished ones, of all
# operations, with logs of several lines and texts of all kinds.
FIRST_EDITION = Path(__file__).with_name("first-edition.sql")

pytestmark = needs_sqlite


@pytest.fixture
def first_edition(tmp_path):
    """A folder with that database, and what `GET /jobs` was there, byte by byte."""
    (tmp_path / "data").mkdir(mode=0o700)
    database = sqlite3.connect(tmp_path / "data" / "job-service.db")
    database.executescript(FIRST_EDITION.read_text())
    database.execute("PRAGMA application_id = 1246975555")
    database.execute("PRAGMA user_version = 1")
    database.commit()
    yield tmp_path, database
    database.close()


def jobs(database) -> str:
    rows = [
        text
        for table in ("inprogress", "completed")
        for (text,) in database.execute(f"SELECT document FROM {table} ORDER BY position")
    ]
    return "[" + ",".join(rows) + "]"


def test_every_document_is_served_as_it_was(first_edition):
    folder, database = first_edition
    wanted = jobs(database)
    database.close()
    service = Service(folder).start()
    try:
        assert service.get("/jobs").text == wanted
        documents = json.loads(wanted)
        job = next(job for job in documents if job["status"] == "importing")
        assert service.put(f"/jobs/{job['jobId']}", {"log": "on we go"}).status == 200
        lines = service.get(f"/jobs/{job['jobId']}").json["log"]
        assert lines[:-1] == job["log"] and lines[-1]["message"] == "on we go"
        for job in documents:
            found = service.get(f"/jobs?target={job['parameters']['target']}&order=newest").json
            assert job["jobId"] in [job["jobId"] for job in found]
        assert "took over" in service.log()
    finally:
        service.stop()
    # The earlier edition knows the layout by its number, and refuses others.
    version = sqlite3.connect(folder / "data" / "job-service.db").execute("PRAGMA user_version").fetchone()
    assert version == (2,)


def test_a_takeover_that_is_killed_goes_on(first_edition):
    folder, database = first_edition
    (text,) = database.execute("SELECT document FROM completed ORDER BY position LIMIT 1").fetchone()
    database.executemany(
        "INSERT INTO completed (document) VALUES (?)",
        ((json.dumps(json.loads(text) | {"jobId": f"more-{number}"}, separators=(",", ":"), ensure_ascii=False),) for number in range(20_000)),
    )
    database.commit()
    wanted = jobs(database)
    database.close()

    def taken_over() -> int:
        try:
            other = sqlite3.connect(f"file:{folder}/data/job-service.db?mode=ro", uri=True)
            try:
                if not other.execute("SELECT 1 FROM sqlite_schema WHERE name = 'completed~1'").fetchone():
                    return 0
                return other.execute("SELECT count(*) FROM completed").fetchone()[0]
            finally:
                other.close()
        except sqlite3.Error:
            return 0

    kills = 0
    for share in (1, 6_000, 12_000):
        service = Service(folder)
        service.launch()
        found = wait_until(
            lambda: (taken_over() >= share and "part") or (service.is_ready() and "all"), "a part", pause=0.001
        )
        service.kill()
        kills += found == "part"
    assert kills, "every start was faster than the look at it"
    service = Service(folder).start()
    try:
        assert service.get("/jobs").text == wanted
        assert len(service.get("/jobs?status=completed&operation=ADD").json) + len(
            service.get("/jobs?status=failed").json
        ) > 0
    finally:
        service.stop()


def test_documents_that_another_program_puts_in_are_taken_over(start):
    service = start()
    service.stop()
    database = sqlite3.connect(service.folder / "data" / "job-service.db")
    job = {
        "jobId": "from-elsewhere", "status": "failed", "parameters": {"operation": "ADD", "target": "T"}, "log": [],
        "createdAt": "2024-01-01T00:00:00.000000Z", "createdBy": {"userId": "u", "firstName": "F", "lastName": "L"},
    }
    database.execute("INSERT INTO completed (document) VALUES (?)", (json.dumps(job, separators=(",", ":")),))
    database.commit()
    database.close()
    service.start()
    assert service.get("/jobs/from-elsewhere").json == job
    for query in ("status=failed&operation=ADD", "target=T", "createdBy=u&order=newest", "createdBefore=2025-01-01T00:00:00Z"):
        assert [job["jobId"] for job in service.get(f"/jobs?{query}").json] == ["from-elsewhere"]
