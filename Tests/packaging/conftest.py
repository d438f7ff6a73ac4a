"""A Debian of its own for the package: debootstrap makes it, systemd-nspawn boots it, and nothing of it is left.

Needs root, and the packages of apt-packages.txt beside this file: `make test-deb` installs them.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / ".build" / "package-test"
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")


def run(*command: str, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def packages() -> tuple[Path, Path]:
    """The package, and one of a later version."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for old in BUILD.glob("*.deb"):
        old.unlink()
    binary = Path(os.environ["JOB_SERVICE_BINARY"])
    run(ROOT / "Packaging/build-deb", binary, BUILD)
    [first] = BUILD.glob("*.deb")
    run(ROOT / "Packaging/build-deb", binary, BUILD, first.name.split("_")[1] + "+later")
    [later] = BUILD.glob("*+later_*.deb")
    return first, later


@pytest.fixture(scope="session")
def base(packages) -> Path:
    """A minimal Debian with systemd, and the archives that the package depends on, not installed."""
    tar = BUILD / "root.tar"
    if not tar.exists():
        folder = BUILD / "base"
        shutil.rmtree(folder, ignore_errors=True)
        run("debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,curl,man-db", "bookworm", folder, MIRROR)
        run("tar", "-C", folder, "-cf", tar.with_suffix(".partial"), ".")
        shutil.rmtree(folder)
        tar.with_suffix(".partial").rename(tar)
    return tar


class Machine:
    """A booted system. Commands run in it as root, without a network but its own loopback."""

    def __init__(self, folder: Path, console: Path):
        self.folder = folder
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", folder, "--boot", "--register=no", "--keep-unit",
             "--private-network", "--machine", f"job-service-{os.getpid()}"],
            stdin=subprocess.DEVNULL, stdout=console.open("wb"), stderr=subprocess.STDOUT,
        )
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        self.until(lambda: children.read_text().split(), "PID 1")
        self.init = children.read_text().split()[0]
        self.until(lambda: "running" in self.attempt("systemctl", "is-system-running", "--wait").stdout, "the boot")

    def attempt(self, *command: str) -> subprocess.CompletedProcess:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(
            ["nsenter", "--all", "--target", self.init, "--", *map(str, command)],
            env=environment, capture_output=True, text=True,
        )

    def __call__(self, *command: str) -> str:
        done = self.attempt(*command)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.journal()}"
        return done.stdout

    def journal(self) -> str:
        return self.attempt("journalctl", "--no-pager", "-u", "job-service").stdout[-4000:]

    def until(self, holds, what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"{what} did not come\n{self.journal() if hasattr(self, 'init') else ''}"
            assert self.nspawn.poll() is None, "the machine is gone"
            time.sleep(0.05)

    def get(self, path: str) -> str:
        return self("curl", "-sS", "--fail-with-body", "--max-time", "10", f"http://127.0.0.1:8000{path}")

    def main_pid(self) -> str:
        return self("systemctl", "show", "--property=MainPID", "--value", "job-service").strip()

    def stop(self) -> None:
        self.attempt("systemctl", "poweroff")
        try:
            self.nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()


@pytest.fixture(scope="module")
def machine(base, packages):
    folder = BUILD / "machine"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    run("tar", "-C", folder, "-xf", base)
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    for package in packages:
        shutil.copy(package, folder / "root" / package.name)
    # The network is here; the booted machine has none.
    run("chroot", folder, "apt-get", "update", "-qq")
    run("chroot", folder, "apt-get", "install", "--download-only", "-y", "-qq", f"/root/{packages[0].name}")
    booted = Machine(folder, BUILD / "console.log")
    yield booted
    booted.stop()
    shutil.rmtree(folder, ignore_errors=True)
