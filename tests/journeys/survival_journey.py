"""Containers fail, configuration changes, the cloud dies: a user sees pods do what they know of pods."""
import functools
import json

from harness import Cloud, contains, equal, kubectl, kubectl_start, matches, run, wait_until

NEEDS = ["runtime", "kubectl"]


def pod(name, command=None, **more):
    """A pod of the example's image; `more` goes into its container, `spec` into its spec."""
    spec = more.pop("spec", {})
    container = {"name": "main", "image": "hello:1", **({"command": ["sh", "-c",
                                                                     command]} if command else {}), **more}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                       "spec": {"terminationGracePeriodSeconds": 1, "containers": [container], **spec}})


def status(k, name):
    return k("get", "pod", name, "-o", "json").json()["status"]


def waits_for(k, name, path, value):
    """Waits until the status of the pod's container has a value at `path`."""
    k("wait", f"--for=jsonpath={{.status.containerStatuses[0].{path}}}={value}", f"pod/{name}",
      "--timeout=60s").ok()


def failing(step, k):
    with step("a container that is killed comes back, and its restarts are counted"):
        k("apply", "-f", "-", input=pod("killed")).ok()
        k("wait", "--for=condition=Ready", "pod/killed", "--timeout=30s").ok()
        before = status(k, "killed")["containerStatuses"][0]["containerID"]
        k("exec", "killed", "--", "kill", "-9", "1")
        k("exec", "killed", "--", "kill", "1")
        waits_for(k, "killed", "restartCount", 1)
        k("wait", "--for=condition=Ready", "pod/killed", "--timeout=30s").ok()
        matches(k("get", "pod", "killed").ok().stdout, r"1/1 +Running +1 \(\d+s ago\)")
        assert status(k, "killed")["containerStatuses"][0]["containerID"] != before, "the same container"
    with step("one that ends again and again is in CrashLoopBackOff, with its last words in the logs"):
        k("apply", "-f", "-", input=pod("crashes", "echo oh no; exit 3")).ok()
        waits_for(k, "crashes", "state.waiting.reason", "CrashLoopBackOff")
        matches(k("get", "pod", "crashes").ok().stdout, r"0/1 +CrashLoopBackOff +\d")
        contains(k("logs", "crashes").ok().stdout, "oh no")
        contains(k("logs", "crashes", "--previous").ok().stdout, "oh no")
        told = k("describe", "pod", "crashes").ok().stdout
        matches(told, r"Exit Code: +3")
        matches(told, r"Warning +BackOff .* Back-off restarting failed container main")
    with step("one that should run once is Completed, or Error"):
        for name, command, shown in (("succeeds", "exit 0", "Completed"), ("fails", "exit 4", "Error")):
            k("apply", "-f", "-", input=pod(name, command, spec={"restartPolicy": "Never"})).ok()
            phase = "Succeeded" if shown == "Completed" else "Failed"
            k("wait", f"--for=jsonpath={{.status.phase}}={phase}", f"pod/{name}", "--timeout=30s").ok()
            matches(k("get", "pod", name).ok().stdout, rf"0/1 +{shown} +0")
    with step("an image that is nowhere is ErrImagePull, then ImagePullBackOff, until it is corrected"):
        with kubectl_started(k, "get", "pods", "-w") as watch:
            k("apply", "-f", "-", input=pod("pulls", image="localhost:1/nobody/nothing:9")).ok()
            watch.expect(r"^pulls +0/1 +ErrImagePull", timeout=60)
            watch.expect(r"^pulls +0/1 +ImagePullBackOff", timeout=60)
        matches(k("describe", "pod", "pulls").ok().stdout, r"Failed .*Failed to pull image")
        k("set", "image", "pod/pulls", "main=hello:1").ok()
        k("wait", "--for=condition=Ready", "pod/pulls", "--timeout=60s").ok()
    with step("one that takes more memory than its limit is OOMKilled"):
        k("apply", "-f", "-", input=pod("eats", "tail /dev/zero", spec={"restartPolicy": "Never"},
                                        resources={"limits": {"memory": "16Mi"}})).ok()
        waits_for(k, "eats", "state.terminated.reason", "OOMKilled")
        matches(k("get", "pod", "eats").ok().stdout, r"0/1 +OOMKilled")
        equal(status(k, "eats")["containerStatuses"][0]["state"]["terminated"]["exitCode"], 137, "exit code")
    with step("activeDeadlineSeconds ends a pod"):
        k("apply", "-f", "-", input=pod("late", spec={"activeDeadlineSeconds": 1})).ok()
        k("wait", "--for=jsonpath={.status.phase}=Failed", "pod/late", "--timeout=30s").ok()
        equal(status(k, "late")["reason"], "DeadlineExceeded", "reason")
    with step("a name that is none of an image is told from one that cannot be pulled"):
        k("apply", "-f", "-", input=pod("misspelt", image="Hello::1")).ok()
        waits_for(k, "misspelt", "state.waiting.reason", "InvalidImageName")
    with step("a pod that names its node itself is refused there when it does not fit"):
        node = k("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}").ok().stdout
        huge = {"resources": {"requests": {"cpu": "1000"}}, "spec": {"nodeName": node}}
        k("apply", "-f", "-", input=pod("huge", **huge)).ok()
        picky = {"spec": {"nodeName": node, "nodeSelector": {"no": "such"}}}
        k("apply", "-f", "-", input=pod("picky", **picky)).ok()
        for name, reason in (("huge", "OutOfcpu"), ("picky", "NodeAffinity")):
            k("wait", "--for=jsonpath={.status.phase}=Failed", f"pod/{name}", "--timeout=30s").ok()
            matches(k("get", "pod", name).ok().stdout, rf"0/1 +{reason} +0")
        contains(k("logs", "huge").fails().stderr, 'container "main" in pod "huge" is not available')
    with step("one that writes more to an emptyDir than it may is Evicted"):
        spec = {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Mi"}}]}
        k("apply", "-f", "-", input=pod("fills", "head -c 3000000 /dev/zero > /v/file; sleep 1000", spec=spec,
                                        volumeMounts=[{"name": "v", "mountPath": "/v"}])).ok()
        k("wait", "--for=jsonpath={.status.reason}=Evicted", "pod/fills", "--timeout=60s").ok()
        contains(status(k, "fills")["message"], 'Usage of EmptyDir volume "v" exceeds the limit "1Mi"')


def kubectl_started(k, *arguments):
    """The same kubectl as `k`, running beside us."""
    return kubectl_start(*k.args, *arguments)


def phases(step, k):
    with step("init containers run one after the other before the container"):
        first = {"name": "first", "image": "hello:1", "command": ["sh", "-c", "echo one > /shared/out"]}
        second = {"name": "second", "image": "hello:1", "command": ["sh", "-c", "echo two >> /shared/out"]}
        mount = [{"name": "shared", "mountPath": "/shared"}]
        spec = {"volumes": [{"name": "shared", "emptyDir": {}}],
                "initContainers": [{**first, "volumeMounts": mount}, {**second, "volumeMounts": mount}]}
        with kubectl_started(k, "get", "pods", "-w") as watch:
            k("apply", "-f", "-", input=pod("inits", volumeMounts=mount, spec=spec)).ok()
            watch.expect(r"^inits +0/1 +Init:0/2")
            watch.expect(r"^inits +1/1 +Running", timeout=60)
        equal(k("exec", "inits", "--", "cat", "/shared/out").ok().stdout, "one\ntwo\n")
    with step("a failing init container holds the pod back"):
        spec = {"initContainers": [{"name": "first", "image": "hello:1", "command": ["false"]}]}
        k("apply", "-f", "-", input=pod("held", spec=spec)).ok()
        k("wait", "--for=jsonpath={.status.initContainerStatuses[0].state.waiting.reason}=CrashLoopBackOff",
          "pod/held", "--timeout=60s").ok()
        matches(k("get", "pod", "held").ok().stdout, r"0/1 +Init:CrashLoopBackOff")
    with step("a readiness probe that fails takes the pod out, one that passes brings it back"):
        ready = {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1, "failureThreshold": 1}
        k("apply", "-f", "-", input=pod("shy", readinessProbe=ready)).ok()
        k("wait", "--for=jsonpath={.status.phase}=Running", "pod/shy", "--timeout=30s").ok()
        matches(k("get", "pod", "shy").ok().stdout, r"0/1 +Running")
        k("exec", "shy", "--", "touch", "/tmp/ready").ok()
        k("wait", "--for=condition=Ready", "pod/shy", "--timeout=30s").ok()
        k("exec", "shy", "--", "rm", "/tmp/ready").ok()
        k("wait", "--for=condition=Ready=false", "pod/shy", "--timeout=30s").ok()
        matches(k("describe", "pod", "shy").ok().stdout, r"Warning +Unhealthy .*Readiness probe failed")
    with step("a liveness probe that fails restarts the container"):
        alive = {"httpGet": {"path": "/nowhere", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
        k("apply", "-f", "-", input=pod("ill", livenessProbe=alive)).ok()
        waits_for(k, "ill", "restartCount", 1)
        told = k("describe", "pod", "ill").ok().stdout
        matches(told, r"Warning +Unhealthy .*Liveness probe failed: HTTP probe failed with statuscode: 404")
        matches(told, r"Normal +Killing .*failed liveness probe, will be restarted")
    with step("a startup probe holds the others back"):
        started = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
        k("apply", "-f", "-", input=pod("starts", startupProbe=started)).ok()
        k("wait", "--for=condition=Ready", "pod/starts", "--timeout=30s").ok()
        equal(status(k, "starts")["containerStatuses"][0]["started"], True, "started")


def configuring(step, k):
    with step("environment and files come from ConfigMap, Secret and the pod itself"):
        k("create", "configmap", "colors", "--from-literal=wall=red").ok()
        k("create", "secret", "generic", "keys", "--from-literal=door=1234").ok()
        env = [{"name": "WALL", "valueFrom": {"configMapKeyRef": {"name": "colors", "key": "wall"}}},
               {"name": "DOOR", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "door"}}},
               {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
               {"name": "ALL", "value": "$(WALL)-$(DOOR)"}]
        volumes = [{"name": "colors", "configMap": {"name": "colors"}},
                   {"name": "keys", "secret": {"secretName": "keys", "defaultMode": 0o400}}]
        mounts = [{"name": "colors", "mountPath": "/colors"}, {"name": "keys", "mountPath": "/keys"}]
        k("apply", "-f", "-", input=pod("reads", env=env, volumeMounts=mounts,
                                        spec={"volumes": volumes})).ok()
        k("wait", "--for=condition=Ready", "pod/reads", "--timeout=30s").ok()
        seen = k("exec", "reads", "--", "sh", "-c",
                 "echo $ALL $ME $(cat /colors/wall /keys/door)").ok().stdout
        equal(seen, "red-1234 reads red1234\n", "what the pod read")
    with step("a changed ConfigMap reaches the files of a running pod"):
        k("patch", "configmap", "colors", "-p", '{"data":{"wall":"blue"}}').ok()
        # Any change of the pod makes the node look at once; otherwise it does so every minute.
        k("annotate", "pod", "reads", "look=again").ok()
        wait_until(lambda: k("exec", "reads", "--", "cat", "/colors/wall").ok().stdout == "blue", timeout=90,
                   what="the file says blue")
    with step("a pod waits for the ConfigMap it needs"):
        env = [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "later", "key": "x"}}}]
        k("apply", "-f", "-", input=pod("needs", env=env)).ok()
        waits_for(k, "needs", "state.waiting.reason", "CreateContainerConfigError")
        contains(k("describe", "pod", "needs").ok().stdout, 'configmap "later" not found')
        k("create", "configmap", "later", "--from-literal=x=y").ok()
        k("wait", "--for=condition=Ready", "pod/needs", "--timeout=60s").ok()


