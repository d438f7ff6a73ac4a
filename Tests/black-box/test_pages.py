"""The pages for people, in a real Chromium. `make test-browser` runs this; PAGE_SHOTS=FOLDER keeps what they look like."""

import base64
import os
from pathlib import Path

import pytest
from chromium import Chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    browser = Chromium(["jobs.example"])
    yield browser
    browser.close()


def show(browser, service, path, width, scheme):
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}, browser.session,
    )
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.call("Emulation.setEmulatedMedia", media, browser.session)
    browser.open(f"http://jobs.example:{service.port}{path}")


def colour(text):
    return sum(int(part) for part in text.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_can_be_read_at_any_width_by_day_and_by_night(browser, service, path, width):
    shades = {}
    for scheme in ("light", "dark"):
        show(browser, service, path, width, scheme)
        assert browser.run("document.documentElement.scrollWidth") <= width, "nothing is cut off at the side"
        # A word that is broken in its midst takes more lines than it has words.
        assert not browser.run(
            "[...document.querySelectorAll('td, th')].filter(cell => cell.offsetWidth && cell.offsetWidth < 60"
            " && cell.innerText.length > 20).map(cell => cell.innerText)"
        )
        shades[scheme] = browser.run("getComputedStyle(document.querySelector('h1')).color")
        if folder := os.environ.get("PAGE_SHOTS"):
            shot = browser.call("Page.captureScreenshot", {"format": "png"}, browser.session)["data"]
            name = f"{path.strip('/') or 'root'}-{width}-{scheme}.png"
            Path(folder, name).write_bytes(base64.b64decode(shot))
    assert colour(shades["light"]) < 200 < 500 < colour(shades["dark"])


def test_what_only_reads_can_be_tried_without_a_script(browser, service):
    for n in range(3):
        service.post_job(target=f"T{n}")
    show(browser, service, "/docs", 1280, "light")
    browser.run(
        "(() => { const form = document.querySelector('#getJobs form');"
        "form.querySelector('[name=limit]').value = '1'; form.querySelector('button').click() })()"
    )
    browser.wait_for_load()
    assert browser.run("location.pathname") == "/jobs"
    # What was not chosen is not sent, since an empty status would be refused.
    assert browser.run("location.search") == "?limit=1"
    assert '"target":"T0"' in browser.run("document.body.innerText")
