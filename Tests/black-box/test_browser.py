"""Pages in a real Chromium: those that write to the service, of its own origin and of other ones, and one that follows.

The browser holds an administrator's cookies, and attaches them to what the other origin's pages send as well, since
cookies do not tell ports apart. `make test-browser` runs this.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from chromium import Chromium
from issuer import Issuer

pytestmark = pytest.mark.browser

FORM = (
    "const form = document.createElement('form'); form.method = 'post'; form.enctype = 'text/plain';"
    "form.action = '{url}'; const input = document.createElement('input');"
    """input.name = '{{"jobs":[{{"operation":"ADD","target":"FROM_FORM","description":"'; input.value = '"}}]}}';"""
    "form.append(input); document.body.append(form); form.submit();"
)


class Pages:
    """A web server with one page, on another origin than the service."""

    def __init__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", "29")
                self.end_headers()
                self.wfile.write(b"<!doctype html><body>a page\n\n\n")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def browser():
    browser = Chromium(["jobs.example", "elsewhere.example"])
    yield browser
    browser.close()


@pytest.fixture
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def pages():
    pages = Pages()
    yield pages
    pages.stop()


def post(url: str, target: str, mode: str = "no-cors") -> str:
    """A script that posts a job with cookies, as a request that takes no preflight, and tells what it sees."""
    body = '{"jobs":[{"operation":"ADD","target":"%s"}]}' % target
    return (
        f"fetch('{url}', {{method: 'POST', mode: '{mode}', credentials: 'include', body: '{body}'}})"
        ".then(r => r.type + ' ' + r.status, e => 'failed')"
    )


def log_in(browser: Chromium, issuer: Issuer) -> None:
    """Gives the page's host the cookies of an administrator."""
    browser.run(f"document.cookie = 'authorization={issuer.authorization()}; Path=/; SameSite=Lax'; 1")
    browser.run(f"document.cookie = 'user-info={issuer.user_info()}; Path=/; SameSite=Lax'; 1")


def posts(service) -> list[int]:
    """The statuses of the POSTs that reached the service."""
    return [line["statusCode"] for line in service.log_lines() if line["method"] == "POST"]


# Chromium tells Sec-Fetch-Site to hosts that it trusts, such as 127.0.0.1; to others it tells the Origin alone.
@pytest.mark.parametrize("host", ["127.0.0.1", "jobs.example"])
def test_a_page_of_the_services_own_origin_may_post(browser, start, issuer, host):
    service = start({"JWKS_URL": issuer.url})
    origin = f"http://{host}:{service.port}"
    browser.open(origin + "/health/alive")
    assert browser.run(post("/jobs", "OWN", "same-origin")) == "basic 401"
    log_in(browser, issuer)
    assert browser.run(post("/jobs", "OWN", "same-origin")) == "basic 200"
    assert [job["parameters"]["target"] for job in service.get("/jobs").json] == ["OWN"]


@pytest.mark.parametrize("host", ["127.0.0.1", "jobs.example"])
def test_a_page_of_the_services_own_origin_may_do_with_cookies_what_a_key_may(browser, start, issuer, host):
    service = start({"JWKS_URL": issuer.url, "API_KEY": "the-only-key-of-all"})
    browser.open(f"http://{host}:{service.port}/health/alive")
    writes = [
        ("PUT", "/jobs/none", '{"status":"queued"}', 404), ("DELETE", "/importable-datasets/NONE", "", 404),
        ("POST", "/maintenance-status", '{"msg":"m","paused":true}', 200),
    ]

    def send(method: str, path: str, body: str) -> str:
        body = f", body: '{body}'" if body else ""
        return browser.run(f"fetch('{path}', {{method: '{method}'{body}}}).then(r => r.type + ' ' + r.status)")

    browser.run("document.cookie = 'authorization=; Path=/; Max-Age=0'; document.cookie = 'user-info=; Path=/; Max-Age=0'; 1")
    assert [send(*write[:3]) for write in writes] == ["basic 401"] * 3
    log_in(browser, issuer)
    assert [send(*write[:3]) for write in writes] == [f"basic {write[3]}" for write in writes]


