"""Two clouds live beside each other on one machine without being told how to share its addresses."""
import functools
import ipaddress
import json

from harness import Cloud, contains, equal, kubectl, run
from harness.cloud import binary

NEEDS = ["runtime", "kubectl"]


def ranges(cloud):
    """What the cloud uses, as it wrote it down."""
    kept = json.loads((cloud.data_dir / "ranges.json").read_text())
    return [ipaddress.ip_network(kept[name]) for name in ("pods", "services")]


def start_refused(cloud, *arguments):
    """The complaint of a start that must fail."""
    return run(str(binary()), "up", "--data-dir", str(cloud.data_dir), "--listen", "127.0.0.1:0", *arguments,
               timeout=30.0).fails().stderr


def has_a_pod(cloud):
    k = functools.partial(kubectl, cloud)
    k("run", "one", "--image=hello:1", "--port=8080").ok()
    k("wait", "--for=condition=Ready", "pod/one", "--timeout=60s").ok()
    return ipaddress.ip_address(k("get", "pod", "one", "-o", "jsonpath={.status.podIP}").ok().stdout)


def journey(step):
    with Cloud() as first, Cloud() as second:
        with step("the second cloud takes addresses that the first does not have"):
            for ours in ranges(first):
                for theirs in ranges(second):
                    assert not ours.overlaps(theirs), f"{ours} and {theirs}"
        with step("both run pods, each in its range"):
            for cloud in (first, second):
                assert has_a_pod(cloud) in ranges(cloud)[0]
        with step("a cloud keeps its addresses over a restart, also when others are free again"):
            before = ranges(second)
            equal(second.stop(), 0, "exit code")
            equal(first.stop(), 0, "exit code")
            second.start()
            equal(ranges(second), before, "ranges")
            equal(second.stop(), 0, "exit code")
        with step("other ranges for a cloud that has objects are refused with what to do"):
            for option, whose in (("--service-range", "services"), ("--pod-range", "pods")):
                complaint = start_refused(second, option, "10.200.0.0/16")
                contains(complaint, f"{option} 10.200.0.0/16: the {whose} of this cloud have addresses of")
                contains(complaint, "--data-dir")
