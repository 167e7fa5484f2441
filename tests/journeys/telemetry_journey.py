"""Somebody without a cluster sends metrics, logs and traces, asks for them, and is alerted."""
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

from harness import contains, equal, run, wait_until
from harness.cloud import ROOT
from harness.telemetry import Telemetry
from harness.webhook import Webhook

NEEDS = ["promtool", "amtool"]
EXAMPLES = ROOT.parent / "shared/observability/otlp-examples"


def metrics(step, telemetry):
    with step("remote write is taken, and PromQL finds it"):
        equal(telemetry.write([({"__name__": "orders", "shop": shop}, value)
                               for shop, value in (("a", 3), ("b", 4))]).status, 204, "status")
        equal(telemetry.query("sum(orders)"), [({}, 7.0)], "sum")
        equal(sorted(labels["shop"] for labels, _ in telemetry.query("orders")), ["a", "b"], "shops")
    with step("text is imported"):
        telemetry.ask("POST", "/api/v1/import/prometheus", "imported{a=\"b\"} 5\n").ok()
        equal(telemetry.query("imported")[0][1], 5.0, "value")
    with step("its own numbers are there too"):
        wait_until(lambda: telemetry.query('up{job="aloft"}') != [], what="up")
        contains(telemetry.get("/metrics").ok().text(), "telemetry_accepted_total")
    with step("bad queries are refused with a position"):
        answer = telemetry.get("/api/v1/query", query="sum(")
        equal(answer.status, 400, "status")
        contains(json.loads(answer.body)["error"], "1:")
    with step("promtool is a client of it"):
        out = run("promtool", "query", "instant", telemetry.url, "sum(orders)").ok().stdout
        contains(out, "7")
        contains(run("promtool", "query", "labels", telemetry.url, "shop").ok().stdout, "a")


def logs(step, telemetry):
    now = time.time_ns()
    with step("Loki's push is taken, and LogQL finds it"):
        equal(telemetry.post_json("/loki/api/v1/push", {"streams": [
            {"stream": {"app": "shop"},
             "values": [[str(now - 2), "order 1 done"], [str(now - 1), "order 2 failed"]]}]}).status, 204,
            "status")
        data = telemetry.get("/loki/api/v1/query_range", query='{app="shop"} |= "failed"',
                             start=now - 10**10, end=now + 10**9).json()["data"]
        equal([value[1] for stream in data["result"] for value in stream["values"]], ["order 2 failed"],
              "lines")
    with step("aloft logs shows them, and -f those that come"):
        contains(telemetry.aloft("logs", '{app="shop"}').ok().stdout, "order 1 done")
        from harness.process import Running
        from harness.cloud import binary
        with Running(str(binary()), "logs", "-f", '{app="shop"}', "--data-dir",
                     str(telemetry.data_dir)) as tail:
            tail.expect("order 2 failed")
            telemetry.post_json("/loki/api/v1/push", {"streams": [
                {"stream": {"app": "shop"}, "values": [[str(time.time_ns()), "order 3 done"]]}]}).ok()
            tail.expect("order 3 done")


