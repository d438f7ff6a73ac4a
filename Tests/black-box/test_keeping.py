"""The register in years: old jobs go, are written out before, and come back."""

import json

import pytest

from commands import command
from mongodb import needs_sqlite
from patience import wait_until

OLD = "2020-01-0{}T00:00:00.000000Z"


def finish(service, *targets):
    for target in targets:
        service.put(f"/jobs/{service.post_job(target=target)}", {"status": "completed", "log": "Ænd\n\u2028 done"})


def old_jobs(line, *targets):
    job = json.loads(line)
    for number, target in enumerate(targets, 1):
        at = OLD.format(number)
        log = [{"at": at, "message": "Set status: completed"}]
        parameters = job["parameters"] | {"target": target}
        yield job | {"jobId": f"old-{number}", "createdAt": at, "log": log, "parameters": parameters}


def write(path, jobs):
    path.write_text("".join(json.dumps(job) + "\n" for job in jobs))
    return str(path)


def targets(service):
    return {target["name"]: target["lastUpdatedAt"] for target in service.get("/targets").json}


@pytest.mark.parametrize("is_running", [True, False])
def test_what_is_exported_comes_back(start, tmp_path, is_running):
    service = start()
    finish(service, "A", "B", "A")
    service.post_job(target="QUEUED")
    served = [job for job in service.get("/jobs").json if job["status"] == "completed"]
    if not is_running:
        service.stop()
    result = command(service, "jobs", "export")
    assert result.returncode == 0, result.stderr
    assert [json.loads(line) for line in result.stdout.strip("\n").split("\n")] == served
    assert "3 finished jobs were exported" in result.stderr
    file = tmp_path / "jobs.ndjson"
    assert command(service, "jobs", "export", "--output", str(file)).returncode == 0
    assert file.read_text() == result.stdout
    again = command(service, "jobs", "export", "--output", str(file))
    assert again.returncode == 1 and f"{file} exists" in again.stderr and "name another" in again.stderr
    assert command(service, "jobs", "export", "--before", "2020-01-01").stdout == ""
    assert "0 jobs were imported; 3 were there" in command(service, "jobs", "import", str(file)).stdout

    # In another register they are what they were, with their targets.
    other = start()
    before = targets(service) if is_running else None
    result = command(other, "jobs", "import", str(file))
    assert result.returncode == 0 and "3 jobs were imported" in result.stdout, result.stderr
    assert other.get("/jobs").json == served
    other.stop()
    other.start()
    if is_running:
        assert targets(other) == {name: at for name, at in before.items() if name != "QUEUED"}


def test_imported_jobs_set_no_target_back(start, tmp_path):
    service = start()
    finish(service, "A", "B")
    line = command(service, "jobs", "export").stdout.split("\n")[0]
    file = write(tmp_path / "old.ndjson", old_jobs(line, "A", "B", "NEW", "NEW"))
    before = targets(service)
    for expected in ("4 jobs were imported.", "0 jobs were imported; 4 were there already."):
        assert expected in command(service, "jobs", "import", file).stdout
    assert targets(service) == before
    service.stop()
    service.start()
    wait_until(lambda: service.get("/health/ready").status == 200, service.log)
    assert targets(service) == before | {"NEW": OLD.format(4)}
    newest = [job["jobId"] for job in service.get("/jobs?order=newest").json]
    assert newest[-4:] == ["old-4", "old-3", "old-2", "old-1"]


def test_a_line_that_is_no_finished_job_is_named(start, tmp_path):
    service = start()
    finish(service, "A")
    line = command(service, "jobs", "export").stdout.split("\n")[0]
    good = list(old_jobs(line, "A", "B"))
    for bad, expected in [
        ('{"jobId": 1}', "line 3: "), ("nonsense", "line 3 is no JSON object"), ("[]", "line 3 is no JSON object"),
        (json.dumps(good[0] | {"status": "queued"}), "line 3: "), (json.dumps(good[0] | {"more": 1}), "line 3: "),
    ]:
        file = tmp_path / "bad.ndjson"
        file.write_text(json.dumps(good[0]) + "\n\n" + bad + "\n" + json.dumps(good[1]) + "\n")
        result = command(service, "jobs", "import", str(file))
        assert result.returncode == 1 and expected in result.stderr, (bad, result.stderr)
        assert "0 of them imported" in result.stderr
    assert command(service, "jobs", "import", str(tmp_path / "none")).returncode == 1
    assert len(service.get("/jobs").json) == 1


def test_an_export_that_is_cut_off_says_so(start, tmp_path):
    service = start()
    finish(service, "A")
    result = command(service, "jobs", "export", "--output", "/proc/none/file")
    assert result.returncode == 1 and "cannot write" in result.stderr
    with open("/dev/full", "w") as full:
        result = command(service, "jobs", "export", stdout=full)
    assert result.returncode != 0, result.stderr


