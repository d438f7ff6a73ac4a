"""The guide for upgrading from the Python service: every command of it, in its order, on a database of that service."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from patience import LIMIT
import pytest
from mongodb import needs_mongodb, new_database, shared_server
from ports import free_port
from service import BINARY

pytestmark = needs_mongodb
ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "upgrading-from-python.md"


def commands() -> list[str]:
    """The guide's shell blocks, without their indentation."""
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


@pytest.fixture
def shell(tmp_path):
    """Runs a block in one shell session's environment: the old service's, and nothing else."""
    server, database, port = shared_server(), new_database(), free_port()
    script = ROOT / "Tests" / "mongodb" / "python-service-database"
    subprocess.run([sys.executable, script, server.admin_url(), database], check=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "job-service").symlink_to(BINARY)
    environment = server.environment(database) | {
        "PATH": f"{programs}:{os.environ['PATH']}", "JOB_SERVICE_HTTP__PORT": str(port), "LC_ALL": "C.UTF-8",
    }
    started = []

    def run(block: str) -> str:
        block = block.replace("localhost:8000", f"127.0.0.1:{port}")
        block = block.replace("job-service serve &", "job-service serve > log 2>&1 & echo $! >> pids")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=LIMIT,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}\n{log(tmp_path)}"
        return done.stdout

    yield run
    if (tmp_path / "pids").exists():
        started = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    for pid in started:
        os.kill(pid, signal.SIGTERM)
    with server.client() as client:
        client.drop_database(database)
    server.end()


def log(folder: Path) -> str:
    path = folder / "log"
    return path.read_text()[-3000:] if path.exists() else ""


def test_every_command_of_the_guide_works_in_its_order(shell, tmp_path):
    check, copy, start, look, go_on = commands()
    assert "The configuration is sound" in shell(check)
    shell(copy)
    assert (tmp_path / "before-the-upgrade.db").stat().st_size > 0
    shell(start)
    seen = shell(look)
    assert '"jobId":"00000000-0000-4000-8000-000000000001"' in seen, "an old job"
    assert '"paused":true' in seen, "the flag as the old service left it"
    assert '"paused":false' in shell(go_on)
