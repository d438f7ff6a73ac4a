"""A service that `make service` writes: it builds, passes its test, and nothing that it shows is another's."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "Tests/black-box"))

from ports import free_port  # noqa: E402

# Shared with Examples/OwnService, so that the framework is compiled once for both.
SCRATCH = REPOSITORY / ".build/own-service"
FOREIGN = re.compile(r"job|own[-_ ]?service", re.IGNORECASE)


def new_service(name, folder):
    return subprocess.run([REPOSITORY / "Scripts/new-service", name, folder], capture_output=True, text=True)


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "books"
    made = new_service("guest-book", folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def program(package, tmp_path_factory):
    """The program, in a folder whose path says nothing."""
    command = ["swift", "build", "--package-path", package, "--scratch-path", SCRATCH, "--product", "guest-book"]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "warning" not in built.stdout + built.stderr
    place = tmp_path_factory.mktemp("bin") / "guest-book"
    shutil.copy(SCRATCH / "debug/guest-book", place)
    return place


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


class Running:
    def __init__(self, program, folder):
        self.port = free_port()
        self.environment = environment({"GUEST_BOOK_HTTP__PORT": str(self.port), "GUEST_BOOK_LIFECYCLE__GRACE": "0s"})
        self.log = folder / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [program], cwd=folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while '"ready on' not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def request(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, dict(reply.headers), reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0
        return self.log.read_text()


def environment(more={}):
    return {"PATH": os.environ["PATH"], **more}


@pytest.fixture
def running(program, folder):
    running = Running(program, folder)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def run(program, folder, *arguments, status=0, more={}):
    done = subprocess.run([program, *arguments], cwd=folder, env=environment(more), capture_output=True, text=True)
    text = done.stdout + done.stderr
    assert done.returncode == status, (arguments, text)
    assert text.strip(), arguments
    assert not FOREIGN.search(text), (arguments, text)
    return text


def test_its_own_test_passes(package):
    command = ["swift", "test", "--package-path", package, "--scratch-path", SCRATCH]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Test run with [1-9]\d* test", done.stdout), done.stdout


def test_its_files_are_its_own(package):
    files = [file for file in package.rglob("*") if file.is_file() and ".build" not in file.parts]
    assert {file.name for file in files} >= {"Package.swift", "main.swift", "EntriesModule.swift", "EntriesTests.swift"}
    for file in files:
        text = file.read_text().replace('name: "job-service"', "").replace('package: "job-service"', "")
        assert not FOREIGN.search(text), file


def test_it_links_the_storage_engine_that_it_names_and_no_other(program):
    linked = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    assert "libsqlite3" in linked
    for library in ["mongoc", "bson", "curl", "ssl", "crypto", "archive"]:
        assert f"lib{library}" not in linked


def test_commands_tell_their_own_name(program, folder):
    assert run(program, folder, "help").startswith("usage: guest-book [COMMAND] [OPTIONS]\n\nA guest book.")
    guide = run(program, folder, "man", "--markdown")
    names = re.findall(r"^### `guest-book (.+)`$", guide, re.MULTILINE)
    assert {"serve", "entries list", "backup", "copy", "help"} <= set(names)
    for name in names:
        assert run(program, folder, "help", *name.split()).startswith(f"usage: guest-book {name}")
    page = run(program, folder, "man")
    assert page.startswith(".TH GUEST\\-BOOK 1 ") and "GUEST_BOOK_HTTP__PORT" in page
    assert "GUEST_BOOK_HTTP__PORT" in run(program, folder, "man", "--configuration")
    assert "complete -F _guest_book guest-book" in run(program, folder, "completion", "bash")
    assert run(program, folder, "completion", "zsh").startswith("#compdef guest-book\n")
    assert "complete -c guest-book" in run(program, folder, "completion", "fish")
    assert run(program, folder, "version").startswith("guest-book 0.1.0\n")
    assert json.loads(run(program, folder, "version", "--json"))["service"] == "guest-book"
    assert "sqlite:./data/guest-book.db" in run(program, folder, "check")
    assert "/entries" in run(program, folder, "routes")
    described = json.loads(run(program, folder, "openapi"))["info"]
    assert (described["title"], described["description"]) == ("guest-book", "A guest book.")


@pytest.mark.parametrize("shell", ["bash"])
def test_completions_are_scripts(program, folder, shell):
    script = run(program, folder, "completion", shell)
    assert subprocess.run([shell, "-n"], input=script, text=True).returncode == 0


@pytest.mark.parametrize(
    "arguments, status, part",
    [
        (["srve"], 64, "guest-book: unknown command 'srve'; did you mean 'serve'?"),
        (["jbs"], 64, "unknown command"),
        (["entries"], 64, "'entries' needs one of list"),
        (["entries", "list"], 1, "there is no database"),
        (["backup", "copy.db"], 1, "there is no database"),
        (["copy", "--from", "sqlite:a", "--to", "sqlite:a"], 64, "two different ones"),
        (["copy", "--from", "python-sqlite:a", "--to", "sqlite:b"], 78, "no storage driver for 'python-sqlite:'"),
        (["check", "--config", "none.yaml"], 78, "guest-book cannot start: one problem"),
    ],
)
def test_mistakes_are_told_in_its_name(program, folder, arguments, status, part):
    assert part in run(program, folder, *arguments, status=status)


@pytest.mark.parametrize(
    "variable, value, part",
    [
        ("GUEST_BOOK_HTTP_PORT", "80", "did you mean GUEST_BOOK_HTTP__PORT?"),
        ("GUEST_BOOK_STORAGE__URL", "mongodb://127.0.0.1", "no storage driver for 'mongodb:' is linked"),
        ("GUEST_BOOK_STORAGE__URL", "sqlite:/tmp/", "add the file's name: sqlite:/tmp//documents.db"),
        ("GUEST_BOOK_HTTP__HOST", "0.0.0.0", "can be reached from other machines"),
    ],
)
def test_wrong_settings_are_told_in_its_name(program, folder, variable, value, part):
    assert part in run(program, folder, "check", status=78, more={variable: value})


def test_settings_of_another_service_are_left_alone(program, folder):
    run(program, folder, "check", more={"JOB_SERVICE_HTTP__PORT": "x"})


def test_what_it_serves_is_its_own(running, program, folder):
    assert running.request("/entries", b'{"name": "Ada", "text": "I was here"}')[0] == 200
    replies = {
        path: running.request(path, body)
        for path, body in {
            "/version": None, "/openapi.json": None, "/docs": None, "/docs/style.css": None, "/metrics": None,
            "/health/ready": None, "/health/alive": None, "/entries": None, "/nowhere": None, "/entries?": b"{",
            "/entries??": b'{"nam": 1}', "/version?": b"{}",
        }.items()
    }
    for path, (status, headers, text) in replies.items():
        assert status in (200, 400, 404, 405), (path, text)
        assert headers["X-Request-ID"].startswith("guest-book-"), path
        shown = f"{headers}\n{text}"
        assert not FOREIGN.search(shown), (path, FOREIGN.search(shown), text)
    assert json.loads(replies["/version"][2])["service"] == "guest-book"
    assert json.loads(replies["/nowhere"][2])["requestId"].startswith("guest-book-")
    assert "<h1>guest-book</h1>" in replies["/docs"][2]
    names = set(re.findall(r"^# TYPE (\S+)", replies["/metrics"][2], re.MULTILINE))
    assert {"guest_book_entries_added_total", "guest_book_build_info"} <= names
    assert all(name.startswith(("guest_book_", "process_")) for name in names)

    listed = subprocess.run(
        [program, "entries", "list"], cwd=folder, env=running.environment, capture_output=True, text=True)
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "Ada: I was here\n", "")
    log = running.stop()
    assert not FOREIGN.search(log), FOREIGN.search(log)
    assert {json.loads(line)["serviceName"] for line in log.splitlines()} == {"guest-book"}
    assert "operator" in {json.loads(line)["loggerName"] for line in log.splitlines()}
    assert {"guest-book.db"} <= {file.name for file in (folder / "data").iterdir()}


@pytest.mark.parametrize(
    "name",
    [
        "", "Guest-Book", "guest_book", "guest book", "-book", "book-", "guest--book", "1book", "../book", "x" * 64,
        "kernel", "host", "jobs", "app", "notes", "storage-sqlite", "kernel-testing", "entries", "swift", "foundation",
        "testing", "glibc", "class", "self", "own-service", "job-service", "store-probe", "c-linux",
    ],
)
def test_names_that_cannot_be_are_refused(tmp_path, name):
    done = new_service(name, tmp_path / "new")
    assert done.returncode == 64 and done.stderr.startswith("new-service: ")
    assert not list(tmp_path.iterdir())


def test_folders_that_cannot_be_are_refused(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    for folder in ["", tmp_path / "there", tmp_path / "file", tmp_path / "file/x", tmp_path / "none/x", tmp_path / "link",
                   tmp_path / 'a"b', REPOSITORY / "Examples/Mine", REPOSITORY / "Sources/../Mine"]:
        done = new_service("guest-book", folder)
        assert done.returncode == 64 and done.stderr.startswith("new-service: "), folder
    assert sorted(tmp_path.rglob("*")) == before
    assert not (REPOSITORY / "Mine").exists() and not (REPOSITORY / "Examples/Mine").exists()
