"""The process as an operator meets it: arguments, configuration, start, signals, exit codes."""

import os
import signal
import socket
import sqlite3
import subprocess

from patience import LIMIT
import pytest
from mongodb import needs_sqlite
from ports import free_port
from service import BINARY, Service


def run(*arguments, cwd, **environment):
    return subprocess.run(
        [BINARY, *arguments], cwd=cwd, env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, timeout=LIMIT,
    )


def test_help_version_routes_and_check(tmp_path):
    for arguments in (["--help"], ["help"], ["serve", "--help"]):
        result = run(*arguments, cwd=tmp_path)
        assert result.returncode == 0 and "usage: job-service" in result.stdout
    assert run("version", cwd=tmp_path).stdout.startswith("job-service ")
    routes = run("routes", cwd=tmp_path)
    assert routes.returncode == 0 and "/jobs/{jobId}" in routes.stdout
    check = run("check", cwd=tmp_path, JOB_SERVICE_HTTP__PORT="8123")
    assert check.returncode == 0 and "8123" in check.stdout and "JOB_SERVICE_HTTP__PORT" in check.stdout
    assert list(tmp_path.iterdir()) == [], "these commands must not touch the disk"


@pytest.mark.parametrize("arguments", [["fly"], ["--fly"], ["serve", "extra"], ["--config"]])
def test_unknown_arguments_are_64(tmp_path, arguments):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 64 and "usage:" in result.stderr


def test_a_missing_named_file_is_78_and_a_missing_default_one_is_fine(tmp_path, start):
    result = run("--config", "absent.yaml", cwd=tmp_path)
    assert result.returncode == 78 and "absent.yaml" in result.stderr
    start()


def test_every_problem_of_a_configuration_is_told_at_once_with_its_place(tmp_path):
    (tmp_path / "config.yaml").write_text("http:\n  prot: 80\n  host: [1]\nmodules:\n  jobs:\n    bumpEnabled: perhaps\n")
    result = run(cwd=tmp_path, JOB_SERVICE_HTTP__PORT="eighty", JOB_SERVICE_NO__THING="1")
    assert result.returncode == 78
    for part in ("http.prot", "config.yaml:2:3", "http.port", "config.yaml:6:", "perhaps", "JOB_SERVICE_HTTP__PORT",
                 "JOB_SERVICE_NO__THING"):
        assert part in result.stderr, (part, result.stderr)


def test_a_second_instance_on_the_same_address_fails_naming_the_port(start, tmp_path):
    first = start()
    result = run(cwd=tmp_path, JOB_SERVICE_HTTP__PORT=str(first.port))
    assert result.returncode == 1 and str(first.port) in result.stderr


@needs_sqlite
def test_a_second_instance_on_the_same_database_fails_naming_the_file(start):
    first = start()
    result = run(cwd=first.folder, JOB_SERVICE_HTTP__PORT=str(free_port()))
    assert result.returncode == 1 and "job-service.db" in result.stderr


@needs_sqlite
def test_no_other_name_of_the_database_lets_a_second_instance_in(start):
    first = start()
    database = first.folder / "data" / "job-service.db"
    (first.folder / "link.db").symlink_to(database)
    result = run(cwd=first.folder, JOB_SERVICE_STORAGE__URL="sqlite:link.db", JOB_SERVICE_HTTP__PORT=str(free_port()))
    assert result.returncode == 1 and "job-service.db" in result.stderr
    os.link(database, first.folder / "hard.db")
    result = run(cwd=first.folder, JOB_SERVICE_STORAGE__URL="sqlite:hard.db", JOB_SERVICE_HTTP__PORT=str(free_port()))
    assert result.returncode == 1 and "hard links" in result.stderr


def test_a_damaged_database_is_refused_naming_the_file(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "job-service.db").write_bytes(b"this is not a database" * 500)
    result = run(cwd=tmp_path, JOB_SERVICE_HTTP__PORT=str(free_port()))
    assert result.returncode == 1 and "job-service.db" in result.stderr


@needs_sqlite
def test_a_database_of_a_newer_version_is_refused(start):
    service = start()
    service.stop()
    database = sqlite3.connect(service.folder / "data" / "job-service.db")
    database.execute("PRAGMA user_version = 9999")
    database.commit()
    database.close()
    result = run(cwd=service.folder, JOB_SERVICE_HTTP__PORT=str(free_port()))
    assert result.returncode == 1 and "newer" in result.stderr


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    result = run(cwd=tmp_path, JOB_SERVICE_HTTP__PORT=str(free_port()))
    assert result.returncode == 1 and "data" in result.stderr


def test_a_driver_that_is_not_there_is_78(tmp_path):
    result = run(cwd=tmp_path, JOB_SERVICE_STORAGE__URL="oracle:thing")
    assert result.returncode == 78 and "oracle" in result.stderr


def test_sigterm_answers_what_is_in_flight_and_ends_with_0(start):
    service = start({"JOB_SERVICE_LIFECYCLE__GRACE": "0s"})
    slow = socket.create_connection(("127.0.0.1", service.port))
    idle = socket.create_connection(("127.0.0.1", service.port))
    body = b'{"jobs": [{"operation": "ADD", "target": "IN_FLIGHT"}]}'
    slow.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:10])
    service.get("/health/alive")
    service.process.send_signal(signal.SIGTERM)
    assert idle.recv(1) == b"", "the idle connection is closed"
    slow.sendall(body[10:])
    reply = b"".join(iter(lambda: slow.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 200") and b"Connection: close" in reply and b"CREATED" in reply
    assert service.process.wait(LIMIT) == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", service.port))


def test_a_second_signal_ends_at_once(start):
    service = start({"JOB_SERVICE_LIFECYCLE__GRACE": "30s"})
    service.process.send_signal(signal.SIGTERM)
    while service.get("/health/ready").status != 503:
        pass
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(LIMIT) == 1


def test_jobs_survive_a_restart(start):
    service = start()
    job = service.post_job()
    service.put(f"/jobs/{job}", {"status": "built"})
    before = service.get("/jobs").json
    assert service.stop() == 0
    service.start()
    assert service.get("/jobs").json == before


@needs_sqlite
def test_the_database_is_readable_by_its_owner_only(start):
    service = start()
    service.post_job()
    for file in (service.folder / "data").iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_readme_names_of_the_environment_work(tmp_path):
    check = run("check", cwd=tmp_path, STACK="qa", COMMIT_ID="abc", DOCKER_HOST_NAME="host-1", BUMP_ENABLED="true")
    assert check.returncode == 0
    for part in ("qa", "abc", "host-1", "BUMP_ENABLED"):
        assert part in check.stdout
