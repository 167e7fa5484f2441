#!/usr/bin/env python3
"""Measures the release build as a user meets it and prints one table: measure, ours, the peer's published
figure, the aim and their ratio. Arguments: words that the names of measures must contain; none runs all."""
import base64
import http.client
import json
import os
import pathlib
import re
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("ALOFT_BINARY", str(ROOT / "build/release/aloft"))

from arrivals import arrivals  # noqa: E402
from harness.cloud import Cloud, binary  # noqa: E402
from harness.needs import missing  # noqa: E402

LOAD = ROOT / "build/release/aloft_load"
TICK = os.sysconf("SC_CLK_TCK")
PODS = 50_000

# measure: (unit, the peer, the aim, whether less is better). The peer is kube-apiserver 1.32 with etcd on a
# machine of this size.
TARGETS = {
    "create: objects a second, 32 clients": ("/s", "800-1000", 5000, False),
    "create: CPU of the server": ("ms", "0.98-1.17", 0.15, True),
    "list of 50,000 pods": ("s", "2.5", 0.25, True),
    "list of 50,000 pods: extra memory": ("MB", "3200 in all", 150, True),
    "idle, without a node": ("MiB", "467", 40, True),
    "idle, with a node": ("MiB", "", 40, True),
    "ready, without a node": ("s", "3-5", 0.3, True),
    "ready, containerd warm": ("s", "3-5", 0.3, True),
    "ready, first start": ("s", "", None, True),
    "1,000 watchers: memory": ("MB", "", 50, True),
    "1,000 watchers, all concerned: p99": ("ms", "", 5, True),
    "1,000 watchers, all concerned: p99 at the sockets": ("ms", "", 5, True),
    "1,000 watchers on 50 HTTP/2 connections, all concerned: p99": ("ms", "", 5, True),
    "1,000 watchers, 10 concerned: p99": ("ms", "", 5, True),
    "10 watchers, all concerned: p99": ("ms", "", 5, True),
    "pod, POST to Ready": ("s", "0.6-1.9", 0.3, True),
}
results = {}


def report(measure, value, note=""):
    results[measure] = (value, note)
    print(f"  {measure}: {value:.4g} {TARGETS[measure][0]}{'  (' + note + ')' if note else ''}", flush=True)


