"""Jobs as administrators and executors use them; the contract's section "Jobs", line by line."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import pytest
from service import BUMP, NINE_OPERATIONS

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def messages(job: dict) -> list[str]:
    return [line["message"] for line in job["log"]]


def test_all_nine_operations_are_created_in_order(service):
    created = service.post_jobs(*NINE_OPERATIONS)
    assert [item["status"] for item in created] == ["CREATED"] * 9
    assert all(item["msg"] == "OK" and uuid.UUID(item["job_id"]).version == 4 for item in created)
    jobs = service.get("/jobs").json
    assert [job["jobId"] for job in jobs] == [item["job_id"] for item in created]
    for job, asked in zip(jobs, NINE_OPERATIONS):
        assert set(job) == {"jobId", "status", "parameters", "log", "createdAt", "createdBy"}
        assert job["status"] == "queued" and job["log"] == [] and INSTANT.match(job["createdAt"])
        assert job["parameters"] == asked
        assert job["createdBy"] == {"userId": "1234-1234-1234-1234", "firstName": "Test", "lastName": "User"}
        assert service.get(f"/jobs/{job['jobId']}").json == job


def test_the_executors_day(service):
    add = service.post_job("ADD", "DAY_ADD")
    status = service.post_job("SET_STATUS", "DAY_STATUS", releaseStatus="PENDING_RELEASE")
    for poll in (
        "/jobs?status=queued&operation=ADD,CHANGE,PATCH_METADATA",
        "/jobs?status=built",
        "/jobs?status=queued&operation=SET_STATUS,BUMP,DELETE_DRAFT,REMOVE,ROLLBACK_REMOVE,DELETE_ARCHIVE",
        "/jobs?status=queued&operation=GENERATE_RSA_KEYS",
    ):
        assert service.get(poll).status == 200
    for update in (
        *({"status": s} for s in ("initiated", "decrypting", "validating")),
        {"description": "Now described"},
        *({"status": s} for s in ("transforming", "pseudonymizing", "partitioning", "built")),
        *({"status": s} for s in ("importing", "completed")),
    ):
        reply = service.put(f"/jobs/{add}", update)
        assert (reply.status, reply.json) == (200, {"message": "OK"})
    job = service.get(f"/jobs/{add}").json
    assert job["status"] == "completed" and job["parameters"]["description"] == "Now described"
    assert messages(job) == [
        "Set status: initiated",
        "Set status: decrypting",
        "Set status: validating",
        "Added update description",
        "Set status: transforming",
        "Set status: pseudonymizing",
        "Set status: partitioning",
        "Set status: built",
        "Set status: importing",
        "Set status: completed",
    ]
    assert all(INSTANT.match(line["at"]) and set(line) == {"at", "message"} for line in job["log"])
    assert service.put(f"/jobs/{status}", {"status": "initiated"}).status == 200
    assert service.put(f"/jobs/{status}", {"status": "completed", "log": "Set it"}).status == 200
    assert messages(service.get(f"/jobs/{status}").json) == [
        "Set status: initiated",
        "Set status: completed",
        "Set it",
    ]
    assert service.get("/jobs?ignoreCompleted=true").json == []
    assert [job["jobId"] for job in service.get("/jobs").json] == [add, status]


def test_crash_recovery_may_set_a_job_back(service):
    job = service.post_job()
    for status in ("initiated", "queued", "initiated", "built", "importing", "built"):
        assert service.put(f"/jobs/{job}", {"status": status}).status == 200
        assert service.get(f"/jobs/{job}").json["status"] == status


def test_an_invalid_item_fails_alone_with_its_reason(service):
    reply = service.post_jobs(
        {"target": "NO_OPERATION"},
        {"operation": "ADD", "target": "GOOD"},
        {"operation": "REMOVE", "target": "UNDESCRIBED"},
        {"operation": "SET_STATUS", "target": "UNSET"},
        {"operation": "ADD", "target": "lower"},
        {"operation": "ADD", "target": "A" * 129},
        {"operation": "FLY", "target": "GOOD_TOO"},
        {"operation": "ADD", "target": "ODD", "wings": 2},
        "text",
        {"operation": "ADD", "target": "GOOD"},
        BUMP | {"target": "OTHER"},
        {"operation": "ADD", "target": "NULLS", "description": None, "releaseStatus": None},
    )
    assert [item["status"] for item in reply] == (
        ["FAILED", "CREATED"] + ["FAILED"] * 9 + ["CREATED"]
    )
    reasons = [item["msg"] for item in reply]
    assert reasons[0] == "Missing operation"
    assert reasons[2] == "Missing description" and reasons[3] == "Missing releaseStatus"
    assert "^[A-Z][A-Z0-9_]*$" in reasons[4] and "128" in reasons[5]
    assert "FLY" in reasons[6] and "ROLLBACK_REMOVE" in reasons[6]
    assert "wings" in reasons[7] and reasons[8] == "A job must be an object, not a string"
    assert reasons[9] == "Job with target GOOD already in progress"
    assert "DATASTORE" in reasons[10]
    assert all(set(item) == {"status", "msg"} for item in reply if item["status"] == "FAILED")


def test_bumping_is_disabled_unless_a_stack_enables_it(start):
    [item] = start().post_jobs(BUMP)
    assert item == {"status": "FAILED", "msg": "Bumping the datastore is disabled"}


def test_snake_case_and_form_content_type_are_accepted(service):
    body = '{"jobs": [{"operation": "SET_STATUS", "target": "SNAKE", "release_status": "DRAFT"}]}'
    reply = service.post("/jobs", body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status == 200 and reply.json[0]["status"] == "CREATED"
    assert service.get("/jobs").json[0]["parameters"]["releaseStatus"] == "DRAFT"


@pytest.mark.parametrize(
    "body, part",
    [
        ("", "empty"),
        ("{", "line 1, column 2"),
        ('{"jobs": [}', "column 11"),
        ('{"jobs": [], "jobs": []}', "twice"),
        ('{"jobs": [{"target": "\\ud800"}]}', "surrogate"),
        (b'{"jobs": ["\xff"]}', "UTF-8"),
        ("[]", "must be an object, not a list"),
        ('"text"', "not a string"),
        ("null", "not null"),
        ("{}", "Missing jobs"),
        ('{"jobs": {}}', "jobs must be a list"),
        ('{"jobs": null}', "Missing jobs"),
        ('{"jobs": [], "more": 1}', "more is not a known property"),
        ("[" * 100_000, "deeper"),
        ('{"jobs": [1e999]}', "range"),
    ],
)
def test_a_body_that_is_no_list_of_jobs_is_400(service, body, part):
    reply = service.post("/jobs", body)
    assert reply.status == 400, reply.text
    assert set(reply.json) - {"errors"} == {"message", "code", "requestId"}
    assert part in reply.json["message"]


def test_an_empty_list_is_200(service):
    reply = service.post("/jobs", {"jobs": []})
    assert (reply.status, reply.json) == (200, [])


@pytest.mark.parametrize(
    "body, part",
    [
        ({}, "status or a description"),
        ({"jobId": "x", "status": "built"}, "path says"),
        ({"status": "flying"}, "flying"),
        ({"status": 1}, "status must be one of queued"),
        ({"status": "built", "wings": 1}, "wings"),
        ({"log": 5}, "log must be a string"),
        ([], "not a list"),
    ],
)
def test_an_update_is_validated_before_its_job_is_looked_for(service, body, part):
    reply = service.put("/jobs/no-such-job", body)
    assert reply.status == 400 and part in reply.json["message"], reply.text


def test_unknown_jobs_have_the_texts_of_the_contract(service):
    assert service.put("/jobs/nope", {"status": "built"}).json["message"] == "Could not find job with id nope"
    reply = service.get("/jobs/nope")
    assert (reply.status, reply.json["message"]) == (404, "No job found for jobId: nope")
    assert service.get("/jobs/").status == 404
    assert service.get("/jobs/a%2Fb").json["message"] == "No job found for jobId: a/b"


def test_status_description_and_log_together_leave_three_lines_of_one_instant(service):
    job = service.post_job()
    text = 'Line one\nline "two" \u00e6\u00f8\u00e5 \u0000'
    assert service.put("/jobs", {"jobId": job, "status": "failed", "description": "d", "log": text}).status == 200
    stored = service.get(f"/jobs/{job}").json
    assert messages(stored) == ["Set status: failed", "Added update description", text]
    assert len({line["at"] for line in stored["log"]}) == 1
    assert (stored["status"], stored["parameters"]["description"]) == ("failed", "d")


def test_a_log_alone_and_an_empty_log_are_appended(service):
    job = service.post_job()
    assert service.put(f"/jobs/{job}", {"log": "only"}).status == 200
    assert service.put(f"/jobs/{job}", {"status": "built", "log": ""}).status == 200
    assert messages(service.get(f"/jobs/{job}").json) == ["only", "Set status: built", ""]


def test_a_finished_job_takes_only_the_repetition_of_its_end(service):
    job = service.post_job()
    assert service.put(f"/jobs/{job}", {"status": "completed"}).status == 200
    before = service.get(f"/jobs/{job}").json
    assert service.put(f"/jobs/{job}", {"status": "completed", "log": "again", "description": "x"}).status == 200
    for other in ({"status": "failed"}, {"status": "queued"}, {"log": "late"}, {"description": "late"}):
        reply = service.put(f"/jobs/{job}", other)
        assert (reply.status, reply.json["message"]) == (404, f"Could not find job with id {job}")
    assert service.get(f"/jobs/{job}").json == before
    assert service.post_job() != job


def test_the_body_may_repeat_the_id_of_the_path_but_not_contradict_it(service):
    job = service.post_job()
    assert service.put(f"/jobs/{job}", {"jobId": job, "status": "built"}).status == 200
    assert service.put(f"/jobs/{job}", {"jobId": "other", "status": "built"}).status == 400
    assert service.put("/jobs", {"job_id": job, "status": "initiated"}).status == 200
    assert service.put("/jobs", {"status": "built"}).json["message"] == "Missing jobId"


@pytest.mark.parametrize(
    "query, expected",
    [
        ("", {"A_ADD", "A_CHANGE", "A_STATUS", "DONE"}),
        ("status=queued", {"A_ADD", "A_STATUS"}),
        ("status=completed", {"DONE"}),
        ("operation=ADD", {"A_ADD", "DONE"}),
        ("operation=ADD,CHANGE", {"A_ADD", "A_CHANGE", "DONE"}),
        ("operation=ADD&operation=CHANGE", {"A_ADD", "A_CHANGE", "DONE"}),
        ("operation[]=ADD&operation%5B%5D=CHANGE", {"A_ADD", "A_CHANGE", "DONE"}),
        ("operation=GENERATE_RSA_KEYS", set()),
        ("operation=GENERATE_RSA_KEYS,CHANGE", {"A_CHANGE"}),
        ("ignoreCompleted=TRUE", {"A_ADD", "A_CHANGE", "A_STATUS"}),
        ("ignoreCompleted=yes&status=completed", set()),
        ("ignoreCompleted=0", {"A_ADD", "A_CHANGE", "A_STATUS", "DONE"}),
        ("ignoreCompleted=On", {"A_ADD", "A_CHANGE", "A_STATUS"}),
        ("ignoreCompleted=n", {"A_ADD", "A_CHANGE", "A_STATUS", "DONE"}),
        ("status=queued&operation=SET_STATUS,ADD", {"A_ADD", "A_STATUS"}),
        ("unknown=parameter", {"A_ADD", "A_CHANGE", "A_STATUS", "DONE"}),
    ],
)
def test_filters(service, query, expected):
    service.post_job("ADD", "A_ADD")
    change = service.post_job("CHANGE", "A_CHANGE")
    service.post_job("SET_STATUS", "A_STATUS", releaseStatus="DRAFT")
    done = service.post_job("ADD", "DONE")
    service.put(f"/jobs/{change}", {"status": "built"})
    service.put(f"/jobs/{done}", {"status": "completed"})
    reply = service.get(f"/jobs?{query}")
    assert reply.status == 200, reply.text
    assert {job["parameters"]["target"] for job in reply.json} == expected


@pytest.mark.parametrize(
    "query, part",
    [
        ("status=", "status must not be empty; known are queued, initiated"),
        ("status=flying", "flying"),
        ("status=queued&status=built", "only once; known are queued, initiated"),
        ("operation=", "empty element"),
        ("operation=ADD,", "empty element"),
        ("operation=FLY", "ROLLBACK_REMOVE"),
        ("ignoreCompleted=", "must not be empty; it must be true or false"),
        ("ignoreCompleted=perhaps", "perhaps"),
        ("limit=0", "between 1 and 10000"),
        ("limit=10001", "between 1 and 10000"),
        ("after=x", "cursor"),
    ],
)
def test_filters_that_mean_nothing_are_400(service, query, part):
    reply = service.get(f"/jobs?{query}")
    assert reply.status == 400 and part in reply.json["message"], reply.text


def test_all_problems_of_a_query_are_told_at_once(service):
    reply = service.get("/jobs?status=x&operation=y&limit=0")
    assert {problem["field"] for problem in reply.json["errors"]} == {"status", "operation", "limit"}


def test_pages_show_every_job_once_while_nothing_moves(service):
    ids = [item["job_id"] for item in service.post_jobs(*({"operation": "ADD", "target": f"P{n}"} for n in range(25)))]
    for job in ids[:10]:
        service.put(f"/jobs/{job}", {"status": "completed"})
    seen, target = [], "/jobs?limit=4&operation=ADD,CHANGE"
    while target:
        reply = service.get(target)
        assert len(reply.json) <= 4
        seen += [job["jobId"] for job in reply.json]
        link = reply.headers["Link"]
        target = urljoin(target, re.fullmatch(r'<(\?.+)>; rel="next"', link)[1]) if link else None
    assert seen == ids[10:] + ids[:10]


def test_a_page_of_long_jobs_ends_early_and_its_link_goes_on(service):
    jobs = [service.post_job(target=f"LONG_{n}") for n in range(12)]
    for job in jobs:
        assert service.put(f"/jobs/{job}", {"log": "x" * 400_000}).status == 200
    seen, target, largest = [], "/jobs?limit=10000", 0
    while target:
        reply = service.get(target)
        largest = max(largest, len(reply.body))
        seen += [job["jobId"] for job in reply.json]
        link = reply.headers["Link"]
        target = urljoin(target, re.fullmatch(r'<(\?.+)>; rel="next"', link)[1]) if link else None
    assert seen == jobs and largest < 2 << 20


def test_sixty_four_clients_posting_the_same_targets_create_each_once(service):
    jobs = [{"operation": "ADD", "target": f"RACE_{n}"} for n in range(50)]
    with ThreadPoolExecutor(64) as pool:
        replies = list(pool.map(lambda _: service.post_jobs(*jobs), range(64)))
    for n in range(50):
        items = [reply[n] for reply in replies]
        assert [item["status"] for item in items].count("CREATED") == 1
        failed = {item["msg"] for item in items if item["status"] == "FAILED"}
        assert failed == {f"Job with target RACE_{n} already in progress"}
    assert len(service.get("/jobs").json) == 50


def test_concurrent_updates_lose_no_log_line(service):
    job = service.post_job()
    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(lambda n: service.put(f"/jobs/{job}", {"log": f"line {n}"}).status, range(400)))
    assert replies == [200] * 400
    assert sorted(messages(service.get(f"/jobs/{job}").json)) == sorted(f"line {n}" for n in range(400))


def test_of_concurrent_ends_exactly_one_kind_wins(service):
    job = service.post_job()
    with ThreadPoolExecutor(16) as pool:
        ends = ["completed", "failed"] * 16
        replies = list(pool.map(lambda end: (end, service.put(f"/jobs/{job}", {"status": end}).status), ends))
    stored = service.get(f"/jobs/{job}").json
    assert all(status == (200 if end == stored["status"] else 404) for end, status in replies)
    assert messages(stored) == [f"Set status: {stored['status']}"]
