"""Somebody looks at what runs in the cloud: usage, metrics, logs, rules, with nothing installed."""
import json
import time
import urllib.parse
import urllib.request

from harness import Cloud, contains, equal, kubectl, matches, wait_until

NEEDS = ["runtime", "kubectl"]

POD = """
apiVersion: v1
kind: Pod
metadata:
  name: talker
  labels: {app: talker}
  annotations: {prometheus.io/scrape: "true", prometheus.io/port: "8000"}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: hello:1
    command: [sh, -c]
    args:
    - |
      mkdir -p /tmp/www; echo 'talker_answers_total 42' > /tmp/www/metrics
      echo "first line of the talker"; echo "an error of the talker" >&2
      while true; do
        { printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\n'; cat /tmp/www/metrics; } |
          nc -l -p 8000 >/dev/null
      done
"""

RULE = """
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: talker}
spec:
  groups:
  - name: talker
    interval: 1s
    rules:
    - {record: talker:answers, expr: sum(talker_answers_total)}
    - {alert: TalkerTalks, expr: talker_answers_total > 1, labels: {severity: info}}
"""


# What an application's chart brings along for the operator.
MONITORS = """
apiVersion: v1
kind: Service
metadata: {name: talker, labels: {team: red}}
spec:
  selector: {app: talker}
  ports: [{name: http, port: 80, targetPort: 8000}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: talker}
spec:
  selector: {matchLabels: {team: red}}
  targetLabels: [team]
  endpoints:
  - port: http
    interval: 2s
    metricRelabelings: [{targetLabel: by, replacement: service}]
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: talker}
spec:
  selector: {matchExpressions: [{key: app, operator: In, values: [talker]}]}
  podMetricsEndpoints:
  - interval: 3s
    relabelings:
    - {sourceLabels: [__meta_kubernetes_pod_ip], targetLabel: __address__, replacement: "$1:8000"}
    metricRelabelings: [{targetLabel: by, replacement: pod}]
"""


def get(url, **query):
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
        return json.load(answer)


def series(cloud, query):
    """The label sets that an instant query gives."""
    url = cloud.endpoints["prometheus"] + "/api/v1/query"
    return [one["metric"] for one in get(url, query=query)["data"]["result"]]


def until(cloud, query, why):
    wait_until(lambda: series(cloud, query), timeout=90, what=why)
    return series(cloud, query)


def usage_and_metrics(step, cloud, k):
    with step("the node, its containers and the API's objects are measured under the names people know"):
        until(cloud, 'node_cpu_seconds_total{mode="idle",job="node-exporter"}', "node metrics")
        until(cloud, 'kube_pod_status_phase{pod="talker",phase="Running"} == 1', "object metrics")
        k("create", "secret", "generic", "talker", "--from-literal=word=hush").ok()
        until(cloud, 'kube_secret_type{namespace="default",secret="talker",type="Opaque"}', "secrets")
        until(cloud, 'kube_configmap_info{configmap="kube-root-ca.crt",namespace="default"}', "config maps")
        until(cloud, 'container_memory_working_set_bytes{pod="talker",container="main"} > 0', "containers")
        until(cloud, 'container_network_receive_bytes_total{pod="talker"}', "the pod's network")
        until(cloud, 'process_resident_memory_bytes{job="aloft"}', "Aloft's own metrics")
    with step("kubectl top shows what nodes and pods use"):
        wait_until(lambda: "talker" in k("top", "pods").stdout, timeout=60, what="usage")
        matches(k("top", "nodes").ok().stdout, r"\d+m +\d+% +\d+Mi +\d+%")
        matches(k("top", "pods", "--containers").ok().stdout, r"talker +main +\d+m +\d+Mi")
    with step("a pod with the annotations is scraped"):
        found = until(cloud, "talker_answers_total", "the pod's own metrics")
        equal(found[0]["pod"], "talker")
        equal(found[0]["namespace"], "default")
        targets = get(cloud.endpoints["prometheus"] + "/api/v1/targets")["data"]["activeTargets"]
        equal([t["health"] for t in targets if t["labels"].get("pod") == "talker"], ["up"])
    with step("a pod sends telemetry to a name of the cluster, and may ask for none"):
        push = json.dumps({"streams": [{"stream": {"from": "inside"},
                                        "values": [[str(time.time_ns()), "sent by the pod"]]}]})
        k("exec", "talker", "--", "wget", "-q", "-O-", "--header", "Content-Type: application/json",
          "--post-data", push, "http://telemetry.kube-system:3100/loki/api/v1/push").ok()
        found = get(cloud.endpoints["loki"] + "/loki/api/v1/query_range", query='{from="inside"}')
        equal([line for one in found["data"]["result"] for _, line in one["values"]], ["sent by the pod"])
        refused = k("exec", "talker", "--", "wget", "-O-", "http://telemetry.kube-system:9090/api/v1/labels")
        contains(refused.stderr, "403")
        k("exec", "talker", "--", "nc", "-w", "1", "telemetry.kube-system", "4317").ok()
    with step("autoscalers find what the pod measures of itself"):
        path = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/talker_answers"
        wait_until(lambda: k("get", "--raw", path).code == 0, timeout=60, what="a rate of the counter")
        found = k("get", "--raw", path).json()["items"][0]
        equal(found["describedObject"]["name"], "talker")
        equal(found["metric"]["name"], "talker_answers")
        contains(k("api-versions").ok().stdout, "custom.metrics.k8s.io/v1beta2")
    with step("the ready-made rules are in force"):
        groups = get(cloud.endpoints["prometheus"] + "/api/v1/rules")["data"]["groups"]
        contains({group["name"] for group in groups}, "aloft.nodes")
        until(cloud, "node:memory_utilisation:ratio", "a recorded series")


