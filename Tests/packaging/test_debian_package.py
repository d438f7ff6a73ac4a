"""The Debian package, from its installation to its purge, on a machine where systemd runs. In this order."""

import json
import shutil
import subprocess

from conftest import BUILD, ROOT, run


def job(machine, target: str) -> str:
    body = json.dumps({"jobs": [{"operation": "ADD", "target": target, "description": "A dataset"}]})
    [item] = json.loads(machine("curl", "-sS", "-d", body, "http://127.0.0.1:8000/jobs"))
    assert item["status"] == "CREATED", item
    return item["job_id"]


def test_lintian_finds_no_fault(packages):
    # Whoever publishes the package puts an address of theirs into Packaging/debian/control.
    addresses = "bogus-mail-host,bogus-mail-host-in-debian-changelog"
    run("lintian", "--fail-on", "error,warning", "--suppress-tags", addresses, packages[0])


def test_the_same_binary_makes_the_same_package(packages):
    again = BUILD / "again"
    shutil.rmtree(again, ignore_errors=True)
    run(ROOT / "Packaging/build-deb", packages[0].parent.parent / "release/job-service", again)
    assert next(again.iterdir()).read_bytes() == packages[0].read_bytes()


def test_installing_it_starts_the_service(machine, packages):
    machine("apt-get", "install", "-y", "-qq", f"/root/{packages[0].name}")
    machine("systemctl", "is-active", "job-service")
    machine("systemctl", "is-enabled", "job-service")
    assert machine.get("/health/ready") == "I'm ready!"
    assert machine.get("/importable-datasets") == "[]"
    job(machine, "INSTALLED")
    assert machine("stat", "-c", "%U", f"/proc/{machine.main_pid()}").strip() == "job-service"
    assert machine("stat", "-c", "%U %a", "/var/lib/job-service/job-service.db").split() == ["job-service", "600"]
    machine("sh", "-c", "man -w job-service && test -f /usr/share/bash-completion/completions/job-service")
    machine("job-service", "check", "--config", "/etc/job-service/config.yaml")
    log = machine("journalctl", "--no-pager", "--output=cat", "_TRANSPORT=stdout", "_SYSTEMD_UNIT=job-service.service")
    lines = log.splitlines()
    assert lines and all("schemaVersion" in json.loads(line) for line in lines), "the log has nothing but log lines"


def test_the_unit_lets_the_service_do_no_more_than_it_must(machine):
    machine("systemd-analyze", "verify", "job-service.service", "job-service.socket")
    report = machine("systemd-analyze", "security", "--no-pager", "job-service")
    exposure = float(report.rsplit("Overall exposure level for job-service.service:", 1)[1].split()[0])
    assert exposure < 3, report
    status = machine("cat", f"/proc/{machine.main_pid()}/status")
    assert "NoNewPrivs:\t1" in status and "CapEff:\t0000000000000000" in status and "Seccomp:\t2" in status


def test_a_reload_takes_over_what_changed_and_refuses_what_is_wrong(machine):
    pid = machine.main_pid()
    configuration = machine.folder / "etc/job-service/config.yaml"
    good = configuration.read_text()
    configuration.write_text(good.replace("level: info ", "level: debug"))
    machine("systemctl", "reload", "job-service")
    machine.until(lambda: "logging.level" in machine.journal(), "the new level")
    configuration.write_text(good.replace("level: info ", "level: loud"))
    machine.attempt("systemctl", "reload", "job-service")
    machine.until(lambda: "loud" in machine.journal(), "the refusal")
    assert machine.get("/health/ready") == "I'm ready!"
    assert machine.main_pid() == pid
    configuration.write_text(good.replace("level: info ", "level: debug"))  # an administrator's change, to be kept
    machine("systemctl", "reload", "job-service")


def test_a_service_that_hangs_is_replaced(machine):
    drop_in = "/run/systemd/system/job-service.service.d"
    machine("sh", "-c", f"mkdir -p {drop_in} && printf '[Service]\\nWatchdogSec=2\\nRestartSec=0\\n' > {drop_in}/test.conf")
    machine("systemctl", "daemon-reload")
    machine("systemctl", "restart", "job-service")
    pid = machine.main_pid()
    machine("sh", "-c", f"kill -STOP {pid}")
    machine.until(lambda: machine.main_pid() not in (pid, "0"), "the watchdog")
    machine.until(lambda: machine.attempt("curl", "-sf", "http://127.0.0.1:8000/health/ready").returncode == 0, "ready")
    assert "watchdog" in machine.journal().lower()
    machine("rm", "-r", drop_in)
    machine("systemctl", "daemon-reload")


def test_with_its_socket_no_client_notices_a_restart(machine):
    machine("systemctl", "stop", "job-service")
    machine("systemctl", "enable", "--now", "job-service.socket")
    machine("systemctl", "start", "job-service")
    loop = subprocess.Popen(
        ["nsenter", "--all", "--target", machine.init, "--", "sh", "-c",
         "n=0; while [ ! -e /run/enough ]; do curl -sf --max-time 20 -o /dev/null http://127.0.0.1:8000/jobs"
         " || { echo failed $?; exit 1; }; n=$((n+1)); done; echo $n"],
        stdout=subprocess.PIPE, text=True,
    )
    for _ in range(5):
        machine("systemctl", "restart", "job-service")
    machine("touch", "/run/enough")
    answered = loop.communicate()[0].strip()
    assert loop.returncode == 0 and int(answered) > 5, answered
    machine("systemctl", "disable", "--now", "job-service.socket")
    machine("systemctl", "restart", "job-service")


def test_an_upgrade_keeps_jobs_and_configuration(machine, packages):
    before, first = machine.main_pid(), job(machine, "BEFORE_UPGRADE")
    machine("apt-get", "install", "-y", "-qq", f"/root/{packages[1].name}")
    assert machine.main_pid() not in (before, "0")
    assert json.loads(machine.get(f"/jobs/{first}"))["status"] == "queued"
    assert "level: debug" in machine("cat", "/etc/job-service/config.yaml")


def test_an_upgrade_does_not_start_what_was_stopped(machine, packages):
    machine("systemctl", "stop", "job-service")
    machine("apt-get", "install", "-y", "-qq", "--allow-downgrades", f"/root/{packages[0].name}")
    assert machine.attempt("systemctl", "is-active", "job-service").stdout.strip() == "inactive"
    machine("systemctl", "start", "job-service")


def test_removing_it_stops_the_service_and_installing_it_again_starts_it(machine, packages):
    machine("apt-get", "remove", "-y", "-qq", "job-service")
    assert machine.attempt("curl", "-s", "http://127.0.0.1:8000/health/alive").returncode == 7
    machine("test", "-f", "/etc/job-service/config.yaml")
    machine("apt-get", "install", "-y", "-qq", f"/root/{packages[0].name}")
    assert machine.get("/health/ready") == "I'm ready!"


def test_purging_it_keeps_the_jobs(machine):
    machine("apt-get", "purge", "-y", "-qq", "job-service")
    assert machine.attempt("test", "-e", "/etc/job-service").returncode == 1
    machine("test", "-s", "/var/lib/job-service/job-service.db")
    assert "job-service" not in machine("systemctl", "list-unit-files", "--no-pager")
