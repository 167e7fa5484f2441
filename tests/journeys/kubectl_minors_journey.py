"""Users with older and newer kubectls than ours, 1.27 to 1.33, find that theirs works as well."""
import functools
import os
import pathlib
import tempfile
import urllib.request

from harness import Cloud, contains, equal, kubectl, kubectl_binaries, kubectl_start, matches

NEEDS = ["runtime", "kubectl"]


def answers(local_port):
    with urllib.request.urlopen(f"http://127.0.0.1:{local_port}/", timeout=10) as answer:
        return answer.read().decode()


def essentials(step, k, start):
    with step("apply and rollout status"):
        contains(k("apply", "-f", "examples/hello").ok().stdout, "deployment.apps/hello created")
        k("rollout", "status", "deployment/hello", "--timeout=60s").ok()
        contains(k("apply", "-f", "examples/hello").ok().stdout, "deployment.apps/hello unchanged")
        contains(k("apply", "--server-side", "--force-conflicts", "-f", "examples/hello").ok().stdout,
                 "applied")
    with step("get, describe and logs"):
        matches(k("get", "deployment").ok().stdout, r"^hello +3/3")
        pod = k("get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[0].metadata.name}").ok().stdout
        contains(k("describe", "pod", pod).ok().stdout, "Started container hello")
        contains(k("logs", pod).ok().stdout, "hello: listening on port 8080")
    with step("create and label, whichever way this kubectl sends objects"):
        k("create", "configmap", "mine", "--from-literal=a=b").ok()
        k("label", "configmap", "mine", "by=me").ok()
        equal(k("get", "configmap", "-l", "by=me", "-o", "name").ok().stdout.strip(), "configmap/mine")
        equal(k("auth", "can-i", "create", "pods").ok().stdout.strip(), "yes", "can-i")
    with step("exec with input and exit code"):
        equal(k("exec", "-i", pod, "--", "wc", "-c", input="x" * 300_000).ok().stdout.strip(), "300000")
        contains(k("exec", pod, "--", "sh", "-c", "echo why >&2; exit 3").fails(3).stderr, "why")
    with step("run -i"):
        said = k("run", "talk", "-i", "--rm", "--restart=Never", "--image=hello:1", "--command", "--", "sh",
                 "-c", "read line; echo got $line", input="milk\n").ok().stdout
        contains(said, "got milk")
    with step("cp both ways"):
        with tempfile.TemporaryDirectory() as name:
            there, back = pathlib.Path(name) / "there", pathlib.Path(name) / "back"
            there.write_bytes(os.urandom(200_000))
            k("cp", str(there), f"{pod}:/tmp/there").ok()
            k("cp", f"{pod}:/tmp/there", str(back)).ok()
            equal(back.read_bytes(), there.read_bytes(), "file")
    with step("port-forward"):
        with start("port-forward", "service/hello", ":80") as forward:
            port = forward.expect(r"Forwarding from 127\.0\.0\.1:(\d+)")[1]
            for _ in range(3):
                contains(answers(port), "Hello from hello-")
    with step("delete"):
        k("delete", "-f", "examples/hello").ok()
        k("delete", "configmap/mine").ok()
        k("wait", "--for=delete", "pod", "-l", "app=hello", "--timeout=60s").ok()


def journey(step):
    with Cloud() as cloud:
        for version, binary in kubectl_binaries().items():
            essentials(lambda what, version=version: step(f"{version}: {what}"),
                       functools.partial(kubectl, cloud, binary=binary),
                       functools.partial(kubectl_start, cloud, binary=binary))
