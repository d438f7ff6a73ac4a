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


AGE = 'job_service_scrape_reading_age_seconds{reading="jobs"}'
ERRORS = 'job_service_scrape_errors_total{reading="jobs"}'


def assert_told_without_storage(service, before):
    """The last census is shown, older and older, and nobody waits for the next."""
    found = until(service, lambda found: found[ERRORS] > before[ERRORS])
    times = []
    for _ in range(10):
        begin = time.monotonic()
        found = values(service)
        times.append(time.monotonic() - begin)
        assert found["job_service_serving"] == 1 and "process_threads" in found
        assert found["job_service_jobs_oldest_queued_age_seconds"] == before["job_service_jobs_oldest_queued_age_seconds"]
    # Half of them at least as quickly as from memory, however busy the machine is.
    assert sorted(times)[5] < 1
    until(service, lambda later: later[AGE] > found[AGE])
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
        assert_told_without_storage(service, found)
    finally:
        server.resume()
    until(service, lambda found: found.get('job_service_ready{check="storage"}') == 1)
    found = until(service, lambda found: found[AGE] < 2)
    server.kill()
    assert_told_without_storage(service, found)