def examples(step, telemetry):
    """The examples of the protocol's definition, moved to now: they are older than anything is kept."""
    if not EXAMPLES.exists():
        return
    now = time.time_ns()

    def example(name):
        text = (EXAMPLES / name).read_text()
        for old in ("1544712660300000000", "1544712660000000000", "1544712661000000000"):
            text = text.replace(old, str(now + int(old) - 1544712661000000000))
        return text

    kind = {"Content-Type": "application/json"}
    with step("OTLP's examples are taken as JSON"):
        for path, name in (("/v1/metrics", "metrics.json"), ("/v1/logs", "logs.json"),
                           ("/v1/logs", "events.json"), ("/v1/traces", "trace.json")):
            answer = telemetry.ask("POST", path, example(name), kind)
            equal(answer.json(), {}, name)
    with step("their metrics are series under Prometheus' names"):
        equal(telemetry.query("my_counter_total")[0][1], 5.0, "counter")
        equal(telemetry.query("my_gauge_ratio")[0][1], 10.0, "gauge")
        equal(telemetry.query("my_histogram_count")[0][1], 2.0, "histogram")
        equal(telemetry.query("histogram_count(my_exponential_histogram)")[0][1], 3.0, "native histogram")
    with step("their logs are found by service"):
        data = telemetry.get("/loki/api/v1/query_range", query='{service_name="my.service"}',
                             start=now - 10**10, end=now + 10**9).json()["data"]
        lines = [value[1] for stream in data["result"] for value in stream["values"]]
        contains(" ".join(lines), "Example log record")
    with step("their trace is found by its id and by its name"):
        trace = telemetry.get("/api/v2/traces/5b8efff798038103d269b633813fc60c").json()
        contains(json.dumps(trace), "I'm a server span")
        found = telemetry.get("/api/search", q='{ name = "I\'m a server span" }').json()
        equal([trace["traceID"] for trace in found["traces"]], ["5b8efff798038103d269b633813fc60c"], "traces")
        contains(telemetry.aloft("traces").ok().stdout, "5b8efff798038103d269b633813fc60c")


def alerting(step, telemetry, hook):
    with step("a sample that breaks a rule calls the webhook, and its return resolves it"):
        telemetry.write([({"__name__": "temperature", "room": "1"}, 99)]).ok()
        wait_until(lambda: hook.alerts("firing"), what="a firing alert")
        equal(hook.alerts("firing")[0]["labels"],
              {"alertname": "TooHot", "room": "1", "severity": "page"}, "labels")
        contains(telemetry.aloft("alerts").ok().stdout, "TooHot")
        telemetry.write([({"__name__": "temperature", "room": "1"}, 20)]).ok()
        wait_until(lambda: hook.alerts("resolved"), what="a resolved alert")
        contains(telemetry.aloft("alerts", "history").ok().stdout, "TooHot")
    with step("lines raise alerts by rules of LogQL, put in as Loki's clients do"):
        rule = ("name: shop\ninterval: 1s\nrules:\n- alert: OrdersFail\n"
                "  expr: sum by (app) (count_over_time({app=\"shop\"} |= \"failed\" [1h])) > 0\n")
        equal(telemetry.ask("POST", "/loki/api/v1/rules/sales", rule).status, 202, "status")
        contains(telemetry.get("/loki/api/v1/rules").ok().text(), "OrdersFail")
        wait_until(lambda: any(alert["labels"]["alertname"] == "OrdersFail"
                               for alert in telemetry.get("/api/v2/alerts").json()), what="the alert")
        contains(telemetry.get("/prometheus/api/v1/rules").ok().text(), "OrdersFail")
        equal(telemetry.ask("DELETE", "/loki/api/v1/rules/sales").status, 202, "status")
        equal(telemetry.get("/loki/api/v1/rules").status, 404, "status once it is gone")
    with step("amtool is a client of it"):
        out = run("amtool", "--alertmanager.url", telemetry.url, "silence", "add", "room=2", "--comment", "x",
                  "--author", "me").ok().stdout
        contains(run("amtool", "--alertmanager.url", telemetry.url, "silence", "query").ok().stdout,
                 out.strip()[:8])
        told = len(hook.told)
        telemetry.write([({"__name__": "temperature", "room": "2"}, 99)]).ok()
        wait_until(lambda: "TooHot" in run("amtool", "--alertmanager.url", telemetry.url, "alert", "query",
                                           "--silenced").stdout, what="the silenced alert is known")
        equal(len(hook.told), told, "calls of the webhook")
        contains(telemetry.aloft("alerts", "silence").ok().stdout, "room=\"2\"")


