"""`job-service copy --from python-sqlite:FILE` takes over the SQLite database of the Python service's later editions."""

import json
import os
import sqlite3
import subprocess

import pytest
from mongodb import needs_mongodb, needs_sqlite, new_database, shared_server
from service import BINARY
from test_datastores import ENVIRONMENT, FIRST, SECOND, Job

pytestmark = needs_sqlite

SCHEMA = """
CREATE TABLE datastore (
    datastore_id INTEGER PRIMARY KEY AUTOINCREMENT, rdn TEXT, description TEXT, directory TEXT, name TEXT
);
CREATE TABLE job (
    job_id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT, datastore_id INTEGER, status TEXT, created_at TIMESTAMP,
    created_by TEXT, parameters TEXT, FOREIGN KEY (datastore_id) REFERENCES datastore (datastore_id)
);
CREATE TABLE job_log (
    job_log_id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER, msg TEXT, at TIMESTAMP,
    FOREIGN KEY (job_id) REFERENCES job (job_id) ON DELETE CASCADE
);
CREATE TABLE target (
    name TEXT, datastore_id INTEGER, status TEXT, action TEXT, last_updated_at TIMESTAMP, last_updated_by TEXT,
    PRIMARY KEY (name, datastore_id)
);
CREATE TABLE maintenance (
    maintenance_id INTEGER PRIMARY KEY AUTOINCREMENT, msg TEXT, paused BOOLEAN, timestamp TIMESTAMP
);
"""
USER = {"userId": "123-123", "firstName": "Data", "lastName": "Admin"}
MANIFESTO = {
    "version": "1.1.0", "description": "Spring", "releaseTime": 1700000000, "languageCode": "no", "updateType": None,
    "dataStructureUpdates": [
        {"name": "A_SET", "description": "new", "operation": "ADD", "releaseStatus": "PENDING_RELEASE"}
    ],
}
NOTHING = {
    name: None for name in ("bumpManifesto", "description", "releaseStatus", "bumpFromVersion", "bumpToVersion")
}


class PythonDatabase:
    """A database as that service writes it: pydantic's nulls in the parameters, instants without an offset."""

    def __init__(self, folder, schema=SCHEMA):
        self.path = folder / "python service.db"
        self.connection = sqlite3.connect(self.path)
        self.connection.executescript(schema)

    def add(self, table, **columns):
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with self.connection:
            return self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*columns.values()]).lastrowid

    def job(self, target, status, datastore=1, lines=(), **parameters):
        parameters = {"operation": "ADD", "target": target} | NOTHING | parameters
        job = self.add(
            "job", target=target, datastore_id=datastore, status=status, created_at="2025-07-14T10:00:00.250000",
            created_by=json.dumps(USER), parameters=json.dumps(parameters),
        )
        for line in lines:
            self.add("job_log", job_id=job, msg=line, at="2025-07-14 10:00:01")
        return job

    def target(self, name, status, action, datastore=1, at="2025-07-14T10:00:02.5"):
        self.add(
            "target", name=name, datastore_id=datastore, status=status, action=action, last_updated_at=at,
            last_updated_by=json.dumps(USER),
        )

    def fill(self, datastores=1):
        for rdn in (FIRST, SECOND)[:datastores]:
            self.add("datastore", rdn=rdn, description="A datastore", directory=f"/old/{rdn}", name="Name")
        self.job("A_SET", "completed", lines=["Set status: initiated", "one\ntwo", "", "Set status: completed"])
        self.job("B_SET", "queued")
        self.job(
            "DATASTORE", "failed", lines=["Set status: failed"], operation="BUMP", bumpManifesto=MANIFESTO,
            description="Spring", bumpFromVersion="1.0.0", bumpToVersion="1.1.0",
        )
        self.job("C_SET", "built", lines=["Set status: built"])
        self.target("A_SET", "completed", '["ADD"]')
        self.target("DATASTORE", "failed", "BUMP,1.0.0,1.1.0")
        for paused, at in ((0, "2025-07-14 09:00:00.000001"), (1, "2025-07-14T08:00:00"), (0, "2025-07-15T08:00:00")):
            self.add("maintenance", msg=f"paused {paused}", paused=paused, timestamp=at)
        return self


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source").mkdir()
    return PythonDatabase(tmp_path / "source")


def copy(folder, source, environment=None, target="sqlite:data/job-service.db"):
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [BINARY, "copy", "--from", f"python-sqlite:{source.path}", "--to", target], cwd=folder,
        env={"PATH": os.environ["PATH"]} | (environment or {}), capture_output=True, text=True,
    )


