"""Reads `/metrics` of a service under test."""

import re
import time


def scrape(service) -> str:
    reply = service.get("/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return reply.text


def values(service) -> dict[str, float]:
    """By series, as they stand."""
    lines = (line.rpartition(" ") for line in scrape(service).splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


def until(service, condition, limit: float = 20) -> dict[str, float]:
    """Scrapes until the values are as wanted: what is read from the storage may be a second old."""
    deadline = time.monotonic() + limit
    while True:
        found = values(service)
        if condition(found):
            return found
        if time.monotonic() > deadline:
            told = {series: value for series, value in found.items() if value and "_bucket" not in series}
            raise AssertionError(f"not within {limit} s: {told}")
        time.sleep(0.05)


def families(text: str) -> dict[str, tuple[str, str, str]]:
    """Type, labels and help of each family."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, about = line[7:].partition(" ")
        elif line.startswith("# TYPE "):
            found[name] = (line.split()[3], set(), about)
        else:
            series = line.rpartition(" ")[0]
            labels = set(re.findall(r'([a-z_]+)="(?:[^"\\]|\\.)*"', series)) - {"le"}
            found[name][1].update(labels)
    return {name: (kind, ", ".join(sorted(labels)), about) for name, (kind, labels, about) in found.items()}
