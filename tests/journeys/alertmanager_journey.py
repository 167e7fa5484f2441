"""Somebody has an Alertmanager already: it is told of every alert beside ours, and amtool works with both."""
import base64
import http.client
import json
import pathlib
import tempfile
import warnings

from harness import contains, equal, run, wait_until
from harness.process import Running
from harness.telemetry import Telemetry

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

NEEDS = ["alertmanager", "amtool"]
RECEIVERS = """route: {receiver: nobody, group_by: [alertname], group_wait: 0s, group_interval: 1s,
  routes: [{matchers: [severity=page], receiver: pager}]}
receivers: [{name: nobody}, {name: pager}]
"""


class Alertmanager:
    """Debian's, on a free port, below /am and behind a password."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "am.yml").write_text(RECEIVERS)
        hashed = crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))
        (folder / "web.yml").write_text(json.dumps({"basic_auth_users": {"us": hashed}}))
        client = {"basic_auth": {"username": "us", "password": "secret"}}
        (folder / "client.yml").write_text(json.dumps(client))

    def __enter__(self):
        self.process = Running("prometheus-alertmanager", f"--config.file={self.folder / 'am.yml'}",
                               f"--storage.path={self.folder / 'data'}", "--web.listen-address=127.0.0.1:0",
                               "--web.route-prefix=/am", f"--web.config.file={self.folder / 'web.yml'}",
                               "--cluster.listen-address=")
        self.address = self.process.expect(r'"?Listening on"? address=(127\.0\.0\.1:\d+)')[1]
        return self

    def __exit__(self, *_):
        self.process.__exit__()

    def amtool(self, *arguments):
        return run("amtool", "--alertmanager.url", f"http://{self.address}/am", "--http.config.file",
                   str(self.folder / "client.yml"), *arguments)

    def ask(self, method, path, body=None):
        """Status and document of an answer."""
        connection = http.client.HTTPConnection(self.address, timeout=30.0)
        headers = {"Authorization": "Basic " + base64.b64encode(b"us:secret").decode(),
                   "Content-Type": "application/json"}
        try:
            connection.request(method, "/am" + path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def alerts(self):
        return json.loads(self.amtool("alert", "query", "-o", "json").ok().stdout)


def urls(telemetry, kind):
    return [entry["url"] for entry in telemetry.get("/api/v1/alertmanagers").json()["data"][kind]]


def metric(telemetry, name, address):
    wanted = f'{name}{{alertmanager="http://{address}/am/api/v2/alerts"}} '
    for line in telemetry.get("/metrics").ok().text().splitlines():
        if line.startswith(wanted):
            return float(line.removeprefix(wanted))
    return None


def listed(text, ids):
    """An answer without what differs from one process, or one version, to the next."""
    def strip(value):
        if isinstance(value, dict):
            return {name: strip(member) for name, member in value.items()
                    if name not in ("startsAt", "endsAt", "updatedAt", "mutedBy", "routeLabels")}
        if isinstance(value, list):
            return [strip(item) for item in value]
        return "a silence" if value in ids else value
    return strip(json.loads(text))


def alike(step, telemetry, outside):
    alerts = [{"labels": {"alertname": "Same", "case": "x", "n": "1", "severity": "page"},
               "annotations": {"a": "b"}, "generatorURL": "http://g"},
              {"labels": {"alertname": "Same", "case": "x", "n": "2"},
               "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2199-01-01T00:00:00Z"}]
    silence = {"matchers": [{"name": "n", "value": "2", "isRegex": False}], "createdBy": "me", "comment": "",
               "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2199-01-01T00:00:00Z"}

    def statuses(method, path, document):
        body = json.dumps(document)
        ours = telemetry.ask(method, path, body, {"Content-Type": "application/json"})
        equal(ours.status, outside.ask(method, path, body)[0], f"status of {method} {path} {body}")

    with step("what clients post is taken and refused alike"):
        statuses("POST", "/api/v2/alerts", alerts)
        for wrong in ({}, None, [{}], [{"labels": {}}], [{"labels": {"a": ""}}], [{"labels": {"a": 1}}],
                      [{"labels": {"a": "b"}, "startsAt": "x"}]):
            statuses("POST", "/api/v2/alerts", wrong)
        statuses("POST", "/api/v2/silences", silence)
        for change in ({"matchers": []}, {"matchers": None}, {"comment": None}, {"startsAt": "x"},
                       {"endsAt": "2020-01-01T00:00:01Z"}, {"id": "11111111-1111-1111-1111-111111111111"},
                       {"matchers": [{"name": "n", "value": ".*", "isRegex": True}]},
                       {"matchers": [{"name": "n", "value": "(", "isRegex": True}]},
                       {"matchers": [{"name": "n", "value": "3", "isRegex": False, "isEqual": False}],
                        "endsAt": "2020-01-01T00:00:01Z"}):
            statuses("POST", "/api/v2/silences", silence | change)
    with step("and is listed alike"):
        our_ids = [entry["id"] for entry in telemetry.get("/api/v2/silences").json()]
        their_ids = [entry["id"] for entry in json.loads(outside.ask("GET", "/api/v2/silences")[1])]
        equal(len(our_ids), len(their_ids), "silences")
        for path in ("/api/v2/alerts", "/api/v2/alerts/groups"):
            for query in ("", "&active=false", "&silenced=false", "&receiver=pager", "&receiver=no.*|x",
                          "&filter=n%3D1", "&filter=n%3D~%221%7C3%22", "&filter=severity%3D%22%22"):
                asked = f"{path}?filter=case%3D%22x%22{query}"
                wait_until(lambda: listed(telemetry.ask("GET", asked).ok().body, our_ids) ==
                           listed(outside.ask("GET", asked)[1], their_ids), what=f"equal answers to {asked}")


def told(step, telemetry, folder):
    with Alertmanager(folder) as outside:
        with step("an Alertmanager that a file names is found"):
            (folder / "targets.json").write_text(json.dumps([{"targets": [outside.address, "left.out:1"]}]))
            wait_until(lambda: len(urls(telemetry, "activeAlertmanagers")) == 2, what="two Alertmanagers")
            equal(urls(telemetry, "activeAlertmanagers"),
                  [f"{telemetry.url}/api/v2/alerts", f"http://{outside.address}/am/api/v2/alerts"], "active")
            equal(urls(telemetry, "droppedAlertmanagers"), ["http://left.out:1/am/api/v2/alerts"], "dropped")
        with step("both are told of an alert, with the labels of the configuration"):
            telemetry.write([({"__name__": "temperature", "room": "1"}, 99)]).ok()
            wait_until(outside.alerts, what="the alert outside")
            labels = {"alertname": "TooHot", "room": "1", "severity": "page", "site": "north"}
            equal(outside.alerts()[0]["labels"], labels | {"sent": "yes"}, "labels outside")
            contains(outside.alerts()[0]["generatorURL"], telemetry.url)
            equal(telemetry.get("/api/v2/alerts").json()[0]["labels"], labels, "our labels")
            equal(metric(telemetry, "prometheus_notifications_sent_total", outside.address), 1.0, "sent")
        with step("and that it is over"):
            telemetry.write([({"__name__": "temperature", "room": "1"}, 20)]).ok()
            wait_until(lambda: outside.alerts() == [], what="no alert outside")
        alike(step, telemetry, outside)
    with step("what nobody takes is counted"):
        telemetry.write([({"__name__": "temperature", "room": "2"}, 99)]).ok()
        dropped = "prometheus_notifications_dropped_total"
        wait_until(lambda: metric(telemetry, dropped, outside.address) == 1.0, what="a dropped alert")
        equal(metric(telemetry, "prometheus_notifications_errors_total", outside.address), 1.0, "errors")


def amtool_of_ours(step, telemetry, folder):
    def amtool(*arguments):
        return run("amtool", "--alertmanager.url", telemetry.url, *arguments)

    with step("amtool routes by our configuration"):
        contains(amtool("config", "routes", "test", "severity=page").ok().stdout, "pager")
        contains(amtool("config", "routes", "test", "severity=other").ok().stdout, "nobody")
        contains(amtool("config", "routes", "show").ok().stdout, "pager")
        contains(amtool("config", "show").ok().stdout, "group_interval")
        run("amtool", "check-config", str(folder / "am.yml")).ok()
    with step("amtool adds alerts and asks for them"):
        amtool("alert", "add", "Lift", "floor=3", "--annotation=summary=stuck").ok()
        contains(amtool("alert", "query", "floor=~[0-9]", "-o", "extended").ok().stdout, "stuck")
        equal(amtool("alert", "query", "floor=4", "-o", "simple").ok().stdout.count("Lift"), 0, "alerts")
    with step("amtool makes, changes, carries over and ends silences"):
        silence = amtool("silence", "add", "alertname=Lift", "--comment", "repair", "--author", "me",
                         "--duration", "1h").ok().stdout.strip()
        seen = amtool("alert", "query", "alertname=Lift", "-o", "simple").ok().stdout
        equal(seen.count("Lift"), 0, "alerts")
        changed = amtool("silence", "update", "--duration", "2h", "--comment", "longer", silence).ok().stdout
        contains(changed, "longer")
        def silences():
            return json.loads(amtool("silence", "query", "alertname=Lift", "-o", "json").ok().stdout)

        carried = folder / "silences.json"
        carried.write_text(json.dumps(silences()))
        for entry in silences():
            amtool("silence", "expire", entry["id"]).ok()
        equal(silences(), [], "silences")
        contains(amtool("silence", "query", "--expired").ok().stdout, "alertname=\"Lift\"")
        amtool("silence", "import", "--force", str(carried)).ok()
        wait_until(lambda: len(silences()) == 1, what="the silence again")


def journey(step):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "rules.yml").write_text("""groups:
- {name: rooms, interval: 1s, rules: [{alert: TooHot, expr: temperature > 50, labels: {severity: page}}]}
""")
        (folder / "am.yml").write_text(RECEIVERS)
        (folder / "prometheus.yml").write_text("""global: {external_labels: {site: north}}
rule_files: [rules.yml]
alerting:
  alert_relabel_configs: [{action: labeldrop, regex: nothing}]
  alertmanagers:
  - path_prefix: /am
    basic_auth: {username: us, password: secret}
    file_sd_configs: [{files: [targets.json]}]
    relabel_configs: [{source_labels: [__address__], regex: 'left.out:.*', action: drop}]
    alert_relabel_configs: [{target_label: sent, replacement: 'yes'}]
""")
        with Telemetry("--config", str(folder / "prometheus.yml"), "--alertmanager-config",
                       str(folder / "am.yml")) as telemetry:
            told(step, telemetry, folder)
            amtool_of_ours(step, telemetry, folder)
