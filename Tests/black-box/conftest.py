import os

import mongodb
import pytest
from service import Service


@pytest.fixture(scope="session", autouse=True)
def shared_mongodb():
    """With BLACK_BOX_STORAGE=mongodb every service of the suite has a database on this server."""
    if os.environ.get("BLACK_BOX_STORAGE") != "mongodb":
        yield None
        return
    mongodb.shared = mongodb.shared_server()
    yield mongodb.shared
    mongodb.shared.end()


@pytest.fixture
def start(tmp_path):
    """Starts services that end with the test; no test may leave one behind or let one die unseen."""
    started: list[Service] = []

    def start_one(environment=None, folder=None, arguments=None) -> Service:
        folder = folder or tmp_path / f"service-{len(started)}"
        folder.mkdir(exist_ok=True)
        started.append(Service(folder, environment, arguments))
        return started[-1].start()

    yield start_one
    for service in started:
        if service.process and service.process.poll() is None:
            service.stop()


@pytest.fixture
def service(start):
    return start({"BUMP_ENABLED": "true"})
