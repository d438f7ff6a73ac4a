"""Behind a real nginx that serves the service under a prefix, which the service knows nothing of."""

import http.client
import json
import os
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from ports import free_port
from service import Reply

PREFIX = "/job-service/"


@pytest.fixture
def proxy(service, tmp_path):
    """Returns a function that gets an address from nginx."""
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert nginx, "nginx is missing: make test-black-box installs it"
    port = free_port()
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {tmp_path}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ {paths} access_log off; server {{ listen 127.0.0.1:{port};\n"
        f"location {PREFIX} {{ proxy_pass http://127.0.0.1:{service.port}/; }} }} }}\n"
    )
    process = subprocess.Popen([nginx, "-e", "stderr", "-c", tmp_path / "nginx.conf"], stderr=subprocess.PIPE)

    def get(address: str, method: str = "GET", body: str | None = None) -> Reply:
        parts = urlsplit(address)
        assert parts.netloc == f"127.0.0.1:{port}" and parts.path.startswith(PREFIX), address
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        connection.request(method, address.removeprefix(f"http://{parts.netloc}"), body)
        return Reply(connection.getresponse())

    get.root = f"http://127.0.0.1:{port}{PREFIX}"
    while True:
        assert process.poll() is None, process.stderr.read().decode()
        try:
            if get(get.root + "health/alive").status == 200:
                break
        except OSError:
            time.sleep(0.01)
    yield get
    process.terminate()
    process.wait()


def test_the_links_of_a_list_lead_to_all_of_it(service, proxy):
    ids = [item["job_id"] for item in service.post_jobs(*({"operation": "ADD", "target": f"P{n}"} for n in range(7)))]
    seen, address = [], proxy.root + "jobs?limit=2&operation=ADD"
    while address:
        reply = proxy(address)
        assert reply.status == 200
        seen += [job["jobId"] for job in reply.json]
        link = reply.headers["Link"]
        address = urljoin(address, re.fullmatch(r'<(.+)>; rel="next"', link)[1]) if link else None
    assert seen == ids


def test_the_servers_of_the_description_are_where_it_was_read(proxy):
    address = proxy.root + "openapi.json"
    document = proxy(address).json
    [server] = document["servers"]
    # A path is appended to the server's address, whose slash at the end is not part of it.
    base = urljoin(address, server["url"]).rstrip("/")
    for path in ("/health/alive", "/version", "/jobs", "/targets"):
        assert path in document["paths"] and proxy(base + path).status == 200


class Links(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src", "action")]


def test_the_page_for_people_finds_all_that_it_links_to(proxy):
    address = proxy.root + "docs"
    links = Links(proxy(address).text).found
    assert "openapi.json" in links and len(links) > 10
    for link in {urljoin(address, link).split("#")[0] for link in links}:
        assert proxy(link).status == 200, link


def test_nothing_is_redirected(proxy):
    for path in ("", "docs/", "jobs/", "health", "openapi.json/"):
        assert proxy(proxy.root + path).status in (200, 404)
    body = json.dumps({"jobs": [{"operation": "ADD", "target": "BEHIND"}]})
    assert proxy(proxy.root + "jobs", "POST", body).status == 200
