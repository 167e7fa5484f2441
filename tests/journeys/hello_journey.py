"""A newcomer takes the tour of the README: deploys the example, reaches it, scales it, updates it."""
import functools
import hashlib
import io
import json
import pathlib
import tarfile
import tempfile
import urllib.request

from harness import Cloud, contains, equal, kubectl, kubectl_start, matches, wait_until
from harness.cloud import binary

NEEDS = ["runtime", "kubectl"]


def ask(host, path="/"):
    with urllib.request.urlopen(f"http://{host}{path}", timeout=10) as answer:
        return answer.read().decode()


def who_answers(host):
    """The pods that answered 60 requests."""
    return {matches(ask(host), r"Hello from (\S+) ")[1] for _ in range(60)}


def only_version(host, version):
    """Whether 30 requests are answered by this version. One may meet a pod of before that is just ending."""
    try:
        return all(f"(version {version})" in ask(host) for _ in range(30))
    except OSError:
        return False


def reachable(host):
    try:
        return "Hello from" in ask(host)
    except OSError:
        return False


def save_image(path, name, program, environment):
    """Writes an archive as `docker save` does: one layer that holds one program."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.add(program, "hello")
    digest = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    settings = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest]},
                "config": {"Entrypoint": ["/hello"], "Env": environment}}
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        for file, content in (("layer.tar", layer.getvalue()), ("config.json", json.dumps(settings).encode()),
                              ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(file)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def pod_names(k):
    return set(k("get", "pods", "-l", "app=hello", "-o",
                 "jsonpath={.items[*].metadata.name}").ok().stdout.split())


def addresses(k):
    return set(k("get", "endpoints", "hello", "-o",
                 "jsonpath={.subsets[*].addresses[*].ip}").ok().stdout.split())


def tour(step, k, start):
    with step("the node is this machine, and ready"):
        matches(k("get", "nodes").ok().stdout, r"^\S+ +Ready")
    with step("the example is deployed and its rollout ends"):
        contains(k("apply", "-f", "examples/hello").ok().stdout, "service/hello created")
        k("rollout", "status", "deployment/hello", "--timeout=60s").ok()
    with step("three pods run, each with its address"):
        places = k("get", "pods", "-l", "app=hello", "-o",
                   "jsonpath={.items[*].status.podIP}").ok().stdout.split()
        equal(len(set(places)), 3, "addresses")
        for place in places:
            equal(ask(f"{place}:8080", "/healthz"), "ok\n")
        contains(k("logs", "deployment/hello").ok().stdout, "GET /healthz 200")
    with step("port-forward makes it reachable on localhost"):
        with start("port-forward", "service/hello", ":80") as forward:
            port = forward.expect(r"Forwarding from 127\.0\.0\.1:(\d+)")[1]
            contains(ask(f"127.0.0.1:{port}"), "(version 1)")


def reaching(step, k):
    with step("the service's address leads to all pods"):
        service = k("get", "service", "hello", "-o", "jsonpath={.spec.clusterIP}").ok().stdout
        equal(who_answers(service), pod_names(k), "pods that answered")
    with step("pods find the service by name, short and long, and by address"):
        for name in ("hello", "hello.default", "hello.default.svc.cluster.local", service):
            contains(k("exec", "deploy/hello", "--", "wget", "-qO-", f"http://{name}").ok().stdout,
                     "Hello from")
        found = k("exec", "deploy/hello", "--", "nslookup", "hello.default.svc.cluster.local").ok().stdout
        contains(found, service)
        contains(k("exec", "deploy/hello", "--", "nslookup", service).ok().stdout,
                 "hello.default.svc.cluster.local")
        k("exec", "deploy/hello", "--", "nslookup", "nobody.default.svc.cluster.local").fails()
    with step("a pod reaches itself through the service"):
        k("scale", "deploy/hello", "--replicas=1").ok()
        wait_until(lambda: len(addresses(k)) == 1, what="one endpoint")
        contains(k("exec", "deploy/hello", "--", "wget", "-qO-", "http://hello").ok().stdout, "Hello from")
    with step("a node port is open on the machine, and closed with the service"):
        k("expose", "deploy", "hello", "--name=open", "--type=NodePort", "--port=80",
          "--target-port=8080").ok()
        port = k("get", "svc", "open", "-o", "jsonpath={.spec.ports[0].nodePort}").ok().stdout
        address = k("get", "nodes", "-o",
                    "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}").ok().stdout

        def is_open():
            try:
                return "Hello from" in ask(f"{address}:{port}")
            except OSError:
                return False

        wait_until(is_open, what="the node port answers")
        k("delete", "svc", "open").ok()
        wait_until(lambda: not is_open(), what="the node port is closed")


def healing(step, k):
    with step("endpoints follow the pods as they come"):
        k("scale", "deploy/hello", "--replicas=5").ok()
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
        wait_until(lambda: len(addresses(k)) == 5, what="five endpoints")
        service = k("get", "service", "hello", "-o", "jsonpath={.spec.clusterIP}").ok().stdout
        wait_until(lambda: who_answers(service) == pod_names(k), what="all five answer")
    with step("deleted pods come back under other names, and requests go to those"):
        before = pod_names(k)
        k("delete", "pod", "-l", "app=hello").ok()
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
        wait_until(lambda: len(addresses(k)) == 5, what="five endpoints")
        wait_until(lambda: who_answers(service) == pod_names(k), what="the new ones answer")
        equal(before & pod_names(k), set(), "pods from before")
        k("scale", "deploy/hello", "--replicas=3").ok()
    with step("a service that selects nothing leads to the addresses that people write"):
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "own"},
                   "spec": {"ports": [{"port": 80, "targetPort": 8080}]}}
        own = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "own"},
               "subsets": [{"addresses": [{"ip": min(addresses(k))}], "ports": [{"port": 8080}]}]}
        for manifest in (service, own):
            k("create", "-f", "-", input=json.dumps(manifest)).ok()
        place = k("get", "service", "own", "-o", "jsonpath={.spec.clusterIP}").ok().stdout
        wait_until(lambda: reachable(place), what="the written address answers")
    with step("a service opens to the outside and closes again by its type"):
        k("patch", "service", "own", "-p", '{"spec":{"type":"NodePort"}}').ok()
        node_port = ("get", "service", "own", "-o", "jsonpath={.spec.ports[0].nodePort}")
        matches(k(*node_port).ok().stdout, r"^3\d{4}$")
        k("patch", "service", "own", "-p", '{"spec":{"type":"ClusterIP"}}').ok()
        equal(k(*node_port).ok().stdout, "")
        k("delete", "service", "own").ok()
    with step("a service without pods refuses at once"):
        k("create", "service", "clusterip", "nobody", "--tcp=80:8080").ok()
        refused = k("exec", "deploy/hello", "--", "wget", "-qO-", "http://nobody").fails().stderr
        contains(refused, "Connection refused")


def updating(step, cloud, k):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with step("aloft image build makes the next version from a Dockerfile"):
            (folder / "greeting.txt").write_text("good morning\n")
            (folder / "Dockerfile").write_text("FROM hello:1\nCOPY greeting.txt /etc/\nENV VERSION=2\n")
            contains(cloud.aloft("image", "build", "-t", "hello:2", str(folder)).ok().stdout, "hello:2")
            contains(cloud.aloft("image", "ls").ok().stdout, "hello:2")
        with step("a rolling update brings it to every pod"):
            k("set", "image", "deploy/hello", "hello=hello:2").ok()
            k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
            service = k("get", "service", "hello", "-o", "jsonpath={.spec.clusterIP}").ok().stdout
            wait_until(lambda: only_version(service, 2), what="version 2 answers")
            equal(k("exec", "deploy/hello", "--", "cat", "/etc/greeting.txt").ok().stdout, "good morning\n")
        with step("rollout undo goes back to the version before"):
            k("rollout", "undo", "deploy/hello").ok()
            k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
            wait_until(lambda: only_version(service, 1), what="version 1 answers")
        with step("aloft image import takes an archive of docker save"):
            program = binary().parent / "images/hello/hello"
            save_image(folder / "saved.tar", "saved:3", program, ["VERSION=3"])
            contains(cloud.aloft("image", "import", str(folder / "saved.tar")).ok().stdout, "saved:3")
            k("set", "image", "deploy/hello", "hello=saved:3").ok()
            k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
            wait_until(lambda: only_version(service, 3), what="version 3 answers")
        with step("a file that is no image, and a folder without a Dockerfile, are refused with a reason"):
            (folder / "no.tar").write_text("nothing of the kind")
            contains(cloud.aloft("image", "import", str(folder / "no.tar")).fails().stderr, "no.tar")
            (folder / "empty").mkdir()
            contains(cloud.aloft("image", "build", "-t", "x:1", str(folder / "empty")).fails().stderr,
                     "Dockerfile")
    with step("delete -f removes everything again"):
        k("delete", "-f", "examples/hello").ok()
        k("wait", "--for=delete", "pod", "-l", "app=hello", "--timeout=60s").ok()


def journey(step):
    with Cloud() as cloud:
        k, start = functools.partial(kubectl, cloud), functools.partial(kubectl_start, cloud)
        tour(step, k, start)
        reaching(step, k)
        healing(step, k)
        updating(step, cloud, k)
