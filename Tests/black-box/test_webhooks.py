"""Webhooks get every event in order, whatever their endpoints do, and are signed as Standard Webhooks 1.0 has it."""

import base64
import json

import pytest
from commands import command
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from followers import Endpoint, garbage, hang, read_all
from mongodb import MongoDBServer, needs_mongodb, new_database
from patience import wait_until
from standardwebhooks import Webhook

SECRETS = ["whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)]


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


def on(*hooks, **more) -> dict[str, str]:
    return {
        "JOB_SERVICE_MODULES__EVENTS__ENABLED": "true",
        "JOB_SERVICE_MODULES__EVENTS__WEBHOOKS": json.dumps(list(hooks)),
        "JOB_SERVICE_MODULES__EVENTS__WEBHOOK_TIMEOUT": "1s",
    } | more


def hook(endpoint, **more) -> dict:
    return {"name": "archive", "url": endpoint.url, "secrets": [SECRETS[0]]} | more


def begin(service):
    """Waits until the webhook has begun, before which nothing is told."""
    wait_until(lambda: metric(service, "job_service_webhook_off") is not None, lambda: service.log()[-2000:], pause=0.2)


def test_events_are_signed_and_come_in_order(start, endpoint):
    service = start(on(hook(endpoint, secrets=SECRETS)))
    begin(service)
    for number in range(5):
        service.put(f"/jobs/{service.post_job(target=f'T_{number}')}", {"status": "failed"})
    wait_until(lambda: len(endpoint.accepted) == 10, lambda: endpoint.sequences())
    assert endpoint.sequences() == list(range(1, 11))
    for headers, body in endpoint.received:
        assert headers["content-type"] == "application/cloudevents+json"
        for secret in SECRETS:
            assert Webhook(secret).verify(body, headers)["id"] == headers["webhook-id"]
        assert JSONFormat().read(CloudEvent, body).get_id() == headers["webhook-id"]
    assert not any(secret.removeprefix("whsec_") in service.log() for secret in SECRETS)


def test_only_the_wanted_types_come(start, endpoint):
    service = start(on(hook(endpoint, types=["job.finished"])))
    begin(service)
    service.put(f"/jobs/{service.post_job()}", {"status": "failed"})
    service.put(f"/jobs/{service.post_job()}", {"status": "completed"})
    wait_until(lambda: len(endpoint.accepted) == 2, lambda: endpoint.sequences())
    assert endpoint.sequences() == [2, 4]


@pytest.mark.parametrize(
    "answer", [500, (302, {"Location": "/elsewhere"}), (503, {"Retry-After": "1"}), 404, hang, garbage],
    ids=["500", "redirect", "Retry-After", "404", "hang", "garbage"])
def test_what_is_not_taken_comes_again_and_nothing_overtakes_it(start, endpoint, answer):
    service = start(on(hook(endpoint)))
    begin(service)
    endpoint.answers = [answer]
    for number in range(3):
        service.post_job(target=f"T_{number}")
    wait_until(lambda: len(endpoint.accepted) == 3, lambda: endpoint.sequences())
    assert endpoint.sequences() == [1, 2, 3]
    ids = [headers["webhook-id"] for headers, _ in endpoint.received]
    assert len(ids) == 4 and ids[0] == ids[1], "the id stays the same"
    assert "does not take an event" in service.log()


def cut_short(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"OK")
    handler.close_connection = True


def test_an_event_is_taken_whatever_comes_behind_a_2xx(start, endpoint):
    service = start(on(hook(endpoint)))
    begin(service)
    endpoint.answers = [cut_short]
    for number in range(2):
        service.post_job(target=f"T_{number}")
    wait_until(lambda: endpoint.accepted, lambda: endpoint.sequences())
    assert endpoint.sequences() == [2] and len(endpoint.received) == 2


def test_410_switches_off_until_a_replay(start, endpoint):
    service = start(on(hook(endpoint)))
    begin(service)
    endpoint.answers = [410]
    service.post_job(target="A")
    wait_until(lambda: "is switched off" in service.log(), lambda: service.log()[-1000:])
    service.post_job(target="B")
    wait_until(lambda: metric(service, "job_service_webhook_off") == 1, lambda: service.get("/metrics").text)
    assert metric(service, "job_service_webhook_lag_events") == 2
    assert len(endpoint.received) == 1
    assert service.post("/webhooks/archive/replay", {"after": "start"}).status == 200
    wait_until(lambda: endpoint.sequences() == [1, 2], lambda: endpoint.sequences())
    wait_until(lambda: metric(service, "job_service_webhook_off") == 0, lambda: service.get("/metrics").text)


def metric(service, name):
    for line in service.get("/metrics").text.splitlines():
        if line.startswith(name + "{"):
            return float(line.rsplit(" ", 1)[1])
    return None


def test_a_replay_begins_where_it_is_told_and_nowhere_else(start, endpoint):
    service = start(on(hook(endpoint)))
    begin(service)
    for number in range(4):
        service.post_job(target=f"T_{number}")
    wait_until(lambda: endpoint.sequences() == [1, 2, 3, 4], lambda: endpoint.sequences())
    cursor = read_all(service)[1]["id"]
    reply = service.post("/webhooks/archive/replay", {"after": cursor})
    assert (reply.status, reply.json["after"]) == (200, cursor)
    wait_until(lambda: endpoint.sequences() == [1, 2, 3, 4, 3, 4], lambda: endpoint.sequences())
    for body, status in [({"after": "x"}, 400), ({}, 400), ({"after": cursor[:-1] + "0x"[cursor[-1] == "0"]}, 410)]:
        reply = service.post("/webhooks/archive/replay", body)
        assert reply.status in (status, 400), reply.text
    assert service.post("/webhooks/other/replay", {"after": "now"}).status == 404


def test_it_goes_on_where_it_was_after_kill_9(start, endpoint):
    service = start(on(hook(endpoint)))
    begin(service)
    for turn in range(5):
        for number in range(4):
            service.post_job(target=f"T_{turn}_{number}")
        service.kill()
        service.start()
    wait_until(lambda: endpoint.sequences()[-1:] == [20], lambda: endpoint.sequences())
    # An event that was taken while the service ended may come once more, under its id.
    sequences = endpoint.sequences()
    assert sorted(set(sequences)) == list(range(1, 21))
    assert all(later - earlier in (0, 1) for earlier, later in zip(sequences, sequences[1:])), sequences


def test_of_a_certificate_that_is_wrong_nothing_is_sent_and_the_log_says_so(start, endpoint):
    service = start(on(hook(endpoint, url=f"https://127.0.0.1:{endpoint.port}/hook")))
    begin(service)
    service.post_job()
    wait_until(lambda: "does not take an event" in service.log(), lambda: service.log()[-1000:])
    assert endpoint.received == []


def test_no_proxy_of_the_environment_is_asked(start, endpoint):
    proxy = "http://127.0.0.1:1"
    service = start(on(hook(endpoint), http_proxy=proxy, HTTP_PROXY=proxy, ALL_PROXY=proxy))
    begin(service)
    service.post_job()
    wait_until(lambda: endpoint.sequences() == [1], lambda: service.log()[-1000:])


@needs_mongodb
def test_of_several_instances_one_delivers(start, endpoint):
    server = MongoDBServer()
    try:
        environment = server.environment(new_database()) | on(hook(endpoint))
        services = [start(environment) for _ in range(3)]
        begin(services[0])
        for number in range(30):
            services[number % 3].post_job(target=f"T_{number}")
        wait_until(lambda: len(endpoint.accepted) >= 30, lambda: endpoint.sequences())
        assert endpoint.sequences() == list(range(1, 31))
        for service in services:
            service.stop()
    finally:
        server.end()


def test_commands_show_how_webhooks_stand_and_have_them_begin_anew(start, endpoint):
    service = start(on(hook(endpoint)))
    begin(service)
    endpoint.answers = [410]
    service.post_job(target="A")
    wait_until(lambda: "is switched off" in service.log(), lambda: service.log()[-1000:])
    result = command(service, "webhooks", "list")
    assert result.returncode == 0, result.stderr
    assert "archive  off: the endpoint has answered 410  1 behind" in result.stdout
    result = command(service, "webhooks", "replay", "archive", "--after", "start")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "archive begins anew behind " + "0" * 20 + "-" + "0" * 12 + "\n"
    wait_until(lambda: endpoint.sequences() == [1], lambda: endpoint.sequences())
    [state] = json.loads(command(service, "webhooks", "list", "--json").stdout)
    assert state["name"] == "archive" and "off" not in state
    assert command(service, "webhooks", "replay", "other", "--after", "now").returncode != 0


@pytest.mark.parametrize("change, words", [
    ({"url": "ftp://example.org/"}, "is neither https nor http"),
    ({"url": "http://example.org/"}, "is not encrypted"),
    ({"url": "http://10.0.0.1/"}, "is not encrypted"),
    ({"url": "https://user@example.org/"}, "without a user"),
    ({"url": ""}, "is required"),
    ({"name": "a b"}, "cannot name a webhook"),
    ({"secrets": []}, "is required"),
    ({"secrets": ["s3cret"]}, "is not whsec_"),
    ({"types": ["job.burnt"]}, "unknown type"),
    ({"colour": "red"}, "colour"),
])
def test_what_is_wrong_with_one_is_told_at_the_start(start, endpoint, tmp_path, change, words):
    with pytest.raises(AssertionError) as failure:
        start(on(hook(endpoint, **change)))
    assert words in str(failure.value)
    assert "s3cret" not in str(failure.value)


@pytest.mark.parametrize(("answer", "expected"), [
    (200, None), (204, None), (500, "status 500"), (410, "410"), ((302, {"Location": "/x"}), "redirects"),
    (hang, "timed out"), (garbage, ""),
], ids=["200", "204", "500", "410", "redirect", "hang", "garbage"])
def test_an_endpoint_can_be_tried(start, endpoint, answer, expected):
    service = start(on(hook(endpoint)))
    begin(service)
    endpoint.answers = [answer]
    result = command(service, "webhooks", "test", "archive")
    if expected is None:
        assert result.returncode == 0 and "archive has taken the message test-" in result.stdout, result
    else:
        assert result.returncode == 1 and "has not taken" in result.stderr and expected in result.stderr, result
    [(headers, body)] = endpoint.received
    event = Webhook(SECRETS[0]).verify(body, headers)
    assert event["type"] == "job-service.webhook.test" and event["id"] == headers["webhook-id"]
    assert JSONFormat().read(CloudEvent, body).get_subject() == "archive"
    # It is no event, and switches nothing off.
    assert read_all(service) == [] and "on" in command(service, "webhooks", "list").stdout
    other = command(service, "webhooks", "test", "other")
    assert other.returncode == 1 and "no webhook" in other.stderr
    assert service.post("/webhooks/archive/test", {}).status in (404, 405)
