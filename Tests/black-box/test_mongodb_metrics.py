"""What is scraped while the database is dead: everything that needs no storage, quickly."""

import time

import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database
from scrape import until, values

pytestmark = needs_mongodb


@pytest.fixture(scope="module")
def server():
    server = MongoDBServer()
    yield server
    server.end()


def assert_told_without_storage(service):
    for _ in range(6):
        begin = time.monotonic()
        found = values(service)
        assert time.monotonic() - begin < 4
        assert found["job_service_serving"] == 1 and "process_threads" in found
    found = until(service, lambda found: "job_service_jobs_oldest_queued_age_seconds" not in found)
    assert found['job_service_scrape_errors_total{reading="jobs"}'] > 0
    until(service, lambda found: found.get('job_service_ready{check="storage"}') == 0)
    until(service, lambda found: found['job_service_storage_errors_total{kind="unavailable"}'] > 0)


def test_a_database_that_hangs_and_then_one_that_is_gone(start, server):
    service = start(server.environment(new_database()))
    found = values(service)
    assert found['job_service_ready{check="storage"}'] == 1
    assert found['job_service_storage_connections{pool="transactions"}'] == 8
    assert found['job_service_storage_duration_seconds_count{driver="mongodb",operation="read"}'] > 0
    server.suspend()
    try:
        assert_told_without_storage(service)
    finally:
        server.resume()
    until(service, lambda found: "job_service_jobs_oldest_queued_age_seconds" in found)
    until(service, lambda found: found.get('job_service_ready{check="storage"}') == 1)
    server.kill()
    assert_told_without_storage(service)
