"""Somebody keeps only some traces, and meets Tempo, Jaeger and Zipkin each at a port of its own."""
import http.client
import json
import pathlib
import tempfile
import time
import urllib.parse

from harness import contains, equal, wait_until
from harness.telemetry import Telemetry

NEEDS = []
SAMPLING = """
head_sampling:
  services: {noise: 0}
tail_sampling:
  decision_wait: 4s
  policies:
  - {name: failed, type: status_code, status_code: {status_codes: [ERROR]}}
"""
PORTS = ("tempo", "jaeger", "zipkin", "jaeger-thrift", "jaeger-grpc")


def get(url, path):
    connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def send(telemetry, trace, service, failed=False):
    """One span by OTLP in JSON."""
    now = time.time_ns()
    span = {"traceId": f"{trace:032x}", "spanId": f"{trace:016x}", "name": "work", "kind": 2,
            "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 10**6),
            "status": {"code": 2 if failed else 1}}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    telemetry.post_json("/v1/traces", {"resourceSpans": [
        {"resource": resource, "scopeSpans": [{"spans": [span]}]}]}).ok()


def found(telemetry, trace):
    return telemetry.get(f"/tempo/api/traces/{trace:x}").status == 200


def journey(step):
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "traces.yml"
        ports = [word for name in PORTS for word in (f"--{name}", "127.0.0.1:0")]
        config.write_text("tail_sampling: {policies: [{type: magic}]}\n")
        broken = Telemetry("--traces-config", str(config))
        with step("a mistake in the file of sampling is told with its place"):
            try:
                broken.start(timeout=20)
                raise RuntimeError("it started")
            except AssertionError as error:
                contains(str(error), "tail_sampling.policies[0].type")
        config.write_text(SAMPLING)
        with Telemetry("--traces-config", str(config), *ports) as telemetry:
            with step("what head sampling leaves out is taken and not kept; the rest waits"):
                send(telemetry, 1, "noise", failed=True)
                send(telemetry, 2, "shop", failed=True)
                send(telemetry, 3, "shop")
                equal([found(telemetry, trace) for trace in (1, 2, 3)], [False] * 3, "found")
            with step("a kill loses nothing that waits; then the policies decide"):
                telemetry.kill()
                telemetry.start()
                wait_until(lambda: found(telemetry, 2), what="the failed trace")
                equal([found(telemetry, trace) for trace in (1, 3)], [False] * 2, "found")
            with step("late spans follow the decision"):
                send(telemetry, 3, "shop", failed=True)
                # When a trace that came later is decided, that one would be too.
                send(telemetry, 5, "shop", failed=True)
                wait_until(lambda: found(telemetry, 5), what="a later trace")
                equal(found(telemetry, 3), False, "found")
            with step("each port gives a trace in the shape of its product"):
                for product, mark in (("tempo", '{"batches":['), ("jaeger", '{"data":[')):
                    status, body = get(telemetry.endpoints[product], "/api/traces/2")
                    equal(status, 200, product)
                    contains(body[:20], mark)
                equal(get(telemetry.endpoints["tempo"], "/api/echo"), (200, "echo"), "echo")
            with step("Zipkin's clients have a port"):
                now = time.time_ns() // 1000
                zipkin = urllib.parse.urlparse(telemetry.endpoints["zipkin"])
                connection = http.client.HTTPConnection(zipkin.netloc, timeout=60)
                connection.request("POST", "/api/v2/spans", json.dumps(
                    [{"traceId": "4", "id": "4", "name": "z", "timestamp": now, "duration": 5,
                      "localEndpoint": {"serviceName": "zipper"}, "tags": {"error": "yes"}}]),
                    {"Content-Type": "application/json"})
                equal(connection.getresponse().status, 202, "status")
                connection.close()
                wait_until(lambda: found(telemetry, 4), what="Zipkin's trace")
