"""`job-service backup` makes whole copies, whatever else happens to the database and to the copy's place."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from patience import LIMIT
import pytest
from commands import command, environment_of, on_terminal
from mongodb import needs_sqlite
from service import BINARY, Service
from stored_jobs import fill


def documents(path, collection="inprogress") -> list[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute(f'SELECT document FROM "{collection}" ORDER BY rowid')]


def database_of(service):
    return service.folder / "data" / "job-service.db"


def left_behind(folder) -> list[str]:
    return [path.name for path in folder.iterdir() if "partial" in path.name]


@pytest.fixture
def stopped(start):
    service = start()
    service.jobs = [service.post_job(target=f"T_{number}") for number in range(3)]
    service.stop()
    return service


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A stopped service with some 150 MB, so that a backup takes a while."""
    service = Service(tmp_path_factory.mktemp("large")).start()
    service.stop()
    fill(service.folder, "completed", 60_000, "completed", lines=40)
    return service


pytestmark = needs_sqlite


def test_a_copy_under_load_has_every_write_acknowledged_before_it_and_is_one_instant(start, tmp_path):
    service = start()
    acknowledged, ended = [], threading.Event()

    def post(worker):
        number = 0
        while not ended.is_set():
            # Two jobs of one request are in the copy together or not at all.
            names = [f"W{worker}_{number}_{half}" for half in "AB"]
            service.post_jobs(*({"operation": "ADD", "target": name} for name in names))
            acknowledged.append(names)
            number += 1

    writers = [threading.Thread(target=post, args=(worker,)) for worker in range(4)]
    for writer in writers:
        writer.start()
    try:
        for round in range(5):
            while len(acknowledged) < 100 * (round + 1):
                time.sleep(0.001)
            before = [name for names in list(acknowledged) for name in names]
            copy = tmp_path / f"copy{round}.db"
            result = command(service, "backup", str(copy))
            assert result.returncode == 0, result.stderr
            with sqlite3.connect(copy) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                rows = database.execute("SELECT document ->> '$.parameters.target' FROM inprogress").fetchall()
            names = {row[0] for row in rows}
            assert names >= set(before)
            assert {name[:-1] + "A" for name in names} == {name for name in names if name.endswith("A")}
            assert {name[:-1] + "B" for name in names} == {name for name in names if name.endswith("B")}
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    assert left_behind(tmp_path) == []


def test_a_copy_serves_in_the_place_of_the_database(start, tmp_path):
    service = start()
    service.post_job(target="KEPT")
    job = service.post_job(target="DONE")
    service.put(f"/jobs/{job}", {"status": "completed"})
    command(service, "maintenance", "on", "--message", "upgrade")
    before = [service.get(target).json for target in ("/jobs", "/targets", "/maintenance-history")]
    copy = tmp_path / "copy.db"
    assert command(service, "backup", str(copy)).returncode == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"], "one file"
    restored = tmp_path / "restored"
    (restored / "data").mkdir(parents=True)
    copy.rename(restored / "data" / "job-service.db")
    service = start(folder=restored)
    assert [service.get(target).json for target in ("/jobs", "/targets", "/maintenance-history")] == before
    service.post_job(target="NEW")


def test_a_stopped_and_a_killed_service_are_backed_up(start, tmp_path):
    service = start()
    service.post_job(target="FIRST")
    service.kill()
    assert command(service, "backup", str(tmp_path / "killed.db")).returncode == 0
    assert len(documents(tmp_path / "killed.db")) == 1
    service.start()
    service.stop()
    assert command(service, "backup", "stopped.db").returncode == 0
    assert documents(service.folder / "stopped.db") == documents(tmp_path / "killed.db")


