#!/usr/bin/env python3
"""Telemetry beside its peers, in one run: aloft, Prometheus and VictoriaMetrics take the same samples and
answer the same queries, one after another, and CPU seconds, memory and disk of each server's process are read
from /proc. Alerts are timed from the sample to the webhook; logs and spans are taken by aloft alone. Peers
that are not installed are left out.

  run.py [metrics] [alerts] [logs] [spans] [--sets 10k,100k] [--repeat 1]
"""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ALOFT_BINARY", str(ROOT / "build/release/aloft"))
LOAD = ROOT / "build/release/aloft_telemetry_load"
TICK = os.sysconf("SC_CLK_TCK")

PEERS = {
    "aloft": {"command": BINARY + " telemetry --data-dir {dir} --listen 127.0.0.1:{port} "
                                  "--otlp-grpc 127.0.0.1:0", "ready": "/-/ready"},
    "prometheus": {"command": "prometheus --config.file={conf} --storage.tsdb.path={dir} "
                              "--web.listen-address=127.0.0.1:{port} --web.enable-remote-write-receiver "
                              "--web.enable-admin-api --log.level=error", "ready": "/-/ready",
                   "finish": ["/api/v1/admin/tsdb/snapshot"], "final": "snapshots"},
    "victoria-metrics": {"command": "victoria-metrics -storageDataPath={dir} "
                                    "-httpListenAddr=127.0.0.1:{port} -retentionPeriod=100y "
                                    "-search.latencyOffset=0s -loggerLevel=ERROR",
                         "ready": "/health", "settle": ["/internal/force_flush"],
                         "finish": ["/internal/force_flush", "/internal/force_merge"],
                         "extra": {"nocache": "1"}},
}
# Instances of a hundred series, scrapes, and the time between scrapes.
SETS = {"10k": (100, 1000, 15000), "100k": (1000, 100, 36000)}
ONE_THOUSAND = {"10k": 'http_requests_total{code=~"200|404"}',
                "100k": 'http_requests_total{code="200",path="/login",method="GET"}'}


def queries(name):
    return [("rate, sum by", "query", "sum by (job, code) (rate(http_requests_total[5m]))"),
            ("histogram_quantile", "query", "histogram_quantile(0.99, sum by (le, job) "
                                            "(rate(http_request_duration_seconds_bucket[5m])))"),
            ("topk", "query", "topk(10, container_memory_working_set_bytes)"),
            ("range of rate, 1k series", "range", f"sum by (job) (rate({ONE_THOUSAND[name]}[5m]))"),
            ("range, 1k raw series", "range", ONE_THOUSAND[name])]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def disk_bytes(folder):
    total = 0
    for path in pathlib.Path(folder).rglob("*"):
        try:
            total += path.lstat().st_blocks * 512
        except OSError:
            pass
    return total


