"""The environment: which variables are ours, which are a neighbour's, and what is said of slips."""

import os
import subprocess

import pytest
from patience import LIMIT
from service import BINARY


def check(folder, **environment):
    return subprocess.run(
        [BINARY, "check"], cwd=folder, env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, timeout=LIMIT,
    )


def links(service: str, port: int = 80, name: str = "MONGODB") -> dict[str, str]:
    """What the kubelet adds to a pod for a Service, by the name that variables spell it with."""
    start = f"{service}_PORT_{port}_TCP"
    return {
        f"{service}_SERVICE_HOST": "10.0.0.3", f"{service}_SERVICE_PORT": str(port), f"{service}_SERVICE_PORT_{name}": str(port),
        f"{service}_PORT": f"tcp://10.0.0.3:{port}", start: f"tcp://10.0.0.3:{port}", f"{start}_PROTO": "tcp",
        f"{start}_PORT": str(port), f"{start}_ADDR": "10.0.0.3",
    }


@pytest.mark.parametrize(
    "service", ["JOB_SERVICE", "JOB_SERVICE_MONGODB", "JOB_SERVICE_HTTP", "JOB_SERVICE_STORAGE_URL", "JOB_SERVICE_A__B"]
)
def test_neighbours_in_kubernetes_are_left_alone(tmp_path, service):
    result = check(tmp_path, KUBERNETES_SERVICE_HOST="10.0.0.1", JOB_SERVICE_URL="http://job-service", **links(service))
    assert result.returncode == 0 and result.stderr == "", result.stderr
    assert "http.port: 8000 " in result.stdout


@pytest.mark.parametrize(
    ("name", "meant"),
    {
        "JOB_SERVICE_HTTP_PORT": "JOB_SERVICE_HTTP__PORT",
        "JOB_SERVICE_MODULES_JOBS_BUMP_ENABLED": "JOB_SERVICE_MODULES__JOBS__BUMP_ENABLED",
        "job_service_http__port": "JOB_SERVICE_HTTP__PORT",
        "JOB_SERVICE_STORAGE__URI": "JOB_SERVICE_STORAGE__URL",
        "JOB_SERVICE_LOGING_LEVEL": "JOB_SERVICE_LOGGING__LEVEL",
    }.items(),
)
def test_a_slip_is_78_and_says_what_was_meant(tmp_path, name, meant):
    result = check(tmp_path, **{name: "1"})
    assert result.returncode == 78
    assert f"unknown environment variable {name}\n" in result.stderr and f"did you mean {meant}?" in result.stderr


def test_a_stack_without_overlay_is_a_warning(tmp_path, start):
    (tmp_path / "config.yaml").write_text("stacks:\n  executor: {modules: {targets: {enabled: false}}}\n  observer: {}\n")
    told = 'the stack "exectuor" has no overlay (there are executor, observer), at environment variable STACK'
    result = check(tmp_path, STACK="exectuor")
    assert result.returncode == 0 and f'warning: {told}; did you mean "executor"?' in result.stderr
    assert check(tmp_path, STACK="executor").stderr == check(tmp_path).stderr == ""
    service = start({"STACK": "exectuor"}, folder=tmp_path)
    service.stop()
    [line] = [line for line in service.log_lines() if told in line["message"]]
    assert line["levelName"] == "WARNING"


@pytest.mark.parametrize(
    ("environment", "parts"),
    {
        "JOB_SERVICE_HTTP__HOST=notanaddress": ['"notanaddress" is no address', "127.0.0.1"],
        "JOB_SERVICE_HTTP__HOST=127.0.0.1:8000": ['"127.0.0.1:8000" is no address', "the port is http.port"],
        "JOB_SERVICE_HTTP__HOST=256.0.0.1": ['"256.0.0.1" is no address'],
        "JOB_SERVICE_HTTP__LIMITS__BODY=4 MB": ["did you mean 4 MiB?"],
        "JOB_SERVICE_HTTP__DEADLINES__IDLE=60": ["did you mean 60s?"],
        "JOB_SERVICE_LIFECYCLE__DRAIN=soon": ["one of the units ms, s, m, h, such as 10m"],
        "JOB_SERVICE_LOGGING__LEVEL=WARN": ['did you mean "warning"?'],
        "JOB_SERVICE_STORAGE__URL=./data/jobs.db": ["did you mean sqlite:./data/jobs.db?"],
        "MONGODB_URL=postgres://localhost/jobs": ["no storage driver for 'postgres:'", "sqlite:"],
        "JWKS_URL=auth.example.org/jwks": ["no http or https URL", "https://HOST/PATH"],
        "SECRETS_FILE=absent.json": ["'absent.json' does not exist", "environment variable SECRETS_FILE"],
        "JWT_AUTH=perhaps": ['must be true or false, not "perhaps"', "environment variable JWT_AUTH"],
        "JOB_SERVICE_HTTP__TRUSTED_PROXIES=proxy": ['"proxy" is neither an address nor a network', "10.0.0.0/8"],
    }.items(),
)
def test_a_typical_mistake_is_told_with_its_remedy(tmp_path, environment, parts):
    name, value = environment.split("=", 1)
    result = check(tmp_path, **{name: value})
    assert result.returncode == 78 and "one problem" in result.stderr, result.stderr
    for part in parts:
        assert part in result.stderr, result.stderr
