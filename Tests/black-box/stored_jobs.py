"""Fills the database of a stopped service with many jobs, in the layout that the service keeps."""

import json
import sqlite3
from pathlib import Path

import mongodb


AT = "2026-01-01T00:00:00.000000Z"


def stored_job(number: int, status: str, prefix: str, lines: int = 3) -> dict:
    return {
        "jobId": f"{number:012}",
        "status": status,
        "parameters": {"operation": "ADD", "target": f"{prefix}_{number}", "description": "A dataset"},
        "log": [{"at": AT, "message": f"Set status: step {line}"} for line in range(lines)],
        "createdAt": AT,
        "createdBy": {"userId": "1", "firstName": "Test", "lastName": "User"},
    }


def fill(
    folder: Path, collection: str, count: int, status: str, prefix: str = "OLD", lines: int = 3, first: int = 0
) -> None:
    """Adds `count` jobs called 000000000000, 000000000001, … (from `first` on); each with a target of its own."""
    def document(number: int) -> dict:
        return stored_job(number, status, prefix, lines)

    if mongodb.shared:
        with mongodb.shared.client() as client:
            for start in range(first, first + count, 1000):
                batch = [document(number) for number in range(start, min(start + 1000, first + count))]
                database = client[mongodb.database_of(folder)]
                database[collection].insert_many(batch)
                # With their targets: adding so many is not what these tests are about.
                database.targets.insert_many(
                    {
                        "name": job["parameters"]["target"], "lastUpdatedAt": AT, "status": status,
                        "lastUpdatedBy": job["createdBy"], "action": ["ADD"],
                    }
                    for job in batch
                )
        return

    database = sqlite3.connect(folder / "data" / "job-service.db")
    with database:
        database.executemany(
            f'INSERT INTO "{collection}" (document) VALUES (?)',
            ((json.dumps(document(n), separators=(",", ":")),) for n in range(first, first + count)),
        )
    database.close()
