"""The command line itself: help, mistakes, the manual page, completion in shells, terminals, versions."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import time

from patience import LIMIT
import pytest
from commands import on_terminal, run
from service import BINARY

COMMANDS = re.findall(r"^### `job-service (.+)`$", subprocess.run([BINARY, "man", "--markdown"], capture_output=True, text=True).stdout, re.M)


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def test_the_commands_of_this_suite_are_those_of_the_program():
    assert {"serve", "check", "jobs fail", "maintenance on", "backup", "copy", "version"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(tmp_path, name):
    words = name.split()
    text = run(*words, "--help", cwd=tmp_path)
    assert text.returncode == 0 and text.stdout.startswith(f"usage: job-service {name}")
    for part in ("Options:", "Exit codes:", "64"):
        assert part in text.stdout
    assert run("help", *words, cwd=tmp_path).stdout == text.stdout
    assert run(*words, "-h", cwd=tmp_path).stdout == text.stdout
    assert "\u001b" not in text.stdout


@pytest.mark.parametrize(
    ("words", "parts"),
    {
        "fly": ["unknown command 'fly'", "usage:"],
        "rotues": ["did you mean 'routes'?"],
        "jobs": ["list, show, fail"],
        "jobs lst": ["'jobs lst'", "did you mean 'list'?"],
        "maintenance of": ["did you mean 'off'?"],
        "check --conect": ["--conect", "did you mean '--connect'?", "usage: job-service check"],
        "check --json": ["unknown option '--json'"],
        "serve extra": ["unexpected argument 'extra'"],
        "check --config": ["--config needs a value: --config FILE"],
        "check --config=": ["--config must not be empty"],
        "check --connect=yes": ["--connect takes no value"],
        "check --connect --connect": ["--connect is given twice"],
        "--config a --config b": ["--config is given twice"],
        "jobs show": ["ID is missing"],
        "jobs show a b": ["unexpected argument 'b'"],
        "jobs fail ID": ["--reason TEXT is missing"],
        "jobs fail ID --reason=": ["--reason must not be empty"],
        "jobs list --status bilt": ["--status must be one of queued,", "did you mean 'built'?"],
        "jobs list --limit many": ["--limit must be a number from 1", "'many'"],
        "jobs list --limit 0": ["--limit must be a number from 1", "'0'"],
        "maintenance on": ["--message TEXT is missing"],
        "backup": ["FILE is missing"],
        "copy --from sqlite:a --to sqlite:a": ["two different ones"],
        "completion tcsh": ["SHELL must be one of bash, zsh, fish"],
        "help flyy": ["no command 'flyy'"],
        "-- --help": ["unexpected argument '--help'"],
    }.items(),
)
def test_mistakes_are_64_and_named(tmp_path, words, parts):
    result = run(*words.split(), cwd=tmp_path)
    assert result.returncode == 64 and result.stdout == ""
    for part in [*parts, "usage: job-service", "help"]:
        assert part in result.stderr, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_backup_of_mongodb_says_what_to_use_instead(tmp_path):
    environment = {"PATH": os.environ["PATH"], "MONGODB_URL": "mongodb://127.0.0.1:1/jobdb"}
    result = run("backup", "copy.db", cwd=tmp_path, environment=environment)
    assert result.returncode == 64 and "mongodump" in result.stderr and "job-service copy" in result.stderr
    assert list(tmp_path.iterdir()) == []


@needs("man")
def test_the_manual_page_has_every_command_and_no_fault(tmp_path):
    page = tmp_path / "job-service.1"
    page.write_text(run("man", cwd=tmp_path).stdout)
    environment = os.environ | {"MANWIDTH": "400", "LC_ALL": "C.UTF-8"}
    shown = subprocess.run(["man", "--warnings", "-l", page], env=environment, capture_output=True, text=True)
    assert shown.returncode == 0 and shown.stderr == ""
    text = re.sub(".\b", "", shown.stdout)
    for name in COMMANDS:
        assert f"job-service {name}" in text
    for code in ("0", "1", "64", "78"):
        assert re.search(rf"^ +{code}  ", text, re.M), code


@needs("mandoc")
def test_mandoc_finds_nothing_wrong_with_the_manual_page(tmp_path):
    page = run("man", cwd=tmp_path).stdout
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout


COMPLETIONS = {
    "job-service ": {"serve", "jobs", "maintenance", "backup", "version"},
    "job-service jo": {"jobs"},
    "job-service jobs ": {"list", "show", "fail"},
    "job-service jobs fail ID --re": {"--reason"},
    "job-service jobs list --status im": {"importing"},
    "job-service maintenance on --m": {"--message"},
    "job-service completion f": {"fish"},
    "job-service --config x.yaml maint": {"maintenance"},
    "job-service check --config sam": {"sample.yaml"},
    "job-service backup sam": {"sample.yaml"},
}


@pytest.mark.parametrize(("line", "wanted"), [*COMPLETIONS.items(), ("job-service jobs list --status=im", {"importing"})])
def test_bash_completes(tmp_path, line, wanted):
    (tmp_path / "sample.yaml").touch()
    words = re.findall(r"=|[^ =]+", line) + ([""] if line.endswith(" ") else [])
    script = """
        eval "$("$0" completion bash)"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        "$(complete -p job-service | sed -E 's/.*-F ([^ ]+).*/\\1/')"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    result = subprocess.run(["bash", "--norc", "-uc", script, BINARY, *words], cwd=tmp_path, capture_output=True, text=True)
    assert result.stderr == ""
    found = set(result.stdout.split())
    assert wanted <= found and (line.endswith(" ") or wanted == found)