def logs(step, cloud, k):
    url = cloud.endpoints["loki"] + "/loki/api/v1/query_range"

    def lines(query):
        found = get(url, query=query)["data"]["result"]
        return [line for stream in found for _, line in stream["values"]]

    with step("the lines of a container are found by its labels"):
        wait_until(lambda: lines('{pod="talker"}'), timeout=60, what="log lines")
        contains(lines('{namespace="default", app="talker"} |= "first"'), "first line of the talker")
        equal(lines('{pod="talker"} |= "error"'), ["an error of the talker"])
    with step("aloft logs and aloft query show them in the terminal"):
        contains(cloud.aloft("logs", '{pod="talker"}').ok().stdout, "first line of the talker")
        contains(cloud.aloft("query", "talker_answers_total").ok().stdout, "42")
    with step("kubectl logs of a container whose file is gone is answered from the store"):
        files = [path for path in cloud.data_dir.rglob("*.log") if "talker" in str(path)]
        equal(len(files) > 0, True, "files of the container")
        for path in files:
            path.unlink()
        said = k("logs", "talker").ok().stdout
        contains(said, "first line of the talker")
        contains(said, "an error of the talker")
        equal(len(k("logs", "talker", "--tail=1").ok().stdout.splitlines()), 1, "lines")
        matches(k("logs", "talker", "--timestamps").ok().stdout, r"(?m)^\d{4}-\S+Z first line of the talker$")
        equal(k("logs", "talker", "--since-time=2199-01-01T00:00:00Z").ok().stdout, "", "lines of the future")


def rules(step, cloud, k):
    with step("a PrometheusRule object is evaluated, and goes when the object goes"):
        contains(k("apply", "-f", "-", input=RULE).ok().stdout,
                 "prometheusrule.monitoring.coreos.com/talker created")
        until(cloud, "talker:answers == 42", "a recorded series of the object")
        until(cloud, 'ALERTS{alertname="TalkerTalks",alertstate="firing"}', "an alert of the object")
        contains(cloud.aloft("alerts").ok().stdout, "TalkerTalks")
        k("delete", "prometheusrule", "talker").ok()
        wait_until(lambda: not series(cloud, "ALERTS{alertname='TalkerTalks'}"), timeout=60,
                   what="the alert is gone")


def monitors(step, cloud, k):
    def scraped(what):
        query = f'talker_answers_total{{by="{what}"}} == 42'
        return until(cloud, query, f"a sample by the {what} monitor")[0]

    with step("ServiceMonitor and PodMonitor objects are scraped, as the operator would"):
        contains(k("apply", "-f", "-", input=MONITORS).ok().stdout,
                 "servicemonitor.monitoring.coreos.com/talker created")
        found = scraped("service")
        for name, value in {"job": "talker", "service": "talker", "namespace": "default", "pod": "talker",
                            "endpoint": "http", "team": "red"}.items():
            equal(found.get(name), value)
        equal(scraped("pod")["job"], "default/talker")
        targets = get(cloud.endpoints["prometheus"] + "/api/v1/targets")["data"]["activeTargets"]
        contains({target["scrapePool"] for target in targets}, "serviceMonitor/default/talker/0")
        contains({target["scrapePool"] for target in targets}, "podMonitor/default/talker/0")
    with step("kubectl lists and explains them"):
        contains(k("get", "servicemonitors,podmonitors").ok().stdout,
                 "podmonitor.monitoring.coreos.com/talker")
        contains(k("explain", "servicemonitor.spec.endpoints.interval").ok().stdout, "How often")
        refused = k("apply", "-f", "-", input=MONITORS.replace("interval: 2s", "interval: soon"))
        contains(refused.stderr, "spec.endpoints[0].interval")
    with step("their series end with them"):
        k("delete", "servicemonitor,podmonitor", "talker").ok()
        wait_until(lambda: not series(cloud, 'talker_answers_total{by=~".+"}'), timeout=60,
                   what="the series of the monitors end")


def endings(step, cloud, k):
    with step("the series of a deleted pod end at once"):
        k("delete", "pod", "talker", "--now").ok()
        wait_until(lambda: not series(cloud, 'kube_pod_info{pod="talker"}'), timeout=60,
                   what="the pod's series end")
    with step("its log lines stay, also over a restart"):
        equal(cloud.stop(), 0)
        cloud.start()
        contains(cloud.aloft("logs", '{pod="talker"}').ok().stdout, "first line of the talker")


def journey(step):
    with Cloud() as cloud:
        def k(*words, **options):
            return kubectl(cloud, *words, **options)

        with step("a pod that talks runs"):
            k("apply", "-f", "-", input=POD).ok()
            k("wait", "--for=condition=Ready", "pod/talker", "--timeout=60s").ok()
        usage_and_metrics(step, cloud, k)
        logs(step, cloud, k)
        rules(step, cloud, k)
        monitors(step, cloud, k)
        endings(step, cloud, k)