def ending(step, k):
    with step("hooks run after the start and before the end; grace is what the pod asked for"):
        words = "trap 'echo terminated; exit 0' TERM; echo started; while :; do sleep 0.1; done"
        hooks = {"postStart": {"exec": {"command": ["sh", "-c", "echo post > /tmp/post"]}},
                 "preStop": {"exec": {"command": ["sh", "-c", "echo goodbye > /proc/1/fd/1"]}}}
        k("apply", "-f", "-", input=pod("polite", words, lifecycle=hooks,
                                        spec={"terminationGracePeriodSeconds": 20})).ok()
        k("wait", "--for=condition=Ready", "pod/polite", "--timeout=30s").ok()
        equal(k("exec", "polite", "--", "cat", "/tmp/post").ok().stdout, "post\n")
        with kubectl_started(k, "logs", "-f", "polite") as follow:
            follow.expect("started")
            k("delete", "pod", "polite", "--wait=false").ok()
            follow.expect("goodbye")
            follow.expect("terminated")
        k("wait", "--for=delete", "pod/polite", "--timeout=30s").ok()
    with step("one that ignores the end is killed when its grace is over"):
        k("apply", "-f", "-", input=pod("stubborn", "trap '' TERM; while :; do sleep 0.1; done")).ok()
        k("wait", "--for=condition=Ready", "pod/stubborn", "--timeout=30s").ok()
        k("delete", "pod", "stubborn", "--timeout=30s").ok()


