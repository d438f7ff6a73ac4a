"""What HTTP clients may ask for beyond the plain request, asked as they do."""

import gzip
import http.client
import json
import subprocess
import threading

import pytest


def raw(service, method, path, headers=None, body=None):
    """A request with no header but those given and what HTTP needs: as an executor's library sends it."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    if body is not None:
        connection.send(body)
    response = connection.getresponse()
    found = response.read()
    connection.close()
    return response.status, response.headers, found


def filled(start):
    service = start()
    service.post_jobs(*({"operation": "ADD", "target": f"SET_{n}"} for n in range(50)))
    return service


def test_curl_takes_a_list_apart_that_came_compressed(start, tmp_path):
    service = filled(start)
    _, _, plain = raw(service, "GET", "/jobs")
    address = f"http://127.0.0.1:{service.port}/jobs"
    for accepted in ("gzip", "deflate, gzip"):
        head = tmp_path / "head"
        seen = subprocess.run(
            ["curl", "-s", "--compressed", "-H", f"Accept-Encoding: {accepted}", "-D", head, address], capture_output=True
        )
        assert seen.stdout == plain
        assert "content-encoding: gzip" in head.read_text().lower()
    status, headers, coded = raw(service, "GET", "/jobs", {"Accept-Encoding": "gzip"})
    assert status == 200 and gzip.decompress(coded) == plain and len(coded) < len(plain) / 3
    assert headers["Content-Length"] == str(len(coded)) and headers["Vary"] == "Accept-Encoding"


def test_every_path_answers_head_with_the_headers_of_get(start):
    service = filled(start)
    job = service.get("/jobs").json[0]["jobId"]
    paths = service.get("/openapi.json").json["paths"]
    for path in (path for path, item in paths.items() if "get" in item):
        path = path.replace("{jobId}", job).replace("{name}", "SET_1")
        for coding in ({}, {"Accept-Encoding": "gzip"}):
            request = {"X-Request-ID": "one"} | coding
            get, head = (raw(service, method, path, request) for method in ("GET", "HEAD"))
            assert head[0] == get[0] and head[2] == b"", path
            if path == "/metrics":
                continue
            names = {name for name in get[1] if name != "Date"}
            assert {name: head[1][name] for name in names} == {name: get[1][name] for name in names}, path
            assert get[1]["Content-Length"] == str(len(get[2])), path


def test_a_poll_that_finds_nothing_new_has_no_body(start):
    service = filled(start)
    job = service.get("/jobs").json[0]["jobId"]
    for path in ("/jobs?status=queued", f"/jobs/{job}", "/targets", "/maintenance-status", "/openapi.json", "/docs"):
        status, headers, body = raw(service, "GET", path)
        tag = headers["ETag"]
        assert status == 200 and not tag.startswith("W/")
        status, headers, nothing = raw(service, "GET", path, {"If-None-Match": f'"other", {tag}'})
        assert (status, nothing, headers["ETag"]) == (304, b"", tag)
        assert headers["Content-Length"] is None and headers["Content-Type"] is None
        assert raw(service, "GET", path, {"If-None-Match": '"other"'})[2] == body
    tag = raw(service, "GET", f"/jobs/{job}")[1]["ETag"]
    assert service.put(f"/jobs/{job}", {"status": "initiated"}).status == 200
    assert raw(service, "GET", f"/jobs/{job}", {"If-None-Match": tag})[0] == 200
    assert raw(service, "PUT", f"/jobs/{job}", {"If-Match": tag}, b'{"status": "built"}')[0] == 412
    tag = raw(service, "GET", f"/jobs/{job}", {"Accept-Encoding": "gzip"})[1]["ETag"]
    assert raw(service, "PUT", f"/jobs/{job}", {"If-Match": tag}, b'{"status": "built"}')[0] == 200


def test_a_repeated_request_creates_nothing_more_whoever_comes_first(start):
    service = start()
    body = json.dumps({"jobs": [{"operation": "ADD", "target": f"T{n}"} for n in range(20)]}).encode()
    replies = []

    def post():
        replies.append(raw(service, "POST", "/jobs", {"Idempotency-Key": '"one"'}, body))

    threads = [threading.Thread(target=post) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created = {found for status, _, found in replies if status == 200}
    assert len(created) == 1 and {status for status, _, _ in replies} <= {200, 409}
    for job in service.get("/jobs").json:
        assert service.put(f"/jobs/{job['jobId']}", {"status": "completed"}).status == 200
    service.kill()
    service.start()
    status, headers, again = raw(service, "POST", "/jobs", {"Idempotency-Key": '"one"'}, body)
    assert status == 200 and {again} == created and headers["Idempotency-Replayed"] == "true"
    assert len(service.get("/jobs").json) == 20
    assert raw(service, "POST", "/jobs", {"Idempotency-Key": "one"}, b'{"jobs": []}')[0] == 422


@pytest.mark.parametrize("path", ["/maintenance-statuses", "/maintenance-statuses/latest", "/targets/SET_1"])
def test_other_names_of_a_path_answer_as_ever_and_tell_what_to_use(start, path):
    service = filled(start)
    own = {
        "/maintenance-statuses": "/maintenance-history", "/maintenance-statuses/latest": "/maintenance-status",
        "/targets/SET_1": "/targets/SET_1/jobs",
    }[path]
    alias, expected = service.get(path), service.get(own)
    assert alias.body == expected.body and alias.status == 200
    assert alias.headers["Deprecation"].startswith("@") and 'rel="successor-version"' in alias.headers["Link"]
    assert expected.headers["Deprecation"] is None


def test_the_root_leads_to_everything(start):
    service = filled(start)
    root = raw(service, "GET", "/", {"Accept": "application/json"})
    assert root[1]["Content-Type"] == "application/json" and "Accept" in root[1].get_all("Vary")
    links = {link["href"] for link in json.loads(root[2])["links"]}
    assert {"docs", "openapi.json", "metrics", "health/ready", "version", "jobs", "jobs/summary"} <= links
    for link in links:
        assert raw(service, "GET", f"/{link}")[0] == 200, link
    page = raw(service, "GET", "/", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page[1]["Content-Type"].startswith("text/html") and b'href="docs"' in page[2]
    assert raw(service, "GET", "/")[2] == root[2]


def test_problems_come_as_rfc_9457_has_them_to_those_who_ask(start):
    service = start()
    for path in ("/jobs/none", "/nowhere", "/jobs?status=x", "/%zz"):
        status, headers, found = raw(service, "GET", path, {"Accept": "application/problem+json"})
        problem = json.loads(found)
        assert headers["Content-Type"] == "application/problem+json" and problem["status"] == status
        assert problem["detail"] == problem["message"] and problem["code"] and problem["title"]
        usual = json.loads(raw(service, "GET", path)[2])
        assert {"type", "title", "detail", "status"}.isdisjoint(usual) and usual["message"] == problem["message"]


def test_a_page_that_gets_a_next_one_has_changed(service):
    for number in range(2):
        service.post_job(target=f"T_{number}")
    first = service.get("/jobs?limit=2")
    assert "Link" not in first.headers
    service.post_job(target="T_2")
    again = service.get("/jobs?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200 and again.body == first.body and again.headers["Link"]
    assert service.get("/jobs?limit=2", headers={"If-None-Match": again.headers["ETag"]}).status == 304