@pytest.mark.parametrize(
    ("page_host", "service_host"),
    [
        ("127.0.0.1", "127.0.0.1"),  # same site, other port: cookies go along
        ("localhost", "127.0.0.1"),  # cross-site
        ("jobs.example", "jobs.example"),  # same host over plain HTTP: no Sec-Fetch-Site, cookies go along
        ("elsewhere.example", "jobs.example"),
    ],
)
def test_a_page_of_another_origin_may_not(browser, start, issuer, pages, page_host, service_host):
    service = start({"JWKS_URL": issuer.url})
    target = f"http://{service_host}:{service.port}/jobs"
    browser.open(f"http://{service_host}:{pages.port}/")
    log_in(browser, issuer)
    browser.open(f"http://{page_host}:{pages.port}/")
    assert browser.run(post(target, "FROM_SCRIPT")) == "opaque 0"
    browser.run(FORM.format(url=target))
    browser.wait_for_load()
    assert "Pages of another origin may not write here" in browser.run("document.body.innerText")
    for method in ("PUT", "DELETE"):
        browser.open(f"http://{page_host}:{pages.port}/")
        script = f"fetch('{target}', {{method: '{method}', credentials: 'include'}}).then(r => r.type, e => 'failed')"
        assert browser.run(script) == "failed", "the browser's own preflight is not granted"
    assert service.get("/jobs").json == []
    service.stop()
    assert posts(service) == [403, 403]


def test_a_page_of_a_trusted_origin_may_post_with_the_cookies_that_the_others_were_refused_with(
    browser, start, issuer, pages
):
    page = f"http://127.0.0.1:{pages.port}"
    service = start({"JWKS_URL": issuer.url, "JOB_SERVICE_HTTP__TRUSTED_ORIGINS": page})
    target = f"http://127.0.0.1:{service.port}/jobs"
    browser.open(page)
    log_in(browser, issuer)
    assert browser.run(post(target, "TRUSTED")) == "opaque 0"
    browser.run(FORM.format(url=target))
    browser.wait_for_load()
    assert {job["parameters"]["target"] for job in service.get("/jobs").json} == {"TRUSTED", "FROM_FORM"}


def test_the_page_of_the_api_is_readable_and_stays_on_its_origin(browser, start):
    service = start()
    browser.open(f"http://127.0.0.1:{service.port}/docs")
    assert "POST /jobs" in browser.run("document.querySelector('nav').innerText.replace(/\\s+/g, ' ')")
    assert browser.run("getComputedStyle(document.querySelector('article')).borderRadius") == "8px", "it has its style"
    loaded = browser.run("performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).join()")
    assert loaded in ("/docs/style.css", "/docs/style.css,/favicon.ico")
    assert browser.run("document.documentElement.scrollWidth <= innerWidth") is True


def test_an_event_source_misses_nothing_and_hears_nothing_twice_through_restarts_of_the_service(browser, start):
    service = start({"JOB_SERVICE_MODULES__EVENTS__ENABLED": "true"})
    browser.open(f"http://127.0.0.1:{service.port}/health/alive")
    browser.run(
        "heard = []; opened = 0; source = new EventSource('/events'); source.onopen = () => opened++;"
        "source.onmessage = message => heard.push([message.lastEventId, JSON.parse(message.data)]);"
        "new Promise(resolve => source.addEventListener('open', () => resolve(1), {once: true}))"
    )
    targets = []

    def post_some():
        for _ in range(3):
            targets.append(f"T_{len(targets)}")
            service.post_job(target=targets[-1])

    post_some()
    for turn, end in enumerate([service.stop, service.kill]):
        browser.wait_until(f"heard.length == {len(targets)}")
        end()
        browser.wait_until("source.readyState == EventSource.CONNECTING")
        service.start()
        # Nobody hears of these as they happen, unless the browser is back already.
        post_some()
        browser.wait_until(f"opened == {turn + 2}")
        post_some()
    browser.wait_until(f"heard.length >= {len(targets)}")
    service.post_job(target="LAST")
    browser.wait_until("heard.at(-1)[1].data.job.parameters.target == 'LAST'")
    heard = browser.run("source.close(); heard")
    assert [event["data"]["job"]["parameters"]["target"] for _, event in heard] == targets + ["LAST"]
    assert [int(event["sequence"]) for _, event in heard] == list(range(1, len(targets) + 2))
    assert all(cursor == event["id"] for cursor, event in heard)