def test_a_file_that_is_there_is_replaced_on_demand_only(stopped):
    copy = stopped.folder / "copy.db"
    copy.write_text("precious")
    result = command(stopped, "backup", "copy.db")
    assert result.returncode == 1 and "--force" in result.stderr and copy.read_text() == "precious"
    assert command(stopped, "backup", "copy.db", "--force").returncode == 0
    assert len(documents(copy)) == 3 and left_behind(stopped.folder) == []


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_places_where_no_copy_can_be_are_told(stopped, force):
    (stopped.folder / "folder").mkdir()
    (stopped.folder / "link.db").symlink_to(database_of(stopped))
    os.mkfifo(stopped.folder / "pipe")
    before = database_of(stopped).read_bytes()
    places = {
        "absent/copy.db": "make the folder", "folder": "no regular file", "folder/": "names a folder",
        "data/job-service.db": "the database itself", "link.db": "the database itself", "pipe": "no regular file",
        "data/job-service.db-wal": "a file of the database", "link.db/copy.db": "Not a directory",
    }
    for place, message in places.items():
        result = command(stopped, "backup", place, *force)
        assert result.returncode == 1 and message in result.stderr, (place, result.stderr)
        assert result.stderr.count("\n  do: ") == 1
    assert database_of(stopped).read_bytes() == before and left_behind(stopped.folder) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="acts as two users, which only root can")
def test_a_folder_that_may_not_be_written_is_told(stopped):
    # pytest's own folders are closed to other users.
    with tempfile.TemporaryDirectory() as outside:
        folder = Path(outside)
        shutil.copytree(stopped.folder / "data", folder / "data")
        (folder / "closed").mkdir(mode=0o755)
        shutil.copy(BINARY, folder / "job-service")
        for path in [folder, folder / "data", *(folder / "data").iterdir(), folder / "job-service"]:
            os.chown(path, 12345, 12345)
        result = subprocess.run(
            [folder / "job-service", "backup", "closed/copy.db"], cwd=folder, env=environment_of(stopped), user=12345,
            capture_output=True, text=True,
        )
        assert result.returncode == 1 and "Permission denied" in result.stderr and "user 12345" in result.stderr


def test_a_database_that_is_damaged_or_of_others_is_refused(stopped, tmp_path):
    whole = database_of(stopped).read_bytes()
    for name, content in {
        "no SQLite database": b"not a database" * 1000,
        "damaged": whole[:4096] + b"\x07" * 4096 + whole[8192:],
        "malformed": whole[: len(whole) // 2],
    }.items():
        database_of(stopped).write_bytes(content)
        result = command(stopped, "backup", str(tmp_path / "copy.db"))
        assert result.returncode == 1 and "job-service.db" in result.stderr, (name, result.stderr)
        assert not (tmp_path / "copy.db").exists() and left_behind(tmp_path) == []
    database_of(stopped).unlink()
    sqlite3.connect(database_of(stopped)).execute("CREATE TABLE theirs (a)").connection.commit()
    result = command(stopped, "backup", str(tmp_path / "copy.db"))
    assert result.returncode == 1 and "another application" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_backup_leaves_nothing(large, tmp_path, number):
    copy = tmp_path / "copy.db"
    copy.write_text("older")
    process = subprocess.Popen(
        [BINARY, "backup", str(copy), "--force"], cwd=large.folder, env=environment_of(large), stderr=subprocess.PIPE,
        text=True,
    )
    while not left_behind(tmp_path):
        assert process.poll() is None
    process.send_signal(number)
    assert process.wait(LIMIT) == -number and "interrupted" in process.stderr.read()
    assert copy.read_text() == "older" and left_behind(tmp_path) == []


def test_a_full_disk_is_told_and_leaves_nothing(large, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=20m none "$0" || exit 99; "$@"; code=$?; ls -A "$0"; exit $code'
    result = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, str(disk), BINARY, "backup", str(disk / "copy.db")],
        cwd=large.folder, env=environment_of(large), capture_output=True, text=True,
    )
    if "unshare" in result.stderr or result.returncode == 99:
        pytest.skip(f"no file system can be mounted here: {result.stderr}")
    assert result.returncode == 1 and "make room on the disk" in result.stderr, result.stderr
    assert result.stdout == ""


def test_progress_is_shown_on_a_terminal_only(large):
    code, shown = on_terminal("backup", "shown.db", cwd=large.folder)
    assert code == 0 and "copying: " in shown and "MiB" in shown
    result = command(large, "backup", "hidden.db")
    assert result.returncode == 0 and result.stderr == "" and "\r" not in result.stdout
