"""An operator removes a cloud, and the machine is as it was before, whatever happened in between."""
import functools
import json
import os
import signal

from harness import Cloud, contains, equal, kubectl, machine_state, wait_until

NEEDS = ["runtime", "kubectl", "alone"]


def pod(name, container, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "main", "image": "hello:1", **container}], **spec}}


MARKS = [pod("crashes", {"command": ["false"]}), pod("nowhere", {"image": "localhost:1/nothing:1"}),
         pod("memory", {"volumeMounts": [{"name": "m", "mountPath": "/m"}]},
             volumes=[{"name": "m", "emptyDir": {"medium": "Memory"}}]),
         {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "open"},
          "spec": {"type": "NodePort", "selector": {"app": "hello"},
                   "ports": [{"port": 80, "targetPort": 8080}]}}]


def a_busy_cloud(cloud):
    """Pods in many states, a node port, volumes and addresses: all that a cloud puts on a machine."""
    k = functools.partial(kubectl, cloud)
    k("apply", "-f", "examples/hello").ok()
    k("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": MARKS})).ok()
    k("rollout", "status", "deploy/hello", "--timeout=60s").ok()
    k("wait", "--for=condition=Ready", "pod/memory", "--timeout=30s").ok()


def is_as(before):
    """Nothing is left and nothing is missing. Links and processes that just end are given the time to."""
    def same():
        after = machine_state()
        for kind in before:
            equal(after[kind] - before[kind], set(), f"{kind} that are left")
            equal(before[kind] - after[kind], set(), f"{kind} that are missing")
        return True

    wait_until(same, what="the machine is as before")


def journey(step):
    before = machine_state()
    with Cloud() as cloud:
        with step("a cloud with pods leaves its marks on the machine"):
            a_busy_cloud(cloud)
            during = machine_state()
            for kind in ("mounts", "links", "addresses", "nftables", "cgroups", "processes"):
                assert during[kind] - before[kind], f"no {kind} of a running cloud were found"
        with step("after a stop its pods still run"):
            equal(cloud.stop(), 0, "exit code")
            assert machine_state()["mounts"] - before["mounts"], "the pods are gone"
        with step("after aloft down nothing is left"):
            cloud.down().ok()
            is_as(before)
        with step("a second down has nothing to do and says so with success"):
            cloud.down().ok()
        with step("the same after kill -9"):
            cloud.start()
            a_busy_cloud(cloud)
            cloud.kill()
            cloud.aloft("down", timeout=120.0).ok()
            is_as(before)
        with step("the same after kill -9 of the container runtime as well"):
            cloud.start()
            a_busy_cloud(cloud)
            cloud.kill()
            os.kill(int((cloud.data_dir / "containerd/pid").read_text()), signal.SIGKILL)
            cloud.aloft("down", timeout=120.0).ok()
            is_as(before)
        with step("down of a running cloud ends it first"):
            cloud.start()
            contains(kubectl(cloud, "get", "nodes").ok().stdout, "Ready")
            cloud.aloft("down", timeout=120.0).ok()
            equal(cloud.process.wait(), 0, "exit code of aloft up")
            is_as(before)
