"""A program in JavaScript uses the cloud through npm's @kubernetes/client-node as it would any other."""
import json
import os

from harness import Cloud, contains, equal, kubectl, run
from harness.cloud import ROOT

NEEDS = ["runtime", "kubectl", "node"]
PROGRAM = ROOT / "tests/journeys/client_node.mjs"
TOOLS = ROOT / "build/tools/client-node"
PACKAGE = "@kubernetes/client-node@1.4.0"


def installed():
    """Whether the package is there, or can be fetched."""
    if not (TOOLS / "node_modules/@kubernetes/client-node/package.json").exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--no-audit", "--no-fund", "--silent", "--fetch-retries=0", "--prefix",
            str(TOOLS),
            PACKAGE, timeout=300.0)
    return (TOOLS / "node_modules/@kubernetes/client-node/package.json").exists()


def journey(step):
    if not installed():
        print(f"  {PACKAGE} is not at hand: not in build/tools, not from npm")
        return
    with Cloud() as cloud:
        with step("the example is deployed"):
            kubectl(cloud, "apply", "-f", "examples/hello").ok()
            kubectl(cloud, "rollout", "status", "deployment/hello", "--timeout=60s").ok()
        with step("the program runs to its end"):
            environment = {**os.environ, "KUBECONFIG": str(cloud.kubeconfig), "CLIENT_NODE": str(TOOLS)}
            told = json.loads(run("node", str(PROGRAM), env=environment,
                                  timeout=120.0).ok().stdout.splitlines()[-1])
        with step("it listed nodes, pods and deployments"):
            equal(told["nodes"], 1, "nodes")
            equal(told["pods"], 3, "pods")
            equal(told["replicas"], 3, "replicas of the deployment")
        with step("it made, read, replaced and patched a ConfigMap in every way"):
            equal(told["created"], {"a": "1"}, "created")
            equal(told["replaced"], {"a": "2"}, "replaced")
            equal(told["patched"], {"a": "2", "json": "3", "merge": "4", "strategic": "5"}, "patched")
            equal(told["conflict"], 409, "code of a replace of what has changed")
            equal(told["missing"], 404, "code of what does not exist")
        with step("its watch and its informer saw every change, in order"):
            equal(told["watched"], ["ADDED", "MODIFIED", "MODIFIED", "MODIFIED", "MODIFIED", "DELETED"],
                  "events")
            equal(told["informed"], "watched", "what the informer saw")
        with step("it read logs and ran commands, with input and exit code"):
            contains(told["log"], "hello: listening on port 8080")
            equal(told["followed"], True, "a followed log")
            equal(told["exec"], "milk\n", "output")
            equal(told["failed"], "Failure", "status of a command that failed")
        with step("it forwarded a port over its WebSocket channels"):
            contains(told["forwarded"], "HTTP/1.1 200")
            contains(told["forwarded"], "ok")
        with step("what it deleted is gone"):
            contains(kubectl(cloud, "get", "configmap", "mine").fails(1).stderr, "NotFound")
