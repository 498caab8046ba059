"""A collector of OpenTelemetry: decodes what it is sent with the published messages, and prints each span
as a line of JSON. Ends when its input does."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        request = service.ExportTraceServiceRequest.FromString(body)
        # A field that the messages do not know would be lost in silence.
        assert request.SerializeToString(deterministic=True) == normal(body), "unknown fields"
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    told = MessageToDict(span)
                    told["traceId"], told["spanId"] = span.trace_id.hex(), span.span_id.hex()
                    told["parentSpanId"] = span.parent_span_id.hex()
                    told["attributes"] = {one.key: value(one.value) for one in span.attributes}
                    told["resource"] = {
                        one.key: value(one.value) for one in resource.resource.attributes
                    }
                    told["scope"] = scope.scope.name
                    print(json.dumps(told), flush=True)
        answer = service.ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def normal(body):
    request = service.ExportTraceServiceRequest.FromString(body)
    unknown = service.ExportTraceServiceRequest()
    unknown.CopyFrom(request)
    unknown.DiscardUnknownFields()
    return unknown.SerializeToString(deterministic=True)


def value(any_value):
    return getattr(any_value, any_value.WhichOneof("value"))


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print(f"127.0.0.1:{server.server_port}", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
server.shutdown()
