"""Fills the database of a stopped service with many jobs, in the layout that the service keeps."""

import json
import sqlite3
from pathlib import Path


def fill(folder: Path, collection: str, count: int, status: str, prefix: str = "OLD", lines: int = 3) -> None:
    """Adds `count` jobs called 000000000000, 000000000001, …; each with a target of its own."""
    database = sqlite3.connect(folder / "data" / "job-service.db")
    at = "2026-01-01T00:00:00.000000Z"

    def document(number: int) -> str:
        return json.dumps(
            {
                "jobId": f"{number:012}",
                "status": status,
                "parameters": {"operation": "ADD", "target": f"{prefix}_{number}", "description": "A dataset"},
                "log": [{"at": at, "message": f"Set status: step {line}"} for line in range(lines)],
                "createdAt": at,
                "createdBy": {"userId": "1", "firstName": "Test", "lastName": "User"},
            },
            separators=(",", ":"),
        )

    with database:
        database.executemany(
            f'INSERT INTO "{collection}" (document) VALUES (?)', ((document(n),) for n in range(count))
        )
    database.close()