def press_tab(shell, setup, line, cwd, wanted):
    """What an interactive shell shows after a tab."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.environ.update(PS1="", TERM="dumb", PATH=f"{os.path.dirname(BINARY)}:{os.environ['PATH']}")
        os.execvp(shell[0], shell)
    os.write(terminal, f"{setup}; echo RE''ADY\n".encode())
    shown, sent, deadline = "", False, time.monotonic() + LIMIT
    while wanted not in shown and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 65536).decode(errors="replace")
        if not sent and "READY\r" in shown:
            shown, sent = "", True
            os.write(terminal, line.encode() + b"\t")
    os.write(terminal, b"\x15exit\n")
    os.close(terminal)
    os.waitpid(pid, 0)
    return shown


def test_bash_completes_when_tab_is_pressed(tmp_path):
    shown = press_tab(
        ["bash", "--norc", "-i"], 'eval "$(job-service completion bash)"', "job-service jobs fa", tmp_path, "jobs fail "
    )
    assert "jobs fail " in shown


@needs("zsh")
def test_zsh_completes_when_tab_is_pressed(tmp_path):
    script = run("completion", "zsh", cwd=tmp_path).stdout
    (tmp_path / "_job-service").write_text(script)
    assert subprocess.run(["zsh", "-n", tmp_path / "_job-service"]).returncode == 0
    setup = f"fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -u -d {tmp_path}/dump"
    line = "job-service jobs list --status im"
    assert "--status importing " in press_tab(["zsh", "-f", "-i"], setup, line, tmp_path, "importing ")


@needs("fish")
@pytest.mark.parametrize(("line", "wanted"), COMPLETIONS.items())
def test_fish_completes(tmp_path, line, wanted):
    (tmp_path / "sample.yaml").touch()
    script = 'eval "$argv[1] completion fish" | source; complete -C "$argv[2]"'
    result = subprocess.run(
        ["fish", "--no-config", "-c", script, BINARY, line], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"HOME": str(tmp_path), "PATH": f"{os.path.dirname(BINARY)}:{os.environ['PATH']}"},
    )
    assert result.stderr == ""
    found = {line.split("\t")[0] for line in result.stdout.splitlines()}
    assert wanted <= found and (line.endswith(" ") or wanted == found)


def test_colours_are_for_terminals_that_want_them(tmp_path):
    (tmp_path / "wrong.yaml").write_text("http:\n  prot: 1\n")
    for words in (["check"], ["routes"], ["--help"], ["check", "--config", "wrong.yaml"], ["fly"]):
        assert "\u001b[" in on_terminal(*words, cwd=tmp_path)[1]
        assert "\u001b" not in on_terminal(*words, cwd=tmp_path, NO_COLOR="1")[1]
        assert "\u001b" not in on_terminal(*words, cwd=tmp_path, TERM="dumb")[1]
        plain = run(*words, cwd=tmp_path)
        assert "\u001b" not in plain.stdout + plain.stderr


def test_output_that_is_lost_is_a_failure(tmp_path):
    with open("/dev/full", "w") as full:
        result = run("routes", cwd=tmp_path, stdout=full)
    assert result.returncode == 1 and "No space left" in result.stderr


def test_routes_are_a_table_and_json(tmp_path):
    table = run("routes", cwd=tmp_path).stdout.splitlines()
    routes = json.loads(run("routes", "--json", cwd=tmp_path).stdout)
    assert len(table) == len(routes) + 1
    for line, route in zip(table[1:], routes):
        assert line.split()[:4] == [route[key] for key in ("method", "path", "module", "access")]
        assert line.index(route["summary"]) == table[0].index("SUMMARY")
    described = json.loads(run("openapi", cwd=tmp_path).stdout)["paths"]
    assert {route["path"] for route in routes} >= set(described)


def test_check_shows_values_with_their_origins_and_no_secret(tmp_path):
    (tmp_path / "config.yaml").write_text("http:\n  port: 8111\n")
    environment = {"PATH": os.environ["PATH"], "API_KEY": "s3cret-api-key", "STACK": "qa"}
    result = run("check", cwd=tmp_path, environment=environment)
    assert result.returncode == 0 and "s3cret" not in result.stdout + result.stderr
    assert re.search(r"^http.port: 8111 +# config.yaml:2:9", result.stdout, re.M)
    assert re.search(r"^service.stack: qa +# environment variable STACK", result.stdout, re.M)
    assert re.search(r"^modules.authentication.apiKeys: .*\*\*\*.*# environment variable API_KEY", result.stdout, re.M)
    columns = {line.index("  # ") for line in result.stdout.splitlines() if "  # " in line and line.index("  # ") <= 60}
    assert len(columns) == 1, "aligned"


def test_version_tells_the_build_and_the_libraries_that_are_linked(tmp_path):
    text = run("version", cwd=tmp_path).stdout
    version = json.loads(run("version", "--json", cwd=tmp_path).stdout)
    assert text.startswith(f"job-service {version['version']}\n") and version["build"] in ("release", "debug")
    assert re.fullmatch(r"\d+\.\d+", version["swift"])
    assert "commit" not in version or re.fullmatch("[0-9a-f]{40}", version["commit"])
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True).stdout
    names = {
        "SQLite": "libsqlite3", "libmongoc": "libmongoc", "libyaml": "libyaml", "libarchive": "libarchive",
        "OpenSSL": "libcrypto", "libcurl": "libcurl", "zlib": "libz.so", "zstd": "libzstd",
    }
    shown = {library["name"]: library["version"] for library in version["libraries"]}
    assert set(shown) == {name for name, file in names.items() if file in linked}
    for name, number in shown.items():
        assert re.match(r"\d+\.\d+\.\d+", number) and f"{name} {number}" in text
