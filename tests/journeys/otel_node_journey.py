"""A program in JavaScript sends spans, metrics and logs with OpenTelemetry's SDK, by HTTP and by gRPC."""
import json
import os
import time

from harness import contains, equal, run
from harness.cloud import ROOT
from harness.telemetry import Telemetry

NEEDS = ["node"]
PROGRAM = ROOT / "tests/journeys/otel_node.mjs"
TOOLS = ROOT / "build/tools/otel-node"
PACKAGES = ["api@1.9.1", "resources@2.12.1", "sdk-trace-node@2.12.1", "sdk-metrics@2.12.1",
            "sdk-logs@0.223.1",
            "exporter-trace-otlp-http@0.223.1", "exporter-trace-otlp-proto@0.223.1",
            "exporter-trace-otlp-grpc@0.223.1", "exporter-metrics-otlp-proto@0.223.0",
            "exporter-metrics-otlp-grpc@0.223.0", "exporter-logs-otlp-http@0.223.1",
            "exporter-logs-otlp-grpc@0.223.1"]


def installed():
    """Whether the packages are there, or can be fetched."""
    last = TOOLS / "node_modules/@opentelemetry/exporter-logs-otlp-grpc/package.json"
    if not last.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--no-audit", "--no-fund", "--silent", "--fetch-retries=0", "--prefix",
            str(TOOLS), *(f"@opentelemetry/{package}" for package in PACKAGES), timeout=300.0)
    return last.exists()


def journey(step):
    if not installed():
        print("  OpenTelemetry's SDK is not at hand: not in build/tools, not from npm")
        return
    with Telemetry() as telemetry:
        with step("the program runs to its end, and every export succeeds"):
            environment = {**os.environ, "OTEL_NODE": str(TOOLS), "OTLP_HTTP": telemetry.url,
                           "OTLP_GRPC": telemetry.endpoints["otlp-grpc"]}
            told = json.loads(run("node", str(PROGRAM), env=environment, timeout=120.0).ok()
                              .stdout.splitlines()[-1])
            equal(told["failed"], [], "failed exports")
        with step("Jaeger's services over gRPC take a span and give it back"):
            equal(told["jaeger"], {"services": True, "trace": True, "found": True}, "what its client saw")
        with step("each trace is found, whatever way it came"):
            for form, identity in told["traces"].items():
                shown = telemetry.aloft("traces", identity).ok().stdout
                contains(shown, f"node-{form}")
                contains(shown, "child (error)")
        with step("the metrics have Prometheus' names"):
            # A moment later, so that no difference of the two clocks matters.
            soon = time.time() + 5
            for form in ("proto", "grpc"):
                job = f'{{job="node-{form}"}}'
                for name, value in ((f"jobs_total{job}", 3.0), (f"latency_milliseconds_count{job}", 3.0),
                                    (f"histogram_count(exp{job})", 4.0)):
                    found = [number for _, number in telemetry.query(name, time=soon)]
                    equal(found, [value], name)
        with step("the logs are found by service and field"):
            for form in ("json", "grpc"):
                now = time.time_ns()
                query = f'{{service_name="node-{form}"}} | user="7"'
                data = telemetry.get("/loki/api/v1/query_range", query=query, start=now - 10**11,
                                     end=now + 10**9).json()["data"]
                lines = [value[1] for stream in data["result"] for value in stream["values"]]
                equal(lines, [f"hello by {form}"], f"lines of node-{form}")
