"""The commands as people see them: on terminals of 80 and 200 columns, with few and many jobs and hostile texts."""

import json
import re
import signal
import subprocess
import threading
import unicodedata

import pytest
from commands import OnTerminal, command, environment_of, on_terminal
from issuer import Issuer
from mongodb import needs_sqlite
from patience import LIMIT
from service import BINARY, BUMP
from stored_jobs import fill

SGR = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "first\nsecond\ttab \u001b]0;title\u0007\u001b[2J \u0645\u0631\u062d\u0628\u0627 \U0001f600 \u202eevil " + "x" * 3000


def plain(shown: str) -> list[str]:
    """The lines of a terminal, without colours; nothing else may steer it."""
    lines = SGR.sub("", shown).replace("\r\n", "\n").split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert not [letter for letter in line if unicodedata.category(letter) in ("Cc", "Zl", "Zp")], repr(line)
        assert not set(line) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), repr(line)
    return lines


def width(line: str) -> int:
    return sum(
        0 if unicodedata.category(letter) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in line
    )


def see(service, *words, columns=80, rows=24, **environment):
    code, shown = on_terminal(
        *words, cwd=service.folder, columns=columns, rows=rows, **environment_of(service, **environment)
    )
    return code, shown


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_jobs_are_one_line(service, columns):
    code, shown = see(service, "jobs", "list", columns=columns)
    assert code == 0 and plain(shown) == ["No jobs in progress"]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_list_is_as_wide_as_the_terminal_whatever_is_in_it(service, columns):
    first = service.post_job(target="FIRST")
    service.put(f"/jobs/{first}", {"status": "validating", "log": HOSTILE})
    service.post_job(target="L" * 128)
    done = service.post_job(target="DONE")
    service.put(f"/jobs/{done}", {"status": "completed"})
    code, shown = see(service, "jobs", "list", columns=columns)
    lines = plain(shown)
    assert code == 0 and len(lines) == 4
    assert max(map(width, lines)) <= columns
    assert [line[:36] for line in lines[1:3]] == [first, service.get("/jobs").json[1]["jobId"]]
    if columns >= 80:
        assert "AGE" in lines[0] and "TOOK" in lines[0] and "FIRST" in lines[1]
        assert lines[3] == "2 jobs in progress, 1 more that have finished: --all"
    assert ("LAST LINE" in lines[0]) == (columns == 200)
    code, shown = see(service, "jobs", "list", "--all", "--newest", columns=columns)
    assert [line[:36] for line in plain(shown)[1:4]] == [done, service.get("/jobs").json[1]["jobId"], first]
    coloured, grey = (see(service, "jobs", "list", NO_COLOR=value)[1] for value in ("", "1"))
    assert "\u001b[" in coloured and "\u001b" not in grey


def test_the_columns_for_other_programs_stay(service):
    service.post_job()
    lines = command(service, "jobs", "list").stdout.splitlines()
    assert lines[0].split() == ["JOB", "STATUS", "OPERATION", "CREATED", "UPDATED", "TARGET"] and len(lines) == 2


def test_a_list_of_2000_goes_through_a_pager_and_says_how_many_there_are(start):
    service = start()
    service.stop()
    fill(service.folder, "inprogress", 2000, "built")
    fill(service.folder, "completed", 3, "completed", prefix="DONE", first=5000)
    service.start()
    code, shown = see(service, "jobs", "list", columns=200, PAGER="cat")
    lines = plain(shown)
    assert code == 0 and len(lines) == 2002 and len({line[:12] for line in lines[1:-1]}) == 2000
    assert lines[-1].startswith("2000 jobs in progress, 3 more")
    code, shown = see(service, "jobs", "list", PAGER="wc -l")
    assert code == 0 and shown.split() == ["2002"]
    code, shown = see(service, "jobs", "list", PAGER="head -n 3")
    assert code == 0 and len(plain(shown)) == 3, "a pager that is closed early is no failure"
    code, shown = see(service, "jobs", "list", "--limit", "5", PAGER="false")
    assert code == 0 and plain(shown)[-1] == "5 jobs, and there are more: --limit", "what fits needs no pager"
    code, shown = see(service, "jobs", "list", PAGER="")
    assert code == 0 and len(plain(shown)) == 2002
    code, shown = see(service, "jobs", "list", "--all", "--newest", "--limit", "2", PAGER="cat")
    assert len(plain(shown)) == 4