def test_imports_are_for_commands_alone(start):
    service = start()
    assert service.post("/jobs/imports", {"jobs": []}).status in (404, 405)
    assert service.get("/log-level").status == 404
    assert "/jobs/imports" not in service.get("/openapi.json").text


def test_old_jobs_are_kept_for_a_day_at_least(start):
    result = command(start(), "check", JOB_SERVICE_MODULES__JOBS__KEEP_COMPLETED="1h")
    assert result.returncode == 78 and "keepCompleted" in result.stdout + result.stderr
    assert "24h" in result.stdout + result.stderr


# Where many may use the storage there is no control socket.
@needs_sqlite
def test_the_log_says_more_for_a_while(start):
    service = start()
    assert command(service, "log", "level").stdout == "info\n"
    assert command(service, "log", "level", "debug", "--for", "2s").stdout.startswith("debug, for another ")
    service.get("/jobs")
    wait_until(lambda: any(line["level"] == 10 for line in service.log_lines()), service.log)
    wait_until(lambda: command(service, "log", "level").stdout == "info\n", service.log)
    assert command(service, "log", "level", "error").stdout.startswith("error, for another ")
    assert command(service, "log", "level", "configured").stdout == "info\n"
    told = [line["message"] for line in service.log_lines() if line["message"].startswith("the level of the log is ")]
    words = ["DEBUG for 2 s", "INFO again", "ERROR for 600 s", "INFO again"]
    assert told == [f"the level of the log is {each}" for each in words]
    for words in (["x"], ["debug", "--for", "2"], ["--for", "2s"], ["debug", "--for", "2d"]):
        assert command(service, "log", "level", *words).returncode == 64
    service.stop()
    result = command(service, "log", "level", "debug")
    assert result.returncode == 1 and "no running service" in result.stderr


def test_a_long_log_comes_back(start, tmp_path):
    limit = {"JOB_SERVICE_MODULES__JOBS__MAXIMUM_LOG": "8MiB"}
    service = start(limit)
    job = service.post_job()
    for _ in range(3):
        service.put(f"/jobs/{job}", {"log": "\x01" * 500_000})
    service.put(f"/jobs/{job}", {"status": "completed"})
    file = str(tmp_path / "jobs.ndjson")
    assert command(service, "jobs", "export", "--output", file).returncode == 0
    other = start(limit)
    result = command(other, "jobs", "import", file)
    assert result.returncode == 0 and "1 jobs were imported" in result.stdout, result.stderr
    assert other.get(f"/jobs/{job}").json == service.get(f"/jobs/{job}").json


def test_jobs_come_back_into_a_part_of_a_divided_register(start, tmp_path):
    service = start()
    finish(service, "A")
    line = command(service, "jobs", "export").stdout
    parts = [{"rdn": rdn, "directory": f"/data/{rdn}"} for rdn in ("no.example.a", "no.example.b")]
    other = start({
        "JOB_SERVICE_MODULES__DATASTORES__ENABLED": "true", "JOB_SERVICE_MODULES__DATASTORES__LIST": json.dumps(parts)})
    file = tmp_path / "jobs.ndjson"
    job = json.loads(line)
    named = job | {"jobId": "named", "datastoreRdn": "no.example.b"}
    write(file, [job, named])
    result = command(other, "jobs", "import", str(file))
    assert result.returncode == 0 and "2 jobs were imported" in result.stdout, result.stderr
    assert [each["datastoreRdn"] for each in other.get("/jobs").json] == ["no.example.a", "no.example.b"]
    write(file, [named | {"jobId": "stray", "datastoreRdn": "no.example.c"}])
    result = command(other, "jobs", "import", str(file))
    assert result.returncode == 1 and "line 1: " in result.stderr and "no.example.a" in result.stderr
    # Where there are no parts, none is taken for what it is not.
    write(file, [named])
    result = command(service, "jobs", "import", str(file))
    assert result.returncode == 1 and "datastoreRdn" in result.stderr


def test_an_export_leaves_nothing_behind(start, tmp_path):
    service = start()
    finish(service, "A")
    service.stop()
    (tmp_path / "folder").mkdir()
    result = command(service, "jobs", "export", "--output", str(tmp_path / "folder"))
    assert result.returncode == 1 and "no regular file" in result.stderr
    assert command(service, "jobs", "export", "--output", str(tmp_path / "folder/jobs")).returncode == 0
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["jobs"]
    with open("/dev/full", "w") as full:
        result = command(service, "jobs", "export", stdout=full)
    assert result.returncode == 1 and "were exported" not in result.stderr and "No space left" in result.stderr
