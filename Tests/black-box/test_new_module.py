"""`make module`: what it makes is the example that is compiled and tested here, under another name."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path):
    """The repository's sources, to make modules in."""
    for name in ["Package.swift", "Makefile", ".swift-format"]:
        shutil.copy(ROOT / name, tmp_path)
    for name in ["Scripts", "Sources", "Examples", "Tests", "Benchmarks"]:
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def make(folder: Path, name: str) -> subprocess.CompletedProcess:
    return subprocess.run([folder / "Scripts" / "new-module", name], capture_output=True, text=True)


def package(folder: Path) -> dict[str, list[str]]:
    """The targets of the package and what they depend on."""
    environment = os.environ | {"CLANG_MODULE_CACHE_PATH": str(folder / ".cache")}
    output = subprocess.run(
        ["swift", "package", "describe", "--type", "json"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert output.returncode == 0, output.stderr
    return {target["name"]: target.get("target_dependencies", []) for target in json.loads(output.stdout)["targets"]}


def test_a_new_module_is_registered_and_tested(copy):
    for name in ["Reminders", "UserSettings", "Foo"]:
        made = make(copy, name)
        assert made.returncode == 0, made.stderr
    targets = package(copy)
    catalogue = (copy / "Sources/App/Catalogue.swift").read_text()
    for name, item, path in [
        ("Reminders", "Reminder", "/reminders"),
        ("UserSettings", "UserSetting", "/user-settings"),
        ("Foo", "Foo", "/foo"),
    ]:
        assert targets[name] == ["Kernel", "Events", "Console"]
        assert name in targets["App"] and name in targets["ModuleTests"]
        assert f"import {name}\n" in catalogue and f"            {name}Module.self,\n" in catalogue
        files = sorted(file.name for file in (copy / "Sources/Modules" / name).iterdir())
        assert files == sorted([f"{item}Events.swift", f"{item}Panel.swift", f"{name}Module.swift"])
        made = [*(copy / "Sources/Modules" / name).iterdir(), copy / f"Tests/ModuleTests/{name}/{name}Tests.swift"]
        text = "".join(file.read_text() for file in made)
        assert "note" not in text.lower()
        assert f'"{path}"' in text
    subprocess.run([copy / "Scripts" / "check-imports"], check=True)


@pytest.mark.parametrize("name", ["", "foo", "Foo-Bar", "../Foo", "Foo Bar", "Jobs", "Kernel", "Notes", "App"])
def test_a_name_that_cannot_be_is_refused(copy, name):
    before = (copy / "Package.swift").read_text()
    made = make(copy, name)
    assert made.returncode == 64
    assert made.stderr.startswith("new-module: ")
    assert (copy / "Package.swift").read_text() == before


def test_nothing_is_overwritten(copy):
    assert make(copy, "Reminders").returncode == 0
    again = make(copy, "Reminders")
    assert again.returncode == 64
    assert "already" in again.stderr