def surviving(step, telemetry):
    with step("kill -9 under load loses nothing that was acknowledged"):
        acknowledged = []
        failed = threading.Event()

        def send(worker):
            number = 0
            while True:
                number += 1
                try:
                    now = int(time.time() * 1000)
                    batch = [({"__name__": "load", "worker": str(worker), "series": str(i)}, number, now)
                             for i in range(50)]
                    if telemetry.write(batch).status == 204:
                        acknowledged.append((worker, now, number))
                except OSError:
                    failed.set()
                    return

        senders = [threading.Thread(target=send, args=(i,)) for i in range(3)]
        for sender in senders:
            sender.start()
        wait_until(lambda: len(acknowledged) > 200, what="200 requests")
        telemetry.kill()
        for sender in senders:
            sender.join()
        telemetry.start()
        found = {}
        for item in telemetry.get("/api/v1/query", query='load{series="7"}[10m]').json()["data"]["result"]:
            for when, value in item["values"]:
                found[(int(item["metric"]["worker"]), round(when * 1000))] = float(value)
        # Two writes of one worker within a millisecond: the later one counts.
        expected = {}
        for worker, when, number in acknowledged:
            expected[(worker, when)] = max(number, expected.get((worker, when), 0))
        lost = [key for key, number in expected.items() if found.get(key, -1) < number]
        equal(lost, [], "acknowledged samples that are gone")
    with step("a clean stop ends with 0, and the next start finds everything"):
        equal(telemetry.stop(), 0, "exit code")
        telemetry.start()
        equal(telemetry.query("sum(last_over_time(orders[1h]))"), [({}, 7.0)], "sum")


def full_disk(step):
    """On a small file system of its own; only root can make one."""
    if os.geteuid() != 0:
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aloft-full-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], check=False,
                      capture_output=True).returncode != 0:
        folder.rmdir()
        return
    try:
        with Telemetry(data_dir=folder / "data") as telemetry:
            with step("a full disk stops ingest with a clear 5xx, and queries go on"):
                telemetry.write([({"__name__": "before"}, 1)]).ok()
                with open(folder / "filler", "wb") as filler:
                    try:
                        while True:
                            filler.write(os.urandom(1 << 20))
                            filler.flush()
                    except OSError:
                        pass

                def refused():
                    samples = [({"__name__": "more", "i": f"{time.time_ns()}-{i}"}, i) for i in range(2000)]
                    return telemetry.write(samples).status >= 500

                wait_until(refused, what="writes are refused")
                contains(telemetry.write([({"__name__": "more", "i": "x" * 8000}, 1)]).text(), "space")
                equal(telemetry.query("before"), [({"__name__": "before"}, 1.0)], "what was there before")
            with step("with room again, it goes on"):
                (folder / "filler").unlink()
                wait_until(lambda: telemetry.write([({"__name__": "after"}, 2)]).status == 204,
                           what="writes are taken")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        folder.rmdir()


def journey(step):
    hook = Webhook()
    with tempfile.TemporaryDirectory() as name:
        rules, receivers = pathlib.Path(name) / "rules.yml", pathlib.Path(name) / "alertmanager.yml"
        rules.write_text("""groups:
- name: rooms
  interval: 1s
  rules:
  - {alert: TooHot, expr: temperature > 50, labels: {severity: page}}
""")
        receivers.write_text(f"""route: {{receiver: hook, group_by: [alertname, room], group_wait: 0s,
  group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{hook.url}', send_resolved: true}}]}}]
""")
        with Telemetry("--rules", str(rules), "--alertmanager-config", str(receivers)) as telemetry:
            with step("it is ready, and tells where everything is"):
                equal(telemetry.get("/-/ready").status, 200, "status")
                contains(telemetry.ready_line, f"telemetry={telemetry.url}")
            metrics(step, telemetry)
            logs(step, telemetry)
            examples(step, telemetry)
            alerting(step, telemetry, hook)
            surviving(step, telemetry)
        full_disk(step)
