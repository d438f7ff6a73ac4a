"""Traces as a collector gets them, and what happens when it does not take them."""

import pytest

from collector import Collector
from commands import command
from patience import wait_until
from scrape import values

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def traceparent(flags="01"):
    return {"traceparent": f"00-{TRACE}-{CALLER}-{flags}"}


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.end()
    assert not collector.problems


@pytest.fixture
def traced(start, collector):
    def start_one(**more):
        return start({"JOB_SERVICE_TELEMETRY__ENDPOINT": collector.url, "JOB_SERVICE_TELEMETRY__DELAY": "20"} | more)
    return start_one


def found(collector, name, **attributes):
    return [
        span for span in list(collector.spans)
        if span.name == name and all(span.attributes.get(key.replace("__", ".")) == value for key, value in attributes.items())
    ]


def await_spans(collector, name, count=1, **attributes):
    wait_until(lambda: len(found(collector, name, **attributes)) >= count, lambda: [s.name for s in collector.spans])
    return found(collector, name, **attributes)


def test_the_life_of_a_job_is_one_span_linked_to_the_requests_that_moved_it(traced, collector):
    service = traced()
    body = {"jobs": [{"operation": "ADD", "target": "A"}]}
    [item] = service.post("/jobs", body, headers=traceparent()).json
    job = item["job_id"]
    service.put(f"/jobs/{job}", {"status": "initiated"})
    service.put(f"/jobs/{job}", {"log": "A line"})
    service.put(f"/jobs/{job}", {"status": "completed"})
    [life] = await_spans(collector, "job ADD")
    assert life.attributes == {
        "job.id": job, "job.operation": "ADD", "job.target": "A", "job.status": "completed"}
    assert life.events == ["queued", "initiated", "completed"] and life.failure is None and life.parent == ""
    [post] = await_spans(collector, "POST /jobs")
    puts = await_spans(collector, "PUT /jobs/{jobId}", 3)
    assert (post.trace, post.parent) == (TRACE, CALLER)
    assert life.links == [(each.trace, each.id) for each in [post, *sorted(puts, key=lambda span: span.end)]]
    assert post.attributes | {
        "http.request.method": "POST", "http.route": "/jobs", "http.response.status_code": 200, "url.path": "/jobs",
        "url.scheme": "http"} == post.attributes
    assert len({span.trace for span in [life, post, *puts]}) == 5

    # What a request asks the storage for is below it.
    writes = [span for span in collector.spans if span.trace == TRACE and span.parent == post.id]
    assert [span.kind for span in writes] == [3] and writes[0].attributes["db.operation.name"] == "write"
    assert post.start - 1 <= writes[0].start and writes[0].end <= post.end + 1
    [resource] = {tuple(sorted(each.items())) for each in collector.resources}
    assert dict(resource) | {"service.name": "job-service"} == dict(resource)
    assert {path for path, _ in collector.requests} == {"/v1/traces"}


def test_a_failed_job_says_why(traced, collector):
    service = traced()
    service.put(f"/jobs/{service.post_job('CHANGE')}", {"status": "failed", "log": "Out of \u2028 memory"})
    [life] = await_spans(collector, "job CHANGE")
    assert "memory" in life.failure and life.attributes["job.status"] == "failed"


def test_the_callers_decision_holds(traced, collector):
    service = traced()
    service.get("/jobs?who=not", headers=traceparent("00"))
    service.get("/targets?who=sampled", headers=traceparent() | {"tracestate": "vendor=x"})
    [span] = await_spans(collector, "GET /targets")
    assert span.state == "vendor=x" and not found(collector, "GET /jobs")


@pytest.mark.parametrize(("sampler", "expected"), [
    ({"OTEL_TRACES_SAMPLER": "always_off"}, 0), ({"OTEL_TRACES_SAMPLER": "always_on"}, 300),
    ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"}, range(75, 225)),
])
def test_a_part_is_traced(traced, collector, sampler, expected):
    service = traced(**sampler)
    for _ in range(300):
        service.get("/maintenance-status")
    service.stop()
    count = len(found(collector, "GET /maintenance-status"))
    assert count in (expected if isinstance(expected, range) else [expected])


def test_the_standard_variables(start, collector):
    service = start({
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/own/path", "OTEL_SERVICE_NAME": "jobs-east",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20the-first-key-9f3a,x-team=a",
        "OTEL_RESOURCE_ATTRIBUTES": "region=east,note=a%2Cb", "OTEL_BSP_SCHEDULE_DELAY": "20",
    })
    service.get("/jobs")
    await_spans(collector, "GET /jobs")
    path, headers = collector.requests[0]
    assert path == "/own/path" and headers["authorization"] == "Bearer the-first-key-9f3a" and headers["x-team"] == "a"
    assert collector.resources[0] | {"service.name": "jobs-east", "region": "east", "note": "a,b"} == collector.resources[0]
    assert "the-first-key" not in command(service, "config").stdout


@pytest.mark.parametrize("fault", ["gone", "refuses", "hangs"])
def test_a_collector_that_takes_nothing_harms_nobody(traced, collector, fault):
    service = traced()
    if fault == "gone":
        collector.end()
    elif fault == "refuses":
        collector.status = 400
    else:
        collector.answers.clear()
    for _ in range(3000):
        assert service.get("/maintenance-status").status == 200
    dropped = 'job_service_telemetry_spans_total{outcome="dropped"}'
    wait_until(lambda: values(service)[dropped] > 0, service.log)
    assert service.get("/health/ready").status == 200
    assert service.memory() < 200 << 20
    assert service.stop() == 0
    assert len([line for line in service.log_lines() if "traces are lost" in line["message"]]) <= 1


def test_what_waits_is_sent_at_the_end(traced, collector):
    service = traced(JOB_SERVICE_TELEMETRY__DELAY="600000")
    service.get("/jobs")
    assert service.stop() == 0
    assert len(found(collector, "GET /jobs")) == 1


def test_nothing_is_there_without_an_endpoint(start):
    service = start()
    assert "telemetry" not in service.get("/metrics").text and "telemetry" not in service.get("/version").text
    off = start({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"})
    assert "telemetry" not in off.get("/metrics").text


@pytest.mark.parametrize(("variable", "value", "expected"), [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318", "telemetry.endpoint"),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://x", "telemetry.tracesEndpoint"),
    ("OTEL_TRACES_SAMPLER", "sometimes", "telemetry.sampler"),
    ("OTEL_TRACES_SAMPLER_ARG", "2", "telemetry.samplerArgument"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "no-value", "telemetry.headers"),
    ("OTEL_RESOURCE_ATTRIBUTES", "a=%zz", "telemetry.resourceAttributes"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "telemetry.timeout"),
])
def test_what_is_wrong_is_named(start, variable, value, expected):
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"} | {variable: value}
    result = command(start(), "check", **environment)
    assert result.returncode == 78 and expected in result.stdout + result.stderr
