"""Targets follow jobs, and are rebuilt where they do not."""

import sqlite3

from mongodb import needs_sqlite
from service import BUMP


def by_name(service) -> dict[str, dict]:
    return {target["name"]: target for target in service.get("/targets").json}


def test_a_target_follows_its_job(service):
    job = service.post_job(target="A_SET")
    assert by_name(service)["A_SET"]["status"] == "queued"
    assert service.put(f"/jobs/{job}", {"status": "importing"}).status == 200
    assert by_name(service)["A_SET"]["status"] == "importing"
    assert [j["jobId"] for j in service.get("/targets/A_SET/jobs").json] == [job]
    assert service.get("/targets/A_SET").json == service.get("/targets/A_SET/jobs").json
    assert service.get("/targets/NONE/jobs").json == []


def test_a_completed_bump_releases_and_removes(service):
    job = service.post_job(**BUMP)
    assert list(by_name(service)) == ["DATASTORE"]
    assert service.put(f"/jobs/{job}", {"status": "completed"}).status == 200
    targets = by_name(service)
    assert {name: target["action"] for name, target in targets.items()} == {
        "DATASTORE": ["BUMP", "1.0.0", "1.1.0"],
        "RELEASED_SET": ["RELEASED", "1.1.0"],
        "REMOVED_SET": ["REMOVED", "1.1.0"],
    }
    assert len({(t["status"], t["lastUpdatedAt"], str(t["lastUpdatedBy"])) for t in targets.values()}) == 1


@needs_sqlite
def test_targets_are_rebuilt_for_a_stack_that_enables_them_later(start, tmp_path):
    folder = tmp_path / "shared"
    off = {"JOB_SERVICE_MODULES__TARGETS__ENABLED": "false", "BUMP_ENABLED": "true"}
    service = start(off, folder)
    assert service.get("/targets").status == 404
    finished = service.post_job(**BUMP)
    service.put(f"/jobs/{finished}", {"status": "completed"})
    service.post_job(target="A_SET")
    assert service.stop() == 0

    service = start({}, folder)
    assert list(by_name(service)) == ["A_SET", "DATASTORE", "RELEASED_SET", "REMOVED_SET"]
    before = service.get("/targets").text
    assert service.stop() == 0

    # And where somebody has damaged them.
    with sqlite3.connect(folder / "data" / "job-service.db") as database:
        database.execute("DELETE FROM targets WHERE document ->> '$.name' = 'A_SET'")
        database.execute("UPDATE targets SET document = json_set(document, '$.status', 'queued')")
    service = start({}, folder)
    assert service.get("/targets").text == before


def test_targets_without_jobs_are_refused_with_what_to_do(start, tmp_path):
    (tmp_path / "config.yaml").write_text("modules: { jobs: { enabled: false } }\n")
    try:
        start({}, arguments=["--config", str(tmp_path / "config.yaml")])
    except AssertionError as error:
        message = str(error)
    assert "ended with 78" in message
    assert "module 'targets' requires module 'jobs', which is disabled" in message
    assert "set modules.jobs.enabled: true, or modules.targets.enabled: false" in message
