"""What Prometheus scrapes, and the dashboard, alerts and guide that go by it."""

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mongodb
from patience import LIMIT
import pytest
from issuer import Issuer
from mongodb import needs_sqlite
from scrape import families, scrape, until, values
from stored_jobs import fill

ROOT = Path(__file__).parent.parent.parent
MONITORING = ROOT / "Monitoring"
PROMTOOL = ROOT / ".build" / "promtool"


@pytest.fixture(scope="session")
def promtool():
    """promtool as Debian has it, unpacked beside the build."""
    subprocess.run([ROOT / "Scripts" / "unpack-promtool", PROMTOOL], check=True)

    def run(*arguments, text: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run([PROMTOOL, *arguments], input=text, capture_output=True, text=True, timeout=LIMIT)

    return run


@pytest.fixture
def everything(start):
    """A service with all that can have metrics."""
    issuer = Issuer()
    webhook = {"name": "archive", "url": "http://127.0.0.1:9/", "secrets": ["whsec_" + "AAAA" * 8]}
    yield start({
        "JWKS_URL": issuer.url, "BUMP_ENABLED": "true", "JOB_SERVICE_MODULES__EVENTS__ENABLED": "true",
        "JOB_SERVICE_MODULES__DISPATCH__ENABLED": "true",
        "JOB_SERVICE_MODULES__EVENTS__WEBHOOKS": json.dumps([webhook]),
    })
    issuer.stop()


def touch_everything(service) -> None:
    """What is only counted once it has happened."""
    assert service.get("/importable-datasets").status == 200
    until(service, lambda found: "job_service_jwks_age_seconds" in found)
    until(service, lambda found: any(str(name).startswith("job_service_webhook_off") for name in found))


def test_promtool_finds_nothing_to_say_about_the_real_output(everything, promtool):
    touch_everything(everything)
    result = promtool("check", "metrics", text=scrape(everything))
    assert result.returncode == 0 and result.stderr + result.stdout == ""


def test_the_guides_table_lists_exactly_what_is_exported(everything):
    """Name, type, labels and meaning; where a metric is not always there, the last column says so."""
    touch_everything(everything)
    exported = families(scrape(everything))
    table = {}
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        if match := re.fullmatch(r"\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*) \| (.*) \| ([^|]*) \|", line):
            table[match[1]] = (match[2], match[3].replace("`", ""), match[4].replace("`", "")), match[5]
    absent = {name for name, (_, where) in table.items() if where == "SQLite"} if mongodb.shared else set()
    assert {name: row for name, (row, _) in table.items() if name not in absent} == {
        name: (kind, labels, about) for name, (kind, labels, about) in exported.items()
    }


def named_metrics(text: str) -> set[str]:
    names = set(re.findall(r"\b(?:job_service|process)_[a-z_]+\b", text))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


@needs_sqlite
@pytest.mark.parametrize("file", ["alerts.yml", "grafana-dashboard.json"])
def test_every_metric_that_is_named_is_exported(everything, file):
    touch_everything(everything)
    text = (MONITORING / file).read_text()
    if file.endswith(".json"):
        panels = json.loads(text)["panels"]
        text = "\n".join(target["expr"] for panel in panels for target in panel.get("targets", []))
    named = named_metrics(text)
    assert len(named) > 10
    assert named - families(scrape(everything)).keys() == set()


@needs_sqlite
def test_the_alert_rules_are_valid_and_fire_when_they_should(promtool):
    for arguments in (["check", "rules", MONITORING / "alerts.yml"], ["test", "rules", MONITORING / "alerts.test.yml"]):
        result = promtool(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
    alerts = set(re.findall(r"alert: (\w+)", (MONITORING / "alerts.yml").read_text()))
    fired = set(re.findall(r"alertname: (\w+)\n\s+exp_alerts", (MONITORING / "alerts.test.yml").read_text()))
    assert alerts == fired, "every alert has a test in which it fires"


@needs_sqlite
def test_every_query_of_the_dashboard_is_one(promtool, tmp_path):
    """promtool reads expressions in rules; each query becomes one."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(queries) > 30
    rules = [
        {"record": f"query{number}", "expr": query.replace("$__rate_interval", "5m").replace("$", "")}
        for number, query in enumerate(queries)
    ]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    result = promtool("check", "rules", file)
    assert result.returncode == 0, result.stdout + result.stderr


def test_jobs_are_told_from_their_creation_to_their_end(service):
    add = service.post_job("ADD", "FIRST")
    service.post_job("REMOVE", "SECOND", description="no longer wanted")
    gauge = 'job_service_jobs_in_progress{{operation="{}",status="{}"}}'.format
    found = until(service, lambda found: found[gauge("REMOVE", "queued")] == 1)
    assert found[gauge("ADD", "queued")] == 1
    assert 0 < found["job_service_jobs_oldest_queued_age_seconds"] < 60
    service.put(f"/jobs/{add}", {"status": "importing"})
    found = until(service, lambda found: found[gauge("ADD", "importing")] == 1)
    assert found[gauge("ADD", "queued")] == 0
    for _ in range(2):  # A repeated PUT ends the job once.
        assert service.put(f"/jobs/{add}", {"status": "completed"}).status == 200
    found = until(service, lambda found: found[gauge("ADD", "importing")] == 0)
    assert found['job_service_jobs_finished_total{operation="ADD",status="completed"}'] == 1
    assert found['job_service_jobs_finished_total{operation="ADD",status="failed"}'] == 0
    assert found['job_service_jobs_created_total{operation="ADD"}'] == 1


def test_jobs_without_an_update_for_too_long_are_stuck(start):
    service = start({"JOB_SERVICE_MODULES__JOBS__STUCK_AFTER": "3s"})
    job = service.post_job("ADD", "SLOW")
    service.put(f"/jobs/{job}", {"status": "transforming"})
    stuck = 'job_service_jobs_stuck{status="transforming"}'
    assert values(service)[stuck] == 0
    until(service, lambda found: found[stuck] == 1)
    service.put(f"/jobs/{job}", {"log": "still at it"})
    until(service, lambda found: found[stuck] == 0)


def test_the_maintenance_flag_and_datasets_are_told(service):
    assert values(service)["job_service_maintenance_paused"] == 0
    service.post("/maintenance-status", {"msg": "We upgrade", "paused": True})
    until(service, lambda found: found["job_service_maintenance_paused"] == 1)
    tars = service.folder / "data" / "input"
    subprocess.run(["python3", Path(__file__).with_name("tars.py"), tars, "gnu:SET", "pax:OTHER"], check=True)
    assert len(service.get("/importable-datasets").json) == 2
    found = values(service)
    assert found['job_service_datasets{folder="input"}'] == 2
    assert found["job_service_dataset_scan_duration_seconds_count"] == 1


def test_the_process_is_told_as_the_kernel_has_it(service):
    found = values(service)
    process = Path("/proc") / str(service.process.pid)
    assert abs(found["process_resident_memory_bytes"] - service.memory()) < 8 << 20
    assert found["process_threads"] >= 3
    assert abs(found["process_open_fds"] - len(list((process / "fd").iterdir()))) <= 3
    limit = int(re.search(r"Max open files\s+(\d+)", (process / "limits").read_text())[1])
    assert found["process_max_fds"] == limit
    assert abs(found["process_start_time_seconds"] - time.time()) < 60
    assert 0 < found["process_cpu_seconds_total"] < 60


@needs_sqlite
def test_writes_that_are_committed_together_are_counted_as_groups(service):
    with ThreadPoolExecutor(16) as clients:
        list(clients.map(lambda number: service.post_job("ADD", f"TARGET_{number}"), range(64)))
    found = values(service)
    assert 0 < found["job_service_storage_group_size_count"] <= found["job_service_storage_group_size_sum"]
    assert found["job_service_storage_group_size_sum"] >= 64
    assert found['job_service_storage_duration_seconds_count{driver="sqlite",operation="write"}'] >= 64
    assert found['job_service_storage_connections{pool="readers"}'] == 4


def test_a_long_queue_neither_fills_memory_nor_holds_up_others(service):
    """100,000 jobs in progress: counted in parts, on a thread of their own, once for all who scrape."""
    service.stop()
    count = 2_000 if mongodb.shared else 100_000
    fill(service.folder, "inprogress", count, "queued")
    service.start()
    service.get("/health/alive")
    before = service.memory()
    queued = 'job_service_jobs_in_progress{operation="ADD",status="queued"}'
    slowest, answers = 0.0, 0
    with ThreadPoolExecutor(8) as clients:
        scrapes = [clients.submit(until, service, lambda found: found.get(queued) == count) for _ in range(8)]
        while not all(scrape.done() for scrape in scrapes):
            begin = time.monotonic()
            assert service.get("/health/alive").status == 200
            slowest = max(slowest, time.monotonic() - begin)
            answers += not all(scrape.done() for scrape in scrapes)
        found = [scrape.result() for scrape in scrapes][0]
    seconds = found['job_service_scrape_reading_duration_seconds{reading="jobs"}']
    grown = service.memory() - before
    print(f"{count} jobs: read in {seconds:.2f} s, {grown >> 20} MiB more, /health/alive at most {slowest * 1000:.0f} ms")
    assert found['job_service_jobs_stuck{status="queued"}'] == count
    assert grown < 32 << 20
    assert answers > 0, "others were answered meanwhile"