def test_everything_is_taken_over(source, start, tmp_path):
    source.fill().connection.close()
    names, content = sorted(os.listdir(source.path.parent)), source.path.read_bytes()
    done = copy(tmp_path / "new", source)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    for line in ("inprogress: 2 documents", "completed: 2 documents", "targets: 2 documents", "maintenance: 3 documents"):
        assert line in done.stdout
    assert sorted(os.listdir(source.path.parent)) == names and source.path.read_bytes() == content

    service = start(folder=tmp_path / "new")
    jobs = service.get("/jobs").json
    assert [job["jobId"] for job in jobs] == ["2", "4", "1", "3"]
    assert jobs[2] == {
        "jobId": "1", "status": "completed", "parameters": {"operation": "ADD", "target": "A_SET"},
        "log": [
            {"at": "2025-07-14T10:00:01.000000Z", "message": message}
            for message in ("Set status: initiated", "one\ntwo", "", "Set status: completed")
        ],
        "createdAt": "2025-07-14T10:00:00.250000Z", "createdBy": USER,
    }
    assert jobs[3]["parameters"] == {
        "operation": "BUMP", "target": "DATASTORE", "description": "Spring", "bumpManifesto": MANIFESTO,
        "bumpFromVersion": "1.0.0", "bumpToVersion": "1.1.0",
    }
    targets = {target["name"]: target for target in service.get("/targets").json}
    assert targets["A_SET"]["action"] == ["ADD"] and targets["DATASTORE"]["action"] == ["BUMP", "1.0.0", "1.1.0"]
    history = service.get("/maintenance-history").json
    assert [status["timestamp"] for status in history] == [
        "2025-07-15T08:00:00.000000Z", "2025-07-14T08:00:00.000000Z", "2025-07-14T09:00:00.000001Z",
    ]
    assert service.get("/maintenance-status").json["paused"] is False
    assert service.put("/jobs/4", {"status": "importing"}).status == 200
    assert service.post_jobs({"operation": "ADD", "target": "B_SET"})[0]["status"] == "FAILED"


def test_the_same_command_again_changes_nothing_and_an_interrupted_one_goes_on(source, tmp_path):
    source.fill().connection.close()
    first = copy(tmp_path / "new", source)
    database = sqlite3.connect(tmp_path / "new" / "data" / "job-service.db")
    with database:
        database.execute("DELETE FROM completed WHERE position = (SELECT max(position) FROM completed)")
    database.close()
    again = copy(tmp_path / "new", source)
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert copy(tmp_path / "new", source).stdout == first.stdout