def status_of(pid, field):
    """A memory figure of /proc/PID/status, in bytes."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1]) * 1024


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Server:
    """A cloud with what a load generator needs to talk to it."""

    def __init__(self, *arguments):
        begin = time.monotonic()
        self.cloud = Cloud(*arguments).__enter__()
        self.ready_seconds = time.monotonic() - begin
        self.connect()

    def connect(self):
        self.pid = self.cloud.process.pid
        text = self.cloud.kubeconfig.read_text()
        self.address = re.search(r"server: \"?https://([^\s\"]+)", text)[1]
        self.files = {}
        for name, key in (("ca", "certificate-authority-data"), ("cert", "client-certificate-data"),
                          ("key", "client-key-data")):
            path = self.cloud.data_dir / f"bench-{name}.pem"
            path.write_bytes(base64.b64decode(re.search(rf"{key}: \"?([A-Za-z0-9+/=]+)", text)[1]))
            self.files[name] = str(path)

    def load_command(self, verb, **options):
        options = {"address": self.address, **self.files, **options}
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        return [str(LOAD), verb, *words]

    def load(self, verb, **options):
        done = subprocess.run(self.load_command(verb, **options), stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    def connection(self):
        context = ssl.create_default_context(cafile=self.files["ca"])
        context.load_cert_chain(self.files["cert"], self.files["key"])
        host, port = self.address.rsplit(":", 1)
        return http.client.HTTPSConnection(host, int(port), context=context)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.cloud.__exit__(*error)


def creates():
    rates, costs = [], []
    for attempt in range(3):
        with Server("--runtime", "none") as server:
            server.load("create", clients=8, count=2000, prefix="warm")
            before = cpu_seconds(server.pid)
            done = server.load("create", clients=32, seconds=4)
            used = cpu_seconds(server.pid) - before
            assert done["failed"] == 0, done
            rates.append(done["done"] / done["seconds"])
            costs.append(used / done["done"] * 1e3)
    report("create: objects a second, 32 clients", statistics.median(rates), f"p99 {done['p99_ms']} ms")
    report("create: CPU of the server", statistics.median(costs))


def lists():
    with Server("--runtime", "none") as server:
        server.load("create", clients=32, count=PODS)
        time.sleep(2)
        times = []
        extra = []
        for _ in range(3):
            before = status_of(server.pid, "VmRSS")
            pathlib.Path(f"/proc/{server.pid}/clear_refs").write_text("5")
            done = server.load("list", path="/api/v1/pods")
            assert done["status"] == 200, done
            times.append(done["seconds"])
            extra.append((status_of(server.pid, "VmHWM") - before) / 1e6)
        report("list of 50,000 pods", statistics.median(times),
               f"{done['bytes'] / 1e6:.0f} MB; resident {before / 1e6:.0f} MB")
        report("list of 50,000 pods: extra memory", max(extra))


def idle():
    times = []
    for _ in range(5):
        with Server("--runtime", "none") as server:
            times.append(server.ready_seconds)
            time.sleep(3)
            resident = status_of(server.pid, "VmRSS") / 2**20
    report("ready, without a node", statistics.median(times))
    report("idle, without a node", resident)


def watches():
    for count, groups, events, shared in ((1000, 1, 100, 0), (1000, 1, 100, 50), (1000, 100, 500, 0),
                                          (10, 1, 1000, 0)):
        options = {"connections": shared, "protocol": "h2"} if shared else {}
        with Server("--runtime", "none") as server:
            before = status_of(server.pid, "VmRSS")
            with subprocess.Popen(server.load_command("watch", watchers=count, groups=groups, events=events,
                                                      objects="configmaps", **options),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
                load.stdout.readline()
                memory = (status_of(server.pid, "VmRSS") - before) / 1e6
                load.stdin.write(b"\n")
                load.stdin.close()
                done = json.loads(load.stdout.readline())
            if groups > 1:
                report("1,000 watchers: memory", memory)
            concerned = "all" if groups == 1 else count // groups
            where = f" on {shared} HTTP/2 connections" if shared else ""
            report(f"{count:,} watchers{where}, {concerned} concerned: p99", done["p99_ms"],
                   f"median {done['p50_ms']} ms, the writer's answer {done['answer_p50_ms']} ms")


def sockets():
    with Server("--runtime", "none") as server:
        took = sorted(arrivals(server, 1000, 40))
        report("1,000 watchers, all concerned: p99 at the sockets", took[len(took) * 99 // 100],
               f"median {statistics.median(took):.3g} ms")


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": ""}, "spec": {
    "terminationGracePeriodSeconds": 0,
    "containers": [{"name": "hello", "image": "hello:1", "readinessProbe": {
        "httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}}]}}


def pod_seconds(server, name):
    """From the request that makes the pod to the event that says it is ready."""
    watch = server.connection()
    watch.request("GET", f"/api/v1/namespaces/default/pods?watch=true&fieldSelector=metadata.name%3D{name}")
    events = watch.getresponse()
    writer = server.connection()
    writer.connect()
    body = json.loads(json.dumps(POD))
    body["metadata"]["name"] = name
    begin = time.monotonic()
    writer.request("POST", "/api/v1/namespaces/default/pods", json.dumps(body),
                   {"Content-Type": "application/json"})
    assert writer.getresponse().status == 201
    stages = []
    while True:
        pod = json.loads(events.readline())["object"]
        for condition in pod["status"].get("conditions", []):
            stage = condition["type"]
            if condition["status"] == "True" and stage not in [name for name, _ in stages]:
                stages.append((stage, time.monotonic() - begin))
                if stage == "Ready":
                    watch.close()
                    writer.close()
                    return stages


def pods():
    if why := missing(["runtime"]):
        print(f"  pods: {why}")
        return
    with Server() as server:
        report("ready, first start", server.ready_seconds)
        time.sleep(5)
        report("idle, with a node", status_of(server.pid, "VmRSS") / 2**20)
        took = []
        for attempt in range(7):
            stages = pod_seconds(server, f"bench-{attempt}")
            took.append(stages[-1][1])
            print("    " + ", ".join(f"{name} {at:.3f}" for name, at in stages))
        report("pod, POST to Ready", statistics.median(took[1:]))
        times = []
        for _ in range(3):
            server.cloud.process.signal(signal.SIGTERM)
            server.cloud.process.wait()
            begin = time.monotonic()
            server.cloud.start()
            times.append(time.monotonic() - begin)
        report("ready, containerd warm", statistics.median(times))


def table():
    print(f"\n{'measure':<60} {'ours':>12} {'peer':>16} {'aim':>12} {'ours/aim':>9}")
    for measure, (unit, peer, aim, less) in TARGETS.items():
        if measure not in results:
            continue
        value = results[measure][0]
        ratio = f"{value / aim:.2f}" if aim else ""
        met = "" if not aim or (value <= aim) == less else "  missed"
        print(f"{measure:<60} {value:>9.4g} {unit:<3}{peer:>16} {aim or '':>8} {unit:<3} {ratio:>9}{met}")


def main():
    wanted = sys.argv[1:]
    for part in (creates, lists, idle, watches, sockets, pods):
        if not wanted or any(word in part.__name__ for word in wanted):
            print(part.__name__, flush=True)
            part()
    table()


if __name__ == "__main__":
    main()