class Server:
    """One contender in a folder of its own."""

    def __init__(self, name, arguments=""):
        self.peer = PEERS[name]
        self.folder = tempfile.mkdtemp(prefix=f"bench-{name}-")
        self.port = free_port()
        conf = os.path.join(self.folder, "peer.yml")
        pathlib.Path(conf).write_text("global: {scrape_interval: 15s}\n")
        self.data = os.path.join(self.folder, "data")
        command = self.peer["command"].format(dir=self.data, port=self.port, conf=conf) + " " + arguments
        self.process = subprocess.Popen(command.split(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        for _ in range(600):
            try:
                if self.get(self.peer["ready"])[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise RuntimeError(f"{name} ended at its start: {command}")
            time.sleep(0.05)
        raise RuntimeError(f"{name} is not ready after 30 s")

    def get(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def settle(self, most=45):
        """Until it uses less than a twentieth of a processor."""
        end = time.monotonic() + most
        before = cpu_seconds(self.pid)
        while time.monotonic() < end:
            time.sleep(2)
            now = cpu_seconds(self.pid)
            if now - before < 0.1:
                return
            before = now

    def load(self, verb, **options):
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        with subprocess.Popen([str(LOAD), verb, "--address", f"127.0.0.1:{self.port}", *words],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
            load.stdout.readline()
            before = cpu_seconds(self.pid)
            load.stdin.write("\n")
            load.stdin.flush()
            done = json.loads(load.stdout.readline())
        if done["failed"]:
            raise RuntimeError(f"{done['failed']} requests failed")
        done["cpu"] = cpu_seconds(self.pid) - before
        return done

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def ask(server, kind, query, end, repeat=15):
    """Median milliseconds and CPU milliseconds of one query, and how many series it gave."""
    fields = {"query": query, **server.peer.get("extra", {})}
    if kind == "query":
        fields["time"] = f"{end:.3f}"
    else:
        last = int(end) // 15 * 15
        fields.update(start=str(last - 3600), end=str(last), step="15")
    path = f"/api/v1/{'query' if kind == 'query' else 'query_range'}?" + urllib.parse.urlencode(fields)
    took = []
    before = cpu_seconds(server.pid)
    for _ in range(repeat + 2):
        begin = time.perf_counter()
        status, body = server.get(path)
        took.append((time.perf_counter() - begin) * 1000)
        if status != 200:
            raise RuntimeError(f"{query}: {status} {body[:200]}")
    cpu = (cpu_seconds(server.pid) - before) * 1000 / (repeat + 2)
    return statistics.median(took[2:]), cpu, len(json.loads(body)["data"]["result"])


def measure_metrics(contender, name):
    instances, ticks, interval = SETS[name]
    with Server(contender) as server:
        done = server.load("metrics", instances=instances, ticks=ticks, **{"interval-ms": interval})
        millions = done["items"] / 1e6
        row = {"samples/s": done["items"] / done["seconds"],
               "RSS after ingest, MiB": resident_mib(server.pid)}
        start = cpu_seconds(server.pid) - done["cpu"]
        for path in server.peer.get("settle", []):
            server.get(path)
        server.settle()
        row["CPU s a million samples"] = (cpu_seconds(server.pid) - start) / millions
        row["RSS settled, MiB"] = resident_mib(server.pid)
        for title, kind, query in queries(name):
            row[title + ", ms"], row[title + ", CPU ms"], _ = ask(server, kind, query, done["end_ms"] / 1000)
        for path in server.peer.get("finish", []):
            server.get(path, "POST")
        if contender == "aloft":
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(120)
        else:
            time.sleep(5)
            server.settle()
        final = os.path.join(server.data, server.peer["final"]) if "final" in server.peer else server.data
        row["bytes a sample"] = disk_bytes(final) / done["items"]
    return row


def metrics(options):
    contenders = [name for name in PEERS if name == "aloft" or shutil.which(name)]
    for name in options.sets.split(","):
        rows = {contender: [] for contender in contenders}
        for _ in range(options.repeat):
            for contender in contenders:
                rows[contender].append(measure_metrics(contender, name))
        print(f"\n{name} series, 10 million samples" + "".join(f"{c:>18}" for c in contenders)
              + "  aloft/best peer")
        for measure in rows["aloft"][0]:
            values = {c: statistics.median(r[measure] for r in rows[c]) for c in contenders}
            peers = [values[c] for c in contenders if c != "aloft"]
            best = (max(peers) if measure == "samples/s" else min(peers)) if peers else None
            ratio = f"{values['aloft'] / best:>12.2f}" if best else ""
            print(f"  {measure:<32}" + "".join(f"{values[c]:>18.4g}" for c in contenders) + ratio, flush=True)


class Webhook:
    """Collects what an Alertmanager sends."""

    def __init__(self):
        self.calls = []
        self.seen = {}
        self.changed = threading.Condition()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                arrived = time.time()
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with hook.changed:
                    hook.calls.append(message)
                    for alert in message["alerts"]:
                        hook.seen.setdefault((alert["labels"].get("id"), alert["status"]), arrived)
                    hook.changed.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, condition, seconds=60):
        with self.changed:
            return self.changed.wait_for(condition, seconds)


def write_samples(port, series):
    """A text import: one line a sample."""
    now = int(time.time() * 1000)
    body = "".join(f'probe_value{{id="{name}"}} {value} {now}\n' for name, value in series)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/import/prometheus", body)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status // 100 != 2:
        raise RuntimeError(f"import: {answer.status}")


def alert_server(hook, group_by):
    folder = tempfile.mkdtemp(prefix="bench-alerts-")
    rules = os.path.join(folder, "rules.yml")
    manager = os.path.join(folder, "alertmanager.yml")
    pathlib.Path(rules).write_text("groups: [{name: g, interval: 1s, rules: "
                                   "[{alert: High, expr: 'probe_value > 5'}]}]\n")
    pathlib.Path(manager).write_text(
        f"route: {{receiver: w, group_by: [{group_by}], group_wait: 0s, group_interval: 1s, "
        "repeat_interval: 1h}\n"
        f"receivers: [{{name: w, webhook_configs: [{{url: '{hook.url}', send_resolved: true}}]}}]\n")
    return Server("aloft", f"--rules {rules} --alertmanager-config {manager}")


def alerts(options):
    hook = Webhook()
    firing, resolved = [], []
    with alert_server(hook, "alertname, id") as server:
        for number in range(30):
            name = f"i{number}"
            write_samples(server.port, [(name, 9)])
            begin = time.time()
            hook.wait(lambda: (name, "firing") in hook.seen)
            firing.append((hook.seen[(name, "firing")] - begin) * 1000)
            write_samples(server.port, [(name, 1)])
            begin = time.time()
            hook.wait(lambda: (name, "resolved") in hook.seen)
            resolved.append((hook.seen[(name, "resolved")] - begin) * 1000)
    firing.sort()
    resolved.sort()
    print("\nsample to webhook, ms (Prometheus with Alertmanager at their fastest: p50 430, p95 930)")
    print(f"  firing p50 {firing[15]:.1f}, p95 {firing[28]:.1f}, max {firing[-1]:.1f}; "
          f"resolved p50 {resolved[15]:.1f}, max {resolved[-1]:.1f}")
    storm = Webhook()
    with alert_server(storm, "alertname") as server:
        begin = time.time()
        write_samples(server.port, [(f"s{i}", 9) for i in range(5000)])
        storm.wait(lambda: sum(1 for key in storm.seen if key[1] == "firing") >= 5000)
        time.sleep(3)
        took = max(storm.seen.values()) - begin if storm.seen else float("nan")
        print(f"  5,000 alerts at once: {len(storm.seen)} told in {len(storm.calls)} calls, "
              f"all after {took:.2f} s")


def measure_signal(verb, unit, **options):
    with Server("aloft") as server:
        done = server.load(verb, **options)
        memory = resident_mib(server.pid)
        server.settle()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(120)
        stored = disk_bytes(server.data)
    rate, cost = done["items"] / done["seconds"], done["cpu"] / done["items"] * 1e6
    print(f"\n{verb}: {rate:,.0f} {unit}/s, {cost:.2f} CPU s a million, RSS {memory:.0f} MiB, "
          f"{done['raw_bytes'] / stored:.1f}x smaller on disk than they came")


def logs(options):
    measure_signal("logs", "lines", lines=2_000_000)


def spans(options):
    measure_signal("spans", "spans", spans=500_000)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--sets", default="10k,100k")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    for part in (metrics, alerts, logs, spans):
        if not options.parts or part.__name__ in options.parts:
            part(options)


if __name__ == "__main__":
    sys.exit(main())
