"""What a cloud could leave behind on the machine: `aloft down` must leave none of it."""
import os
import pathlib
import re

from .process import run


def _lines(*command):
    done = run(*command)
    return set(done.stdout.splitlines()) if done.code == 0 else set()


def _cgroups():
    # os.walk passes over folders that go while we look.
    return {os.path.join(place, name) for place, folders, _ in os.walk("/sys/fs/cgroup") for name in folders
            if re.search(r"aloft|kubepods|cri-containerd", name)}


def _container_processes():
    found = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text().strip()
            ended = "\nState:\tZ" in (folder / "status").read_text()
        except OSError:
            continue  # It ended while we looked.
        if not ended and name.startswith(("containerd", "runc", "aloft")):
            found.add(f"{folder.name} {name}")
    return found


def machine_state():
    """Sets of lines by kind: mounts, network namespaces, links, addresses, rules, cgroups, processes."""
    mounts = {" ".join(line.split()[:3])
              for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()}
    links = {re.split(r":\s+|@", line)[1] for line in _lines("ip", "-o", "link")}
    addresses = {" ".join(line.split()[1:4]) for line in _lines("ip", "-o", "address")}
    return {
        "mounts": mounts,
        "network namespaces": _lines("ip", "netns", "list"),
        "links": links,
        "addresses": addresses,
        "routes": _lines("ip", "route", "show", "table", "all"),
        "nftables": _lines("nft", "--stateless", "list", "ruleset"),
        "iptables": {line for line in _lines("iptables-save") if not line.startswith(("#", ":"))},
        "cgroups": _cgroups(),
        "processes": _container_processes(),
    }