def test_a_closed_pipe_ends_a_list_in_silence(start):
    service = start()
    service.stop()
    fill(service.folder, "inprogress", 2000, "built")
    service.start()
    for words in (["--json-lines"], ["--json"], []):
        script = '"$@" | head -n 2; echo "${PIPESTATUS[0]}"'
        result = subprocess.run(
            ["bash", "-c", script, "bash", BINARY, "jobs", "list", *words], cwd=service.folder,
            env=environment_of(service), capture_output=True, text=True, timeout=LIMIT,
        )
        assert result.stderr == "" and result.stdout.splitlines()[-1] == str(128 + signal.SIGPIPE)
    assert service.get("/health/ready").status == 200


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_filters_find_the_same_on_the_command_line_as_in_the_list(start, state):
    service = start({"BUMP_ENABLED": "true"})
    first = service.post_job(target="FIRST")
    second = service.post_job(target="SECOND")
    middle = service.get(f"/jobs/{second}").json["createdAt"]
    service.put(f"/jobs/{first}", {"status": "failed"})
    if state == "stopped":
        service.stop()

    def found(*words):
        result = command(service, "jobs", "list", "--json-lines", *words)
        assert result.returncode == 0, result.stderr
        return [json.loads(line)["jobId"] for line in result.stdout.splitlines()]

    assert found() == [second]
    assert found("--all", "--newest") == [second, first]
    assert found("--all", "--newest", "--limit", "1") == [second]
    assert found("--all", "--since", middle) == [second]
    assert found("--all", "--before", middle) == [first]
    assert found("--all", "--since", "1h") == found("--all", "--since", "2020-01-01") == [second, first]
    assert found("--all", "--before", "1h") == []
    assert found("--all", "--creator", "1234-1234-1234-1234") == [second, first]
    assert found("--all", "--creator", "somebody") == []
    assert found("--target", "SECOND", "--newest", "--since", "1h") == [second]
    assert found("--target", "SECOND", "--creator", "somebody") == []
    assert found("--idle", "1h") == []


