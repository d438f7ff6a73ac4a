"""The description of what a stack serves: valid, complete, and true of the live service."""

import json
import re
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from patience import LIMIT
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from service import BINARY

# Of all checks, three ask for more than a description can promise: that every request that fits the schemas is
# accepted (a cursor must be one that was given out), that credentials are refused where a stack asks for none, and
# that a body over the size limit is told to violate its schema (it is 413).
LEFT_OUT = "positive_data_acceptance,ignored_auth,negative_data_rejection"


def run_command(service, command: str) -> bytes:
    """What another process of the program prints with the service's own configuration."""
    return subprocess.run(
        [BINARY, command], cwd=service.folder, env=service.environment, capture_output=True, check=True
    ).stdout


def test_the_description_is_valid_and_lists_exactly_the_routes(service):
    document = service.get("/openapi.json").json
    validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    listed = {tuple(line.split()[:2]) for line in run_command(service, "routes").decode().splitlines()[1:]}
    assert described == listed


def test_the_command_prints_what_the_route_serves(service):
    assert run_command(service, "openapi").strip() == service.get("/openapi.json").body


def test_the_live_service_keeps_what_the_description_promises(service):
    result = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "--config-file", Path(__file__).with_name("schemathesis.toml"), "run", f"http://127.0.0.1:{service.port}/openapi.json",
            "--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--exclude-checks", LEFT_OUT,
            "--max-examples", "30", "--seed", "1", "--no-color",
        ],
        cwd=service.folder, capture_output=True, text=True, timeout=2 * LIMIT,
    )
    assert result.returncode == 0, result.stdout[-6000:]
    selected, total = re.search(r"Selected: (\d+)/(\d+)", result.stdout).groups()
    assert selected == total and f"Tested: {total}" in result.stdout
    assert '"statusCode":500' not in service.log()


def test_every_example_has_the_shape_that_it_is_an_example_of(service):
    document = service.get("/openapi.json").json
    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(document))
    shown = 0
    for path in document["paths"].values():
        for operation in path.values():
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [response["content"] for response in operation["responses"].values() if "content" in response]
            for content in contents:
                for media_type in content.values():
                    if "example" in media_type:
                        schema = json.loads(json.dumps(media_type["schema"]).replace("#/", "urn:api#/"))
                        Draft202012Validator(schema, registry=registry).validate(media_type["example"])
                        shown += 1
    assert shown > 20
