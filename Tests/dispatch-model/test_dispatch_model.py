"""The rules of dispatch hold in every state that the model can reach, and each of them is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

MODEL = Path(__file__).with_name("dispatch_model.py")


def run(variant: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, MODEL, variant], capture_output=True, text=True)


def test_the_rules_hold():
    outcome = run("good")
    assert outcome.returncode == 0 and "bound" not in outcome.stdout, outcome.stdout
    words = outcome.stdout.split()
    assert words[:2] == ["good", "holds"] and int(words[3]) > 100_000, outcome.stdout


@pytest.mark.parametrize(
    "without, broken",
    [
        ("nogate", "I3 pause"),
        ("blindsweep", "I4 sweep"),
        ("notoken", "I7 mixed fleet"),
        ("requeue", "two executors work on one job"),
        ("forgetcancel", "I9 cancel"),
    ],
)
def test_without_one_of_them_something_breaks(without, broken):
    outcome = run(without)
    assert outcome.returncode == 1 and broken in outcome.stdout, outcome.stdout