def test_releases_are_found_by_a_target_that_has_a_share_in_them(service):
    bump = service.post_jobs(BUMP)[0]["job_id"]
    result = command(service, "jobs", "list", "--target", "RELEASED_SET", "--json-lines", "--newest")
    assert json.loads(result.stdout)["jobId"] == bump


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("list --since yesterday", "--since must be"), ("list --before 2026-13-01", "--before must be"),
        ("list --idle 5", "--idle must be"), ("list --json --json-lines", "exclude each other"),
        ("list --watch --json", "--watch draws"), ("fail --reason x", "ID is missing"),
        ("fail ID --target X --reason x", "either ID or options"), ("fail --status failed --reason x", "--status must be"),
        ("resubmit", "ID is missing"), ("list --since 2026-01-01T00:00:00", "with an offset"),
    ],
)
def test_mistakes_are_named(tmp_path, words, part):
    result = subprocess.run([BINARY, "jobs", *words.split()], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 64 and part in result.stderr


def test_a_job_is_shown_with_its_timeline_and_the_line_breaks_of_its_log(service):
    job = service.post_job(description="two\nlines")
    service.put(f"/jobs/{job}", {"status": "importing", "log": HOSTILE})
    service.put(f"/jobs/{job}", {"status": "failed", "log": "disk full\r\nreally\n  2026-01-01T00:00:00Z  forged"})
    for columns in (80, 200):
        code, shown = see(service, "jobs", "show", job, columns=columns, rows=500, LESS="FRX")
        lines = plain(shown)
        assert code == 0
        timeline = lines[lines.index("timeline") + 1:lines.index("log")]
        assert [line.split()[0] for line in timeline] == ["queued", "importing", "failed"]
        assert "so far" not in timeline[-1] and re.search(r" \d+s$", timeline[0])
        log = lines[lines.index("log") + 1:]
        assert [line[31:] for line in log if not line.startswith("  2026-")][1:] == ["really", "  2026-01-01T00:00:00Z  forged"]
        assert log[1].endswith("  first") and "second\\t" in log[2] and "\\u{1B}]0;title\\u{07}" in log[2]
    assert command(service, "jobs", "show", job).stdout.splitlines() == lines, "the same without a terminal"


def test_a_job_is_followed_until_its_end(service):
    job, other = service.post_job(), service.post_job(target="OTHER")
    seen = OnTerminal("jobs", "show", job, "--follow", cwd=service.folder, **environment_of(service))
    seen.wait_for("queued for")
    service.put(f"/jobs/{job}", {"status": "importing", "log": "half\nof it"})
    seen.wait_for("of it")
    seen.wait_for("importing for")
    service.stop()
    service.start()
    service.put(f"/jobs/{job}", {"status": "completed", "log": "done"})
    assert seen.end() == 0 and seen.shown.count("half") == 1 and seen.shown.rstrip().endswith("done")
    service.put(f"/jobs/{other}", {"status": "failed", "log": "broken"})
    result = command(service, "jobs", "show", other, "--follow")
    assert result.returncode == 1 and "has failed" in result.stderr and "broken" in result.stdout
    assert "\u001b" not in result.stdout + result.stderr and "\r" not in result.stderr
    result = command(service, "jobs", "show", job, "--follow", "--json")
    assert result.returncode == 0 and json.loads(result.stdout)["status"] == "completed"
    assert command(service, "jobs", "show", "none", "--follow").returncode == 1


def test_what_goes_on_ends_with_ctrl_c(service):
    job = service.post_job()
    for words, text in ((["list", "--watch"], "1 job"), (["show", job, "--follow"], "queued for")):
        seen = OnTerminal("jobs", *words, cwd=service.folder, stdin=True, **environment_of(service))
        seen.wait_for(text)
        seen.types("\x03")
        assert seen.end() == -signal.SIGINT
        assert "?25l" not in seen.shown and "?1049h" not in seen.shown, "nothing to be put back"
    assert service.get("/health/ready").status == 200


@pytest.mark.parametrize("columns", [80, 200])
def test_a_watched_list_is_redrawn_and_outlives_its_service(service, columns):
    job = service.post_job()
    seen = OnTerminal("jobs", "list", "--watch", cwd=service.folder, columns=columns, **environment_of(service))
    seen.wait_for("queued")
    service.put(f"/jobs/{job}", {"status": "importing"})
    seen.wait_for("importing")
    service.stop()
    shown = len(seen.shown)
    seen.wait_for("Ctrl-C ends", seen.shown.count("Ctrl-C ends") + 1)
    service.start()
    service.put(f"/jobs/{job}", {"status": "validating"})
    seen.wait_for("validating")
    assert seen.process.poll() is None and len(seen.shown) > shown
    seen.process.terminate()
    assert seen.end() == -signal.SIGTERM
    frames = seen.shown.split("\u001b[H")[1:]
    assert all(width(line) <= columns for frame in frames for line in re.sub(r"\x1b\[[0-9;]*[mKJ]", "", frame).splitlines())
    result = command(service, "jobs", "list", "--watch")
    assert result.returncode == 64 and "terminal" in result.stderr


def test_a_watched_list_has_no_more_lines_than_the_terminal(start):
    service = start()
    service.stop()
    fill(service.folder, "inprogress", 2000, "built")
    service.start()
    seen = OnTerminal("jobs", "list", "--watch", cwd=service.folder, rows=10, **environment_of(service))
    seen.wait_for("2000 jobs, 1994 below")
    seen.process.terminate()
    seen.end()
    assert seen.shown.split("\u001b[J")[0].count("\n") <= 9


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_all_that_a_filter_finds_are_failed_once_somebody_said_yes(start, state):
    service = start()
    jobs = [service.post_job(target=f"T_{number}") for number in range(3)]
    service.put(f"/jobs/{jobs[0]}", {"status": "importing"})
    before = service.get("/jobs").json
    if state == "stopped":
        service.stop()
    words = ["jobs", "fail", "--status", "queued", "--reason", "The executor died"]
    refused = command(service, *words, stdin=subprocess.DEVNULL)
    assert refused.returncode == 64 and "--yes" in refused.stderr and "T_1" in refused.stdout
    for answer in ("n\n", "\n", "\x04"):
        seen = OnTerminal(*words, cwd=service.folder, stdin=True, **environment_of(service))
        seen.wait_for("Fail these 2 jobs? [y/N]")
        seen.types(answer)
        assert seen.end() == 1 and "nothing is changed" in seen.shown
    if state == "running":
        assert service.get("/jobs").json == before
    seen = OnTerminal(*words, cwd=service.folder, stdin=True, **environment_of(service))
    seen.wait_for("[y/N]")
    assert jobs[1] in seen.shown and jobs[2] in seen.shown and jobs[0] not in seen.shown
    seen.types("yes\n")
    assert seen.end() == 0 and "2 jobs are failed" in seen.shown
    result = command(service, *words, "--yes")
    assert result.returncode == 0 and result.stdout == "" and "no such jobs" in result.stderr
    if state == "stopped":
        service.start()
    assert [service.get(f"/jobs/{job}").json["status"] for job in jobs] == ["importing", "failed", "failed"]
    assert service.get(f"/jobs/{jobs[1]}").json["log"][-1]["message"] == "The executor died"


def test_what_moves_on_while_somebody_thinks_is_left_alone(service):
    jobs = [service.post_job(target=f"T_{number}") for number in range(2)]
    seen = OnTerminal(
        "jobs", "fail", "--status", "queued", "--reason", "x", cwd=service.folder, stdin=True, **environment_of(service)
    )
    seen.wait_for("[y/N]")
    service.put(f"/jobs/{jobs[0]}", {"status": "importing"})
    seen.types("y\n")
    assert seen.end() == 0 and "1 job is failed" in seen.shown and "1 stay as they are" in seen.shown
    assert [service.get(f"/jobs/{job}").json["status"] for job in jobs] == ["importing", "failed"]


def test_hundreds_are_failed_without_a_question(start):
    service = start()
    service.post_jobs(*({"operation": "ADD", "target": f"T_{number}"} for number in range(300)))
    service.stop()
    result = command(service, "jobs", "fail", "--operation", "ADD", "--reason", "x", "--yes")
    assert result.returncode == 0 and "300 jobs are failed" in result.stdout, result.stderr
    service.start()
    assert service.get("/jobs?ignoreCompleted=true").json == []


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_job_is_posted_again_with_its_parameters(start, state):
    service = start({"BUMP_ENABLED": "true"})
    bump = service.post_jobs(BUMP)[0]["job_id"]
    job = service.post_job("SET_STATUS", "A", releaseStatus="DRAFT", description="élan \U0001f600")
    taken = service.post_job(target="TAKEN")
    for each in (bump, job):
        service.put(f"/jobs/{each}", {"status": "failed"})
    if state == "stopped":
        service.stop()
    again = json.loads(command(service, "jobs", "resubmit", bump, "--json").stdout)
    assert again["jobId"] != bump and again["status"] == "queued" and again["log"] == []
    words = ["--target", "B", "--release-status", "PENDING_RELEASE", "--description", "other", "--operation", "SET_STATUS"]
    other = json.loads(command(service, "jobs", "resubmit", job, *words, "--json").stdout)
    assert "queued" in command(service, "jobs", "resubmit", job).stdout
    for words, part in (([taken], "already in progress"), (["none"], "No job found"), ([job, "--target", "a b"], "target")):
        result = command(service, "jobs", "resubmit", *words)
        assert result.returncode == 1 and part in result.stderr
    if state == "stopped":
        service.start()
    assert again["parameters"] == service.get(f"/jobs/{bump}").json["parameters"]
    assert other["parameters"] == {
        "operation": "SET_STATUS", "target": "B", "releaseStatus": "PENDING_RELEASE", "description": "other"
    }
    assert service.get(f"/jobs/{service.get('/jobs').json[-1]['jobId']}").status == 200


def test_posting_again_takes_the_cookies_of_an_administrator(start):
    issuer = Issuer()
    try:
        service = start({"JWKS_URL": issuer.url})
        [item] = service.post("/jobs", {"jobs": [{"operation": "ADD", "target": "X"}]}, headers=issuer.cookies()).json
        service.put(f"/jobs/{item['job_id']}", {"status": "failed"})
        result = command(service, "jobs", "resubmit", item["job_id"])
        assert result.returncode == 1 and "--cookies" in result.stderr
        (service.folder / "cookies").write_text(issuer.cookies()["Cookie"] + "\n")
        result = command(service, "jobs", "resubmit", item["job_id"], "--cookies", "cookies")
        assert result.returncode == 0, result.stderr
        (service.folder / "cookies").write_text("two\nlines\n")
        result = command(service, "jobs", "resubmit", item["job_id"], "--cookies", "cookies")
        assert result.returncode == 1 and "cookies" in result.stderr
    finally:
        issuer.stop()


def test_status_is_one_screen_of_what_runs(service):
    for number in range(3):
        service.post_job(target=f"T_{number}")
    for columns in (80, 200):
        code, shown = see(service, "status", columns=columns)
        lines = plain(shown)
        assert code == 0 and len(lines) < 24 and max(map(width, lines)) <= columns
        rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
        assert rows["service"].startswith("ready") and rows["jobs"] == "3 in progress: 3 queued"
        assert rows["stuck"] == "none" and rows["paused"] == "no"
    command(service, "maintenance", "on", "--message", "Upgrade\u001b[2J")
    report = json.loads(command(service, "status", "--json").stdout)
    assert report["ready"] and report["jobs"] == {"inProgress": 3, "byStatus": {"queued": 3}}
    assert report["paused"]["paused"] and report["stuck"] == 0
    assert report["version"] == service.get("/version").json
    assert "paused   yes" in command(service, "status").stdout
    plain(see(service, "status")[1])


def test_status_of_what_does_not_run_or_is_not_ready(start):
    service = start({"JOB_SERVICE_MODULES__JOBS__STUCK_AFTER": "1s"})
    service.post_job()
    service.stop()
    result = command(service, "status")
    assert result.returncode == 1 and "not running" in result.stdout and "1 in progress" in result.stdout
    assert result.stderr.splitlines() == ["job-service: no service answers here"]
    service.environment["INPUT_DIR"] = "/nowhere"
    service.launch()
    result = command(service, "status")
    while "not running" in result.stdout or "starting" in result.stdout or result.stdout == "":
        result = command(service, "status")
    assert result.returncode == 1 and "not ready" in result.stdout and "nowhere" in result.stdout


def test_status_without_a_module_has_no_lines_of_it(start):
    service = start({f"JOB_SERVICE_MODULES__{name}__ENABLED": "false" for name in ("JOBS", "TARGETS", "MAINTENANCE")})
    result = command(service, "status")
    assert result.returncode == 0 and "jobs " not in result.stdout and "paused" not in result.stdout, result.stdout


@needs_sqlite
def test_check_beside_a_running_service_says_so(service):
    result = command(service, "check", "--connect")
    assert result.returncode == 0 and "running service" in result.stdout and str(service.process.pid) in result.stdout
    service.stop()
    result = command(service, "check", "--connect")
    assert result.returncode == 0 and "is open to this configuration" in result.stdout


def test_what_is_no_address_is_called_so(tmp_path):
    for environment in ({}, {"JWKS_URL": "http://127.0.0.1:1/"}):
        result = subprocess.run(
            [BINARY], cwd=tmp_path, env={"JOB_SERVICE_HTTP__HOST": "notanaddress"} | environment, capture_output=True,
            text=True, timeout=LIMIT,
        )
        assert result.returncode == 78 and '"notanaddress"' in result.stderr and "is no address" in result.stderr


def test_bytes_in_other_units_are_told_the_right_ones(tmp_path):
    result = subprocess.run(
        [BINARY, "check"], cwd=tmp_path, env={"JOB_SERVICE_MODULES__JOBS__MAXIMUM_LOG": "4 MB"}, capture_output=True, text=True
    )
    assert result.returncode == 78 and "did you mean 4 MiB?" in result.stderr


def test_failing_the_jobs_of_a_target_fails_no_release_that_names_it(start):
    service = start({"BUMP_ENABLED": "true"})
    manifest = {
        "version": "1.0.0", "description": "", "releaseTime": 1, "languageCode": "no", "updateType": None,
        "dataStructureUpdates": [
            {"name": "SHARED", "description": "", "operation": "ADD", "releaseStatus": "PENDING_RELEASE"}],
    }
    release = service.post_job(
        "BUMP", "DATASTORE", description="", bumpManifesto=manifest, bumpFromVersion="1", bumpToVersion="2")
    job = service.post_job(target="SHARED")
    listed = command(service, "jobs", "list", "--target", "SHARED").stdout
    assert job in listed and release in listed
    done = command(service, "jobs", "fail", "--target", "SHARED", "--reason", "x", "--yes")
    assert done.returncode == 0 and release not in done.stdout
    assert service.get(f"/jobs/{job}").json["status"] == "failed"
    assert service.get(f"/jobs/{release}").json["status"] == "queued"
