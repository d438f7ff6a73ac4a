"""Reads `/metrics` of a service under test."""

import re

from patience import wait_until


def scrape(service) -> str:
    reply = service.get("/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return reply.text


def values(service) -> dict[str, float]:
    """By series, as they stand."""
    lines = (line.rpartition(" ") for line in scrape(service).splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


def until(service, condition) -> dict[str, float]:
    """Scrapes until the values are as wanted: what is read from the storage may be a second old."""
    found: dict[str, float] = {}

    def is_as_wanted() -> bool:
        found.clear()
        found.update(values(service))
        return condition(found)

    wait_until(is_as_wanted, lambda: {name: value for name, value in found.items() if value and "_bucket" not in name}, 0.05)
    return found


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