def test_several_datastores_come_with_their_names(source, start, tmp_path):
    source.fill(datastores=2)
    source.job("A_SET", "queued", datastore=2)
    source.job("B_SET", "built", datastore=2)
    source.target("A_SET", "queued", '["ADD"]', datastore=2, at="2025-07-16T10:00:00")

    refused = copy(tmp_path / "off", source)
    assert refused.returncode == 1
    assert "2 jobs in progress for the target B_SET" in refused.stderr and "modules.datastores" in refused.stderr

    done = copy(tmp_path / "on", source, ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    service = start(ENVIRONMENT, folder=tmp_path / "on")
    jobs = [Job.model_validate(job) for job in service.get("/jobs").json]
    assert [(job.job_id, job.datastore_rdn) for job in jobs] == [
        ("2", FIRST), ("4", FIRST), ("5", SECOND), ("6", SECOND), ("1", FIRST), ("3", FIRST),
    ]
    assert [job["jobId"] for job in service.get(f"/datastores/{SECOND}/jobs").json] == ["5", "6"]
    assert [target["name"] for target in service.get(f"/datastores/{SECOND}/targets").json] == ["A_SET", "B_SET"]
    assert [target["status"] for target in service.get(f"/datastores/{FIRST}/targets").json][0] == "completed"


def test_a_stack_without_the_module_serves_no_names_but_keeps_them(source, start, tmp_path):
    source.fill(datastores=2)
    source.job("A_SET", "queued", datastore=2)
    assert copy(tmp_path / "new", source).returncode == 0
    service = start(folder=tmp_path / "new")
    assert "datastore" not in service.get("/jobs").text and "datastore" not in service.get("/jobs/5").text
    service.stop()
    service.environment |= ENVIRONMENT
    service.start()
    assert [job["jobId"] for job in service.get(f"/datastores/{SECOND}/jobs").json] == ["5"]


@needs_mongodb
def test_names_are_kept_in_mongodb_as_well(source, start, tmp_path):
    source.fill(datastores=2)
    source.job("A_SET", "queued", datastore=2)
    server, database = shared_server(), new_database()
    environment = server.environment(database)
    done = copy(tmp_path / "new", source, environment, environment["MONGODB_URL"])
    assert done.returncode == 0, done.stderr
    service = start(environment)
    assert "datastore" not in service.get("/jobs").text
    service.stop()
    service.environment |= ENVIRONMENT
    service.start()
    assert [job["jobId"] for job in service.get(f"/datastores/{SECOND}/jobs").json] == ["5"]
    service.stop()
    with server.client() as client:
        client.drop_database(database)
    server.end()


def test_a_write_ahead_log_is_read_and_nothing_written_beside_it(source, tmp_path):
    source.connection.execute("PRAGMA journal_mode = WAL")
    source.fill()
    folder = source.path.parent
    before = {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}
    assert len(before) == 3 and len(before["python service.db-wal"]) > 0
    done = copy(tmp_path / "new", source, {"TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert "inprogress: 2 documents" in done.stdout
    assert {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))} == before
    assert not [name for name in os.listdir(tmp_path) if name.startswith("job-service-copy")]

    source.connection.close()
    assert os.listdir(folder) == ["python service.db"], "a log that was written back"
    assert copy(tmp_path / "other", source).returncode == 0
    assert os.listdir(folder) == ["python service.db"]


def test_a_file_that_may_only_be_read_in_a_folder_that_may_only_be_read(source, tmp_path):
    source.fill().connection.close()
    source.path.chmod(0o400)
    source.path.parent.chmod(0o500)
    try:
        assert copy(tmp_path / "new", source).returncode == 0
    finally:
        source.path.parent.chmod(0o700)


@pytest.mark.parametrize(
    "statement, what",
    [
        ("UPDATE job SET parameters = '{' WHERE job_id = 2", "table job, row 2, column parameters: is not valid JSON"),
        ("UPDATE job SET parameters = '[]' WHERE job_id = 2", "table job, row 2, column parameters: is a list"),
        ("UPDATE job SET created_by = 'x' WHERE job_id = 3", "table job, row 3, column created_by: is not valid JSON"),
        ("UPDATE job SET created_at = 'today' WHERE job_id = 4", "table job, row 4, column created_at: is \"today\""),
        ("UPDATE job SET created_at = NULL WHERE job_id = 4", "table job, row 4, column created_at: is empty"),
        ("UPDATE job SET status = NULL WHERE job_id = 4", "table job, row 4, column status: is empty"),
        ("UPDATE job_log SET at = '' WHERE job_log_id = 2", "table job_log, row 2, column at: is \"\""),
        ("UPDATE job_log SET job_id = 99 WHERE job_log_id = 3", "table job_log, row 3, column job_id: 99 is no job's"),
        ("UPDATE target SET action = '[' WHERE name = 'A_SET'", "table target, row 1, column action: is not valid JSON"),
        ("UPDATE target SET last_updated_by = '3'", "table target, row 1, column last_updated_by: is a number"),
        ("UPDATE maintenance SET paused = 7", "table maintenance, row 1, column paused: is \"7\""),
        ("ALTER TABLE job DROP COLUMN created_by", "it has not the column created_by of the table job"),
        ("DROP TABLE maintenance", "it has not the table maintenance"),
    ],
)
def test_what_cannot_be_read_is_named(source, tmp_path, statement, what):
    source.fill()
    with source.connection:
        source.connection.execute(statement)
    done = copy(tmp_path / "new", source)
    assert done.returncode == 1, done.stdout
    assert what in done.stderr and str(source.path) in done.stderr, done.stderr


def test_files_of_another_kind_are_refused(source, tmp_path):
    source.connection.close()
    source.path.write_text("no database at all, but text that is long enough" * 100)
    assert "is no SQLite database" in copy(tmp_path / "new", source).stderr
    source.path.unlink()
    missing = copy(tmp_path / "new", source)
    assert missing.returncode == 1 and f"there is no file {source.path}" in missing.stderr
    assert not source.path.exists()


def test_it_is_no_storage_for_a_service(tmp_path):
    environment = {"PATH": os.environ["PATH"], "JOB_SERVICE_STORAGE__URL": "python-sqlite:x.db"}
    for command in (["check"], ["copy", "--from", "sqlite:y.db", "--to", "python-sqlite:x.db"]):
        done = subprocess.run([BINARY, *command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 78 and "no storage driver for 'python-sqlite:'" in done.stderr, done.stderr
