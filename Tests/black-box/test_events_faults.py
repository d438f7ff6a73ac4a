"""Whatever fails around the service, events are neither lost nor told twice, and are told again once it is mended."""

import ssl
import subprocess
from pathlib import Path

import pytest
from certificates import DAY, Authority
from followers import Endpoint, read_all
from mongodb import needs_sqlite
from patience import wait_until
from ports import free_port
from service import BINARY, Service
from standardwebhooks import Webhook
from test_events import ON
from test_webhooks import SECRETS, begin, hook, on

UNSHARE = ["unshare", "--mount"]
needs_mounts = pytest.mark.skipif(
    subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode != 0,
    reason="no file system can be mounted here")


class Mounted(Service):
    """Begins with a mount that it alone sees."""

    def __init__(self, folder: Path, mount: str, environment: dict[str, str]):
        folder.mkdir()
        super().__init__(folder, environment)
        self.command = [*UNSHARE, "sh", "-c", f'{mount} || exit 99; exec "$0" "$@"', BINARY]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        assert self.stop() == 0


@needs_mounts
@needs_sqlite
def test_on_a_full_disk_there_is_an_event_of_what_was_acknowledged_and_of_nothing_else(tmp_path):
    mount = "mkdir -p data && mount -t tmpfs -o size=12m none data && head -c 6m /dev/zero >data/ballast"
    with Mounted(tmp_path / "full", mount, ON) as service:
        acknowledged, refused = [], 0
        while refused < 2:
            reply = service.post("/jobs", {"jobs": [
                {"operation": "ADD", "target": f"T_{len(acknowledged)}", "description": "x" * 50_000}]})
            if reply.status == 200 and reply.json[0]["status"] == "CREATED":
                acknowledged.append(reply.json[0]["job_id"])
            else:
                refused += 1
            assert len(acknowledged) < 200
        assert acknowledged
        assert [event["subject"] for event in read_all(service)] == acknowledged
        Path(f"/proc/{service.process.pid}/root{service.folder}/data/ballast").unlink()
        wait_until(lambda: service.post("/maintenance-status", {"msg": "mended", "paused": False}).status == 200, "room")
        acknowledged.append(service.post_job(target="LATER"))
        history = read_all(service)
        assert [event["subject"] for event in history if "job." in event["type"]] == acknowledged
        assert [int(event["sequence"]) for event in history] == list(range(1, len(history) + 1))


def secured(endpoint: Endpoint, certificate: Path) -> Endpoint:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    endpoint.server.socket = context.wrap_socket(endpoint.server.socket, server_side=True, do_handshake_on_connect=False)
    return endpoint


@pytest.mark.parametrize("wrong, words", [
    ("authority", "self-signed certificate in certificate chain|unable to get local issuer certificate"),
    ("name", "no alternative certificate subject name matches|does not match"),
    ("age", "certificate has expired"),
])
def test_nothing_is_sent_to_whose_certificate_is_wrong(start, tmp_path, wrong, words):
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    signer = other if wrong == "authority" else ours
    host = "127.0.0.9" if wrong == "name" else "127.0.0.1"
    bad = signer.issue(tmp_path / "bad", host, rest=-DAY if wrong == "age" else DAY)
    port = free_port()
    endpoint = secured(Endpoint(port=port), bad)
    service = start(on(
        hook(endpoint, url=f"https://127.0.0.1:{port}/"),
        JOB_SERVICE_MODULES__EVENTS__WEBHOOK_CERTIFICATES=str(ours.file)))
    begin(service)
    service.post_job()
    wait_until(lambda: "does not take an event" in service.log(), lambda: service.log()[-1000:])
    assert any(part in service.log() for part in words.split("|")), service.log()[-1000:]
    endpoint.close()
    assert endpoint.received == []
    # As soon as it is right the event comes.
    endpoint = secured(Endpoint(port=port), ours.issue(tmp_path / "good", "127.0.0.1"))
    wait_until(lambda: endpoint.sequences() == [1], lambda: service.log()[-1000:])
    endpoint.close()


@needs_mounts
def test_a_name_that_resolves_to_something_else_gets_nothing(tmp_path):
    authority, port = Authority(tmp_path, "ours"), free_port()
    right = secured(Endpoint("127.0.0.2", port), authority.issue(tmp_path / "right", "hooks.example"))
    wrong = secured(Endpoint("127.0.0.3", port), authority.issue(tmp_path / "wrong", "other.example"))
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.2 hooks.example\n")
    environment = on(
        hook(right, url=f"https://hooks.example:{port}/"),
        JOB_SERVICE_MODULES__EVENTS__WEBHOOK_CERTIFICATES=str(authority.file))
    with Mounted(tmp_path / "service", f"mount --bind {hosts} /etc/hosts", environment) as service:
        begin(service)
        service.post_job(target="A")
        wait_until(lambda: right.sequences() == [1], lambda: service.log()[-1000:])
        hosts.write_text("127.0.0.3 hooks.example\n")
        service.post_job(target="B")
        wait_until(lambda: "does not take an event" in service.log(), lambda: service.log()[-1000:])
        hosts.write_text("127.0.0.2 hooks.example\n")
        wait_until(lambda: right.sequences() == [1, 2], lambda: service.log()[-1000:])
        assert wrong.received == []
    right.close()
    wrong.close()


def test_a_secret_is_rotated_without_an_event_that_one_side_cannot_verify(start):
    endpoint = Endpoint()
    service = start(on(hook(endpoint)))
    begin(service)
    known = [[SECRETS[0]], SECRETS, [SECRETS[1]]]
    for number, secrets in enumerate(known):
        service.stop()
        service.environment |= on(hook(endpoint, secrets=secrets))
        service.start()
        service.post_job(target=f"T_{number}")
        wait_until(lambda: endpoint.sequences() == list(range(1, number + 2)), lambda: service.log()[-1000:])
        headers, body = endpoint.received[-1]
        for secret in secrets:
            assert Webhook(secret).verify(body, headers)["id"] == headers["webhook-id"]
        assert len(headers["webhook-signature"].split()) == len(secrets)
    endpoint.close()
