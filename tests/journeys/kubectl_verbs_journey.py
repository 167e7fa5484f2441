"""A user who knows kubectl uses every verb of it that concerns the kinds at hand."""
import functools
import json
import os
import pathlib
import shlex
import shutil
import tempfile
import urllib.request
from unittest import mock

from harness import Cloud, Running, contains, equal, kubectl, kubectl_start, matches

NEEDS = ["runtime", "kubectl"]

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: NAME
  labels: {team: blue}
data:
  color: COLOR
"""


def config(name, color):
    return CONFIG.replace("NAME", name).replace("COLOR", color)


def about_the_cloud(step, k):
    with step("version and cluster-info say where the cloud is"):
        matches(k("version").ok().stdout, r"Server Version: v1\.\d+")
        contains(k("cluster-info").ok().stdout, "Kubernetes control plane")
    with step("api-resources and api-versions list what is served"):
        kinds = k("api-resources").ok().stdout
        for line in (r"^pods +po +v1 +true +Pod$", r"^deployments +deploy +apps/v1 +true +Deployment$",
                     r"^nodes +no +v1 +false +Node$"):
            matches(kinds, line)
        contains(k("api-resources", "--categories=all", "-o", "name").ok().stdout, "deployments.apps")
        contains(k("api-versions").ok().stdout, "scheduling.k8s.io/v1")
    with step("explain tells about fields, also all of them at once"):
        matches(k("explain", "pod.spec.containers.image").ok().stdout, r"FIELD: image <string>")
        matches(k("explain", "deployment", "--recursive").ok().stdout, r"maxSurge\s+<IntOrString>")
        contains(k("explain", "pod.spec.nonsense").fails().stderr, 'field "nonsense" does not exist')
    with step("auth knows who is asking and what they may do"):
        contains(k("auth", "whoami").ok().stdout, "system:masters")
        equal(k("auth", "can-i", "create", "deployments.apps").ok().stdout.strip(), "yes", "can-i")
        contains(k("auth", "can-i", "--list").ok().stdout, "*.*")
    with step("--as asks in the name of somebody else"):
        contains(k("auth", "whoami", "--as=bob", "--as-group=dev").ok().stdout, "[dev system:authenticated]")
        equal(k("auth", "can-i", "list", "pods", "--as=bob").fails(1).stdout.strip(), "no")
        contains(k("get", "pods", "--as=bob").fails(1).stderr, 'User "bob" cannot list resource "pods"')
    with step("get --raw gives what the server said"):
        equal(k("get", "--raw", "/readyz").ok().stdout, "ok", "/readyz")
        equal(json.loads(k("get", "--raw", "/api/v1/namespaces/default").ok().stdout)["kind"], "Namespace")


def creating(step, k):
    with step("create makes every kind, and a dry run makes nothing"):
        for kind, *options in (["namespace"], ["configmap", "--from-literal=a=b"], ["serviceaccount"],
                               ["secret", "generic", "--from-literal=a=b"], ["priorityclass", "--value=7"],
                               ["deployment", "--image=hello:1"], ["service", "clusterip", "--tcp=80:8080"]):
            if kind in ("secret", "service"):
                kind, options = f"{kind} {options[0]}", options[1:]
            line = [*kind.split(), "made", *options]
            contains(k("create", *line, "--dry-run=server").ok().stdout, "created (server dry run)")
            contains(k("create", *line).ok().stdout, "created")
            contains(k("create", *line).fails(1).stderr, "already exists")
    with step("create -f refuses a field that does not exist, and says which"):
        wrong = config("odd", "red") + "colour: red\n"
        contains(k("create", "-f", "-", input=wrong).fails(1).stderr, 'unknown field "colour"')
        contains(k("create", "-f", "-", input=config("odd", "red")).ok().stdout, "configmap/odd created")
    with step("create token gives a token that the server knows"):
        token = k("create", "token", "made").ok().stdout.strip()
        k("config", "set-credentials", "made", "--token", token).ok()
        contains(k("--user", "made", "auth", "whoami").ok().stdout, "system:serviceaccount:default:made")
    with step("a secret of the account holds a token and goes with it"):
        k("create", "sa", "robot").ok()
        secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                  "metadata": {"name": "robot",
                               "annotations": {"kubernetes.io/service-account.name": "robot"}}}
        k("create", "-f", "-", input=json.dumps(secret)).ok()
        k("wait", "secret/robot", r"--for=jsonpath={.data.ca\.crt}", "--timeout=20s").ok()
        held = k("get", "secret", "robot", "-o", "go-template={{.data.token | base64decode}}").ok().stdout
        k("config", "set-credentials", "robot", "--token", held).ok()
        contains(k("--user", "robot", "auth", "whoami").ok().stdout, "system:serviceaccount:default:robot")
        k("delete", "sa", "robot").ok()
        k("wait", "secret/robot", "--for=delete", "--timeout=20s").ok()
    with step("a namespace goes with all that is in it"):
        k("create", "configmap", "inside", "-n", "made").ok()
        k("delete", "namespace", "made").ok()
        contains(k("get", "configmap", "inside", "-n", "made").fails(1).stderr, "NotFound")
    with step("what was created is deleted by kind and name"):
        for kind in ("configmap", "serviceaccount", "secret", "priorityclass", "deployment", "service"):
            contains(k("delete", kind, "made").ok().stdout, '"made" deleted')


def reading(step, k, start):
    with step("the example is deployed"):
        contains(k("apply", "-f", "examples/hello").ok().stdout, "deployment.apps/hello created")
        k("rollout", "status", "deployment/hello", "--timeout=60s").ok()
    with step("get prints the columns that people know"):
        pods = k("get", "pods", "-o", "wide").ok().stdout
        matches(pods, r"NAME +READY +STATUS +RESTARTS +AGE +IP +NODE")
        equal(len([line for line in pods.splitlines() if "1/1     Running" in line]), 3, "running pods")
        matches(k("get", "deploy,rs,svc").ok().stdout, r"deployment.apps/hello +3/3 +3 +3")
        everything = k("get", "all").ok().stdout
        for part in ("pod/hello-", "service/hello", "deployment.apps/hello", "replicaset.apps/hello-"):
            contains(everything, part)
        contains(k("get", "svc", "-A").ok().stdout, "kube-dns")
    with step("get prints YAML, JSON, jsonpath, names and own columns"):
        contains(k("get", "deploy", "hello", "-o", "yaml").ok().stdout, "kind: Deployment")
        equal(k("get", "deploy", "hello", "-o", "json").json()["spec"]["replicas"], 3, "replicas")
        equal(k("get", "deploy", "hello", "-o", "jsonpath={.status.readyReplicas}").ok().stdout, "3")
        equal(k("get", "svc", "hello", "-o", "name").ok().stdout.strip(), "service/hello")
        contains(k("get", "svc", "-o", "custom-columns=WHO:.metadata.name").ok().stdout, "WHO\nhello")
    with step("get selects by label and field, and sorts"):
        equal(len(k("get", "pods", "-l", "app=hello", "-o", "name").ok().stdout.split()), 3, "by label")
        contains(k("get", "pods", "-l", "app!=hello").ok().stderr, "No resources found")
        fields = "status.phase=Running,spec.nodeName!="
        equal(len(k("get", "pods", "--field-selector", fields, "-o", "name").ok().stdout.split()), 3)
        names = k("get", "pods", "--sort-by=.metadata.name", "--no-headers").ok().stdout.splitlines()
        equal(names, sorted(names), "sorted names")
    with step("get -w shows a change when it happens"):
        with start("get", "deploy", "hello", "-w") as watch:
            watch.expect(r"^hello +3/3")
            k("scale", "deploy/hello", "--replicas=2").ok()
            watch.expect(r"^hello +2/2")
    with step("describe tells the story of each kind"):
        matches(k("describe", "pod", "-l", "app=hello").ok().stdout,
                r"Normal +Started .* Started container hello")
        matches(k("describe", "deploy", "hello").ok().stdout, r"Normal +ScalingReplicaSet .* to 3")
        node = k("describe", "node").ok().stdout
        matches(node, r"Ready +True")
        matches(node, r"default +hello-\S+ +10m")
        matches(k("describe", "svc", "hello").ok().stdout, r"Endpoints: +10\.\S+:8080,10\.\S+:8080$")
        contains(k("describe", "ns", "default").ok().stdout, "Active")
    with step("events are listed, also those of one object"):
        contains(k("events").ok().stdout, "Successfully assigned default/hello-")
        contains(k("events", "--for=deployment/hello").ok().stdout, "ScalingReplicaSet")
        contains(k("get", "events", "--sort-by=.lastTimestamp").ok().stdout, "Started container hello")


def applying(step, k):
    with step("apply creates, changes, and says when there is nothing to do"):
        contains(k("apply", "-f", "-", input=config("one", "red")).ok().stdout, "created")
        contains(k("apply", "-f", "-", input=config("one", "red")).ok().stdout, "unchanged")
        contains(k("apply", "-f", "-", input=config("one", "blue")).ok().stdout, "configured")
        equal(k("get", "cm", "one", "-o", "jsonpath={.data.color}").ok().stdout, "blue")
    with step("diff shows what apply would change, and changes nothing"):
        contains(k("diff", "-f", "-", input=config("one", "green")).fails(1).stdout, "+  color: green")
        contains(k("diff", "--server-side", "--force-conflicts", "-f", "-",
                   input=config("one", "green")).fails(1).stdout, "+  color: green")
        equal(k("diff", "-f", "-", input=config("one", "blue")).ok().stdout, "", "difference")
    with step("apply --server-side takes an object over from apply"):
        contains(k("apply", "--server-side", "-f", "-", input=config("one", "blue")).ok().stdout, "applied")
        managers = k("get", "cm", "one", "--show-managed-fields", "-o",
                     "jsonpath={.metadata.managedFields[*].manager}").ok().stdout
        equal(managers, "kubectl kubectl-last-applied", "managers")
    with step("another manager meets a conflict, and may force its will"):
        other = ["apply", "--server-side", "--field-manager=other", "-f", "-"]
        conflict = k(*other, input=config("one", "black")).fails(1).stderr
        contains(conflict, 'conflict with "kubectl"')
        contains(conflict, ".data.color")
        k(*other, "--force-conflicts", input=config("one", "black")).ok()
        equal(k("get", "cm", "one", "-o", "jsonpath={.data.color}").ok().stdout, "black")
    with step("apply --prune removes what is no longer in the manifest"):
        both = config("kept", "red") + "---" + config("gone", "red")
        kinds = ["--prune", "-l", "team=blue", "--prune-allowlist=core/v1/ConfigMap"]
        k("apply", *kinds, "-f", "-", input=both).ok()
        contains(k("apply", *kinds, "-f", "-", input=config("kept", "red")).ok().stdout,
                 "configmap/gone pruned")
        contains(k("get", "cm", "gone").fails(1).stderr, "NotFound")
    with step("replace puts one object in the place of another; --force makes it anew"):
        k("replace", "-f", "-", input=config("kept", "white")).ok()
        before = k("get", "cm", "kept", "-o", "json").json()
        equal(before["data"], {"color": "white"}, "data")
        k("replace", "--force", "-f", "-", input=config("kept", "grey")).ok()
        after = k("get", "cm", "kept", "-o", "json").json()
        assert before["metadata"]["uid"] != after["metadata"]["uid"], "--force kept the old object"
    with step("edit stores what the editor wrote"):
        with mock.patch.dict(os.environ, {"EDITOR": "sed -i s/grey/orange/"}):
            contains(k("edit", "cm", "kept").ok().stdout, "edited")
            contains(k("edit", "cm", "kept").ok().stderr, "no changes made")
        equal(k("get", "cm", "kept", "-o", "jsonpath={.data.color}").ok().stdout, "orange")


def changing(step, k, start):
    with step("patch knows strategic merge, merge and JSON patches, and the status"):
        container = '{"spec":{"template":{"spec":{"containers":[{"name":"hello","workingDir":"/tmp"}]}}}}'
        k("patch", "deploy", "hello", "--patch", container).ok()
        path = "jsonpath={.spec.template.spec.containers[0]['image','workingDir']}"
        equal(k("get", "deploy", "hello", "-o", path).ok().stdout, "hello:1 /tmp", "container")
        k("patch", "cm", "kept", "--type=merge", "--patch", '{"data":{"color":null,"size":"big"}}').ok()
        k("patch", "cm", "kept", "--type=json", "--patch",
          '[{"op":"test","path":"/data/size","value":"big"},{"op":"add","path":"/data/a","value":"b"}]').ok()
        equal(k("get", "cm", "kept", "-o", "json").json()["data"], {"size": "big", "a": "b"}, "data")
        k("create", "deploy", "idle", "--image=hello:1", "--replicas=0").ok()
        k("patch", "pod", "-l", "app=none", "--patch", "{}").fails()
        k("patch", "namespace", "default", "--subresource=status", "--type=merge", "--patch",
          '{"status":{"conditions":[{"type":"Seen","status":"True"}]}}').ok()
        contains(k("get", "ns", "default", "-o", "yaml").ok().stdout, "type: Seen")
    with step("label and annotate add and remove"):
        k("label", "cm", "kept", "size=big").ok()
        contains(k("label", "cm", "kept", "size=small").fails(1).stderr, "--overwrite is false")
        k("label", "cm", "kept", "size=small", "--overwrite").ok()
        equal(k("get", "cm", "-l", "size=small", "-o", "name").ok().stdout.strip(), "configmap/kept")
        contains(k("label", "cm", "kept", "size-").ok().stdout, "unlabeled")
        k("annotate", "cm", "kept", "why=because").ok()
        equal(k("get", "cm", "kept", "-o", "jsonpath={.metadata.annotations.why}").ok().stdout, "because")
        contains(k("label", "cm", "kept", "bad key=x").fails().stderr, "bad key")
    with step("set changes image, environment, resources, selector and service account"):
        k("set", "image", "deploy/idle", "hello=hello:2").ok()
        k("set", "env", "deploy/idle", "A=b").ok()
        k("set", "resources", "deploy/idle", "--limits=memory=64Mi", "--requests=cpu=5m").ok()
        k("set", "serviceaccount", "deploy/idle", "default").ok()
        container = k("get", "deploy", "idle", "-o",
                      "json").json()["spec"]["template"]["spec"]["containers"][0]
        equal(container["image"], "hello:2", "image")
        equal(container["env"], [{"name": "A", "value": "b"}], "environment")
        equal(container["resources"], {"limits": {"memory": "64Mi"}, "requests": {"cpu": "5m"}}, "resources")
    with step("expose makes a service of a deployment"):
        k("expose", "deploy", "hello", "--name=front", "--port=80", "--target-port=8080").ok()
        matches(k("get", "svc", "front").ok().stdout, r"^front +ClusterIP +10\.\S+ +<none> +80/TCP")
    with step("a service changes its type and back, and keeps its address"):
        address = k("get", "svc", "front", "-o", "jsonpath={.spec.clusterIP}").ok().stdout
        for kind in ("LoadBalancer", "NodePort", "ClusterIP"):
            k("patch", "svc", "front", "-p", '{"spec":{"type":"%s"}}' % kind).ok()
            matches(k("get", "svc", "front").ok().stdout, rf"^front +{kind} +{address} ")
        contains(k("patch", "svc", "front", "-p", '{"spec":{"clusterIP":"None"}}').fails(1).stderr,
                 "may not change once set")
    with step("wait knows conditions, paths, creation and deletion"):
        k("wait", "--for=condition=Available", "deploy/hello", "--timeout=30s").ok()
        k("wait", "--for=jsonpath={.status.readyReplicas}=2", "deploy/hello", "--timeout=30s").ok()
        k("create", "cm", "short").ok()
        with start("wait", "--for=delete", "cm/short", "--timeout=30s") as waiting:
            k("delete", "cm", "short").ok()
            equal(waiting.wait(), 0, "exit code")
        with start("wait", "--for=create", "cm/later", "--timeout=30s") as waiting:
            k("create", "cm", "later").ok()
            equal(waiting.wait(), 0, "exit code")
        contains(k("wait", "--for=condition=Available=false", "deploy/hello",
                   "--timeout=0s").fails(1).stderr, "condition not met")


def rollouts(step, k):
    version = "jsonpath={.spec.template.spec.containers[0].env[?(@.name=='VERSION')].value}"
    with step("rollout status follows an update to its end"):
        k("set", "env", "deploy/hello", "VERSION=2").ok()
        contains(k("rollout", "status", "deploy/hello", "--timeout=60s").ok().stdout,
                 "successfully rolled out")
    with step("rollout history lists the revisions, and shows one"):
        matches(k("rollout", "history", "deploy/hello").ok().stdout, r"^3 ")
        matches(k("rollout", "history", "deploy/hello", "--revision=3").ok().stdout, r"VERSION:\s+2")
    with step("rollout undo goes back"):
        contains(k("rollout", "undo", "deploy/hello").ok().stdout, "rolled back")
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
        equal(k("get", "deploy", "hello", "-o", version).ok().stdout, "", "VERSION")
    with step("a paused rollout waits until it is resumed"):
        k("rollout", "pause", "deploy/hello").ok()
        k("set", "env", "deploy/hello", "VERSION=3").ok()
        k("wait", "--for=jsonpath={.status.conditions[?(@.type=='Progressing')].reason}=DeploymentPaused",
          "deploy/hello", "--timeout=30s").ok()
        k("rollout", "resume", "deploy/hello").ok()
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
    with step("rollout restart makes all pods anew"):
        before = k("get", "pods", "-l", "app=hello", "-o", "name").ok().stdout.split()
        k("rollout", "restart", "deploy/hello").ok()
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
        k("wait", "--for=delete", *before, "--timeout=30s").ok()


def get(port, path="/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def streams(step, cloud, k, start):
    with step("run starts a pod"):
        contains(k("run", "one", "--image=hello:1", "--env=POD_NAME=one").ok().stdout, "pod/one created")
        k("wait", "--for=condition=Ready", "pod/one", "--timeout=30s").ok()
    with step("run -i reads from us and prints what the container says"):
        said = k("run", "talk", "-i", "--rm", "--restart=Never", "--image=hello:1", "--command", "--", "sh",
                 "-c", "read line; echo got $line", input="milk\n").ok().stdout
        contains(said, "got milk")
        contains(k("get", "pod", "talk").fails(1).stderr, "NotFound")
    with step("port-forward to a pod and to a service carries requests"):
        for target in ("pod/one", "service/hello"):
            port = "8080" if target == "pod/one" else "80"
            with start("port-forward", target, f":{port}") as forward:
                local = forward.expect(r"Forwarding from 127\.0\.0\.1:(\d+)")[1]
                for _ in range(3):
                    matches(get(local), r"^Hello from (one|hello-\S+) \(version")
    with step("logs prints all, the end, the newest, with times, and of many"):
        contains(k("logs", "one").ok().stdout, "hello: listening on port 8080")
        contains(k("logs", "one", "--tail=1").ok().stdout, "GET / 200")
        equal(len(k("logs", "one", "--tail=2").ok().stdout.splitlines()), 2, "lines")
        matches(k("logs", "one", "--timestamps", "--tail=1").ok().stdout,
                r"^\d{4}-\d\d-\d\dT\S+Z \S+ GET / 200")
        equal(k("logs", "one", "--since-time=2199-01-01T00:00:00Z").ok().stdout, "", "logs of the future")
        contains(k("logs", "deploy/hello", "--since=1h").ok().stdout, "hello: listening")
        equal(len(k("logs", "-l", "app=hello", "--prefix", "--tail=1").ok().stdout.splitlines()), 2, "lines")
        contains(k("logs", "one", "--previous").fails(1).stderr, "previous terminated container")
        contains(k("logs", "one", "-c", "nobody").fails(1).stderr, "container nobody is not valid")
    with step("logs -f goes on as lines come, and ends with the container"):
        with start("logs", "-f", "one", "--tail=1") as follow:
            follow.expect("GET / 200")
            with start("port-forward", "pod/one", ":8080") as forward:
                local = forward.expect(r"Forwarding from 127\.0\.0\.1:(\d+)")[1]
                get(local, "/hostname")
                follow.expect(r"GET /hostname 200")
            k("exec", "one", "--", "kill", "1")  # May itself be killed with the container.
            follow.expect("hello: stopping")
            equal(follow.wait(), 0, "exit code of logs -f")
        k("wait", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "pod/one",
          "--timeout=30s").ok()
        k("wait", "--for=condition=Ready", "pod/one", "--timeout=30s").ok()
        contains(k("logs", "one", "--previous").ok().stdout, "hello: stopping")
    with step("exec has output, errors, input up to its end, and an exit code"):
        both = k("exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7").fails(7)
        equal((both.stdout, both.stderr.splitlines()[0]), ("out\n", "err"), "streams")
        equal(k("exec", "-i", "one", "--", "wc", "-c", input="x" * 3_000_000).ok().stdout.strip(), "3000000")
        equal(len(k("exec", "one", "--", "head", "-c", "5000000", "/dev/zero").ok().stdout), 5_000_000,
              "bytes")
        contains(k("exec", "one", "--", "/nonsense").fails().stderr, "/nonsense")
        matches(k("exec", "deploy/hello", "--", "hostname").ok().stdout, r"^hello-")
    if shutil.which("script"):
        with step("exec -it is a terminal of our size"):
            line = shlex.join(["kubectl", "--kubeconfig", str(cloud.kubeconfig), "exec", "-it", "one", "--",
                               "sh"])
            with Running("script", "-qec", f"stty rows 33 cols 77; {line}", "/dev/null") as terminal:
                terminal.send("stty size\n")
                terminal.expect(r"^33 77")
                terminal.send("tty; exit 4\n")
                terminal.expect(r"/dev/pts/\d")
                equal(terminal.wait(), 4, "exit code")
    with step("attach reads what the container writes from now on"):
        with start("attach", "one") as attach:
            with start("port-forward", "pod/one", ":8080") as forward:
                local = forward.expect(r"Forwarding from 127\.0\.0\.1:(\d+)")[1]
                # Attaching announces nothing by itself, so ask until a line of the container comes.
                for attempt in range(50):
                    get(local, "/hostname")
                    try:
                        attach.expect("GET /hostname 200", timeout=0.2)
                        break
                    except AssertionError:
                        assert attempt < 49, "attach showed nothing"
    with step("cp carries files and folders both ways"):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "there").mkdir()
            (folder / "there/big").write_bytes(os.urandom(2_000_000))
            (folder / "there/small").write_text("milk\n")
            k("cp", f"{folder}/there", "one:/tmp/there").ok()
            equal(k("exec", "one", "--", "cat", "/tmp/there/small").ok().stdout, "milk\n")
            k("cp", "one:/tmp/there", f"{folder}/back").ok()
            equal((folder / "back/big").read_bytes(), (folder / "there/big").read_bytes(), "big file")
    with step("debug puts a shell beside the processes of a container"):
        debug = ["debug", "one", "--image=hello:1", "--profile=general", "-i"]
        contains(k(*debug, "--target=nobody", "--", "sh").fails(1).stderr,
                 'targetContainerName: Not found: "nobody"')
        with start(*debug, "--target=one", "--", "sh") as shell:
            shell.expect("If you don't see a command prompt")
            shell.send("ps\n")
            shell.expect(r"1 \S+ +/hello$")
            shell.send("exit\n")
            equal(shell.wait(), 0, "exit code")
        contains(k("describe", "pod", "one").ok().stdout, "Ephemeral Containers:")
    with step("get --raw reaches pods, services and nodes by way of the API"):
        here = "/api/v1/namespaces/default"
        contains(k("get", "--raw", f"{here}/pods/one:8080/proxy/").ok().stdout, "Hello from one")
        equal(k("get", "--raw", f"{here}/pods/one:8080/proxy/healthz").ok().stdout, "ok\n")
        contains(k("get", "--raw", f"{here}/services/hello:80/proxy/?a=b").ok().stdout, "Hello from hello-")
        contains(k("get", "--raw", f"{here}/services/nobody:80/proxy/").fails(1).stderr, "not found")
        contains(k("get", "--raw", f"{here}/pods/one:1/proxy/").fails(1).stderr,
                 "error trying to reach service")
        node = k("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}").ok().stdout
        equal(k("get", "--raw", f"/api/v1/nodes/{node}/proxy/healthz").ok().stdout, "ok")
        contains(k("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary").ok().stdout, '"pods"')
    with step("proxy passes everything through"):
        with start("proxy", "--port=0") as proxy:
            port = proxy.expect(r"Starting to serve on 127\.0\.0\.1:(\d+)")[1]
            equal(json.loads(get(port, "/api/v1/namespaces/default/pods/one"))["metadata"]["name"], "one")
            contains(get(port, "/version"), "gitVersion")
            # A page without its slash leads to the one with it, by way of the proxy again.
            contains(get(port, "/api/v1/namespaces/default/pods/one:8080/proxy"), "Hello from one")


def nodes(step, k):
    node = k("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}").ok().stdout
    with step("a cordoned node takes no pods, and says so"):
        contains(k("cordon", node).ok().stdout, "cordoned")
        contains(k("get", "nodes").ok().stdout, "Ready,SchedulingDisabled")
        k("run", "waits", "--image=hello:1").ok()
        k("wait", "--for=jsonpath={.status.conditions[0].reason}=Unschedulable", "pod/waits",
          "--timeout=30s").ok()
        contains(k("describe", "pod", "waits").ok().stdout, "FailedScheduling")
        contains(k("uncordon", node).ok().stdout, "uncordoned")
        k("wait", "--for=condition=Ready", "pod/waits", "--timeout=60s").ok()
    with step("a taint keeps pods away until it is gone"):
        contains(k("taint", "node", node, "only=us:NoSchedule").ok().stdout, "tainted")
        matches(k("describe", "node", node).ok().stdout, r"Taints: +only=us:NoSchedule")
        contains(k("taint", "node", node, "only-").ok().stdout, "untainted")
    with step("drain moves everything off a node"):
        contains(k("drain", node, "--dry-run=server", "--force").ok().stdout, "server dry run")
        contains(k("drain", node).fails().stderr, "cannot delete Pods that declare no controller")
        contains(k("drain", node, "--force", "--delete-emptydir-data", "--timeout=60s").ok().stdout,
                 "drained")
        running = k("get", "pods", "--field-selector=status.phase=Running", "-o", "name").ok().stdout
        equal(running, "", "running pods")
        k("uncordon", node).ok()
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()


def deleting(step, k):
    pods = ["get", "pods", "-l", "app=hello", "-o", "name"]
    with step("delete waits until a pod is gone, and its owner makes another"):
        name = k(*pods).ok().stdout.split()[0]
        contains(k("delete", name).ok().stdout, "deleted")
        contains(k("get", name).fails(1).stderr, "NotFound")
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
    with step("delete --force does not wait for the machine"):
        name = k(*pods).ok().stdout.split()[0]
        contains(k("delete", name, "--force", "--grace-period=0").ok().stdout, "force deleted")
        contains(k("get", name).fails(1).stderr, "NotFound")
    with step("delete by label, and with --ignore-not-found"):
        k("delete", "cm", "-l", "team=blue").ok()
        contains(k("get", "cm", "-l", "team=blue").ok().stderr, "No resources found")
        k("delete", "cm", "kept").fails(1)
        k("delete", "cm", "kept", "--ignore-not-found").ok()
    with step("an orphaned replica set stays with its pods"):
        k("delete", "deploy", "hello", "--cascade=orphan").ok()
        k("wait", "--for=jsonpath={.metadata.ownerReferences}", "rs", "-l", "app=hello",
          "--timeout=0s").fails()
        assert k(*pods).ok().stdout, "the pods went away"
    with step("a foreground deletion ends after that of the pods"):
        k("delete", "rs", "-l", "app=hello", "--cascade=foreground", "--timeout=60s").ok()
        equal(k(*pods).ok().stdout, "", "pods")
    with step("a background deletion takes the pods with it"):
        k("apply", "-f", "examples/hello").ok()
        k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
        k("delete", "-f", "examples/hello", "--cascade=background").ok()
        k("wait", "--for=delete", "pod", "-l", "app=hello", "--timeout=60s").ok()


def journey(step):
    with Cloud() as cloud:
        k, start = functools.partial(kubectl, cloud), functools.partial(kubectl_start, cloud)
        about_the_cloud(step, k)
        creating(step, k)
        reading(step, k, start)
        applying(step, k)
        changing(step, k, start)
        rollouts(step, k)
        streams(step, cloud, k, start)
        nodes(step, k)
        deleting(step, k)
