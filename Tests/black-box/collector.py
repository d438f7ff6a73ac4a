"""A collector of traces made of OpenTelemetry's own protocol definitions: what they do not know, it refuses."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    def __init__(self, port: int = 0):
        self.spans, self.resources, self.requests, self.problems = [], [], [], []
        self.status = 200
        # Cleared to hang.
        self.answers = threading.Event()
        self.answers.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.answers.wait()
                if collector.status == 200:
                    collector.take(self.path, self.headers, body)
                self.send_response(collector.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, path, headers, body):
        self.requests.append((path, dict(headers)))
        try:
            batch = json_format.Parse(as_binary_identities(body), ExportTraceServiceRequest())
        except json_format.ParseError as error:
            self.problems.append(f"{error}: {body[:500]}")
            return
        for resource in batch.resource_spans:
            self.resources.append(values(resource.resource.attributes))
            for scope in resource.scope_spans:
                self.spans += [Span(span) for span in scope.spans]

    def end(self):
        self.answers.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Span:
    def __init__(self, message):
        self.name, self.kind, self.state = message.name, message.kind, message.trace_state
        self.trace, self.id, self.parent = message.trace_id.hex(), message.span_id.hex(), message.parent_span_id.hex()
        self.start, self.end = message.start_time_unix_nano / 1e9, message.end_time_unix_nano / 1e9
        self.attributes = values(message.attributes)
        self.links = [(link.trace_id.hex(), link.span_id.hex()) for link in message.links]
        self.events = [event.name for event in message.events]
        self.failure = message.status.message if message.status.code == 2 else None
        assert len(message.trace_id) == 16 and len(message.span_id) == 8 and any(message.trace_id)
        assert self.start <= self.end


def values(attributes) -> dict:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def as_binary_identities(body: bytes) -> str:
    """The JSON of OTLP has identities in hexadecimal digits, where the JSON of protobuf has base64."""
    import base64

    def walk(value):
        if isinstance(value, list):
            return [walk(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            name: base64.b64encode(bytes.fromhex(each)).decode() if name in ("traceId", "spanId", "parentSpanId")
            else walk(each)
            for name, each in value.items()
        }

    return json.dumps(walk(json.loads(body)))