def lives(k):
    """What must not change when the cloud restarts: containers, restarts, start times and addresses."""
    return {item["metadata"]["name"]: [(c["containerID"], c["restartCount"], c["state"]) for c in
                                       item["status"]["containerStatuses"]] + [item["status"]["podIP"]]
            for item in k("get", "pods", "-l", "app=hello", "-o", "json").json()["items"]}


def journey(step):
    with Cloud() as cloud:
        k = functools.partial(kubectl, cloud)
        failing(step, k)
        phases(step, k)
        configuring(step, k)
        ending(step, k)
        with step("all of them go when they are deleted"):
            k("delete", "pods", "--all", "--timeout=60s").ok()
        for way in ("killed", "stopped"):
            with step(f"aloft is {way}, starts again and finds its pods as they were"):
                k("apply", "-f", "examples/hello").ok()
                k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
                before = lives(k)
                equal(len(before), 3, "pods")
                if way == "killed":
                    cloud.kill()
                else:
                    equal(cloud.stop(), 0, "exit code")
                cloud.start()
                k("wait", "--for=condition=Ready", "node", "--all", "--timeout=30s").ok()
                k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
                equal(lives(k), before, "pods")
                contains(k("exec", "deploy/hello", "--", "wget", "-qO-", "http://hello").ok().stdout,
                         "Hello from")
                contains(k("logs", "deploy/hello").ok().stdout, "hello: listening")
        with step("a container that died while aloft was away comes back"):
            name = sorted(before)[0]
            container = before[name][0][0].removeprefix("containerd://")
            cloud.kill()
            run("ctr", "--address", str(cloud.data_dir / "containerd/containerd.sock"), "--namespace",
                "k8s.io",
                "tasks", "kill", "--signal", "SIGKILL", container).ok()
            cloud.start()
            waits_for(k, name, "restartCount", 1)
            k("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=30s").ok()
            after = lives(k)
            assert after.pop(name) != before.pop(name), "the same container"
            equal(after, before, "the other pods")
