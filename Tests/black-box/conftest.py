import os
import signal

import mongodb
import pytest
from issuer import Issuer
from service import Service

# How no service may end, whatever a test does to it.
CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGTRAP}

# What the tests put into secrets files.
SECRETS = {"the-first-key-9f3a", "the-second-key-7b1c", "s3cret-api-key", "s3cret-password", "p@ss/w:rd%", "l0cked-key"}


@pytest.fixture(scope="session", autouse=True)
def no_secret_in_any_log(tmp_path_factory):
    """At the end of the run, whatever any service of any test has written is searched for what must not be there."""
    yield
    secrets = SECRETS | Issuer.signatures | ({mongodb.shared.password} if mongodb.shared else set())
    logs = [path for path in tmp_path_factory.getbasetemp().rglob("log") if path.is_file()]
    for path in logs:
        text = path.read_text(errors="replace")
        found = [secret for secret in secrets if secret in text]
        assert not found, f"{path} shows {len(found)} secrets"


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
    ends = [service.process.returncode for service in started if service.process]
    assert not CRASHES.intersection(ends), f"a service crashed: {ends}"


@pytest.fixture
def service(start):
    return start({"BUMP_ENABLED": "true"})
