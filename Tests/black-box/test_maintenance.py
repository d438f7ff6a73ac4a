"""The maintenance flag as deployers set it and executors ask for it."""

import pytest


def test_a_fresh_service_is_not_paused(service):
    status = service.get("/maintenance-status").json
    assert list(status) == ["msg", "paused", "timestamp"]
    assert status["msg"] == "Initial status inserted by job service at startup."
    assert status["paused"] is False
    assert service.get("/maintenance-history").json == [status]


def test_the_readme_example_works_as_printed(service):
    reply = service.post(
        "/maintenance-status",
        '{"msg": "We need to upgrade", "pause": 1}',
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert reply.status == 200
    assert reply.json["paused"] is True
    assert service.get("/maintenance-statuses/latest").json == reply.json
    assert service.get("/maintenance-statuses").json[0] == reply.json
    # Jobs can still be posted.
    service.post_job()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"msg": "m"}', '{"paused": true}', '{"msg": "m", "paused": 2}'])
def test_a_wrong_body_is_400(service, body):
    reply = service.post("/maintenance-status", body)
    assert reply.status == 400
    assert {"message", "code", "requestId"} <= reply.json.keys()
    assert len(service.get("/maintenance-history").json) == 1


def test_it_survives_kill_9(service):
    posted = service.post("/maintenance-status", {"msg": "m", "paused": True}).json
    service.kill()
    service.start()
    assert service.get("/maintenance-status").json == posted
    assert len(service.get("/maintenance-history").json) == 2


def test_polls_are_logged_only_while_paused(service):
    def polls() -> int:
        service.stop()
        lines = [line for line in service.log_lines() if line["url"] == "/maintenance-status" and line["method"] == "GET"]
        service.start()
        return len(lines)

    for _ in range(5):
        service.get("/maintenance-status")
    assert polls() == 0
    service.post("/maintenance-status", {"msg": "m", "paused": True})
    for _ in range(5):
        service.get("/maintenance-status")
    assert polls() == 5
