"""What a journey may need from the machine, and the line that says what is missing."""
import os
import pathlib
import shutil

from .cloud import ROOT, binary


def _root():
    return None if os.geteuid() == 0 else "needs root"


def _command(name):
    return lambda: None if shutil.which(name) else f"needs {name} on PATH"


def _recordings():
    folder = ROOT.parent / "shared/k8s/golden"
    return None if folder.exists() else "needs the recordings of another server beside the repository"


def _compliance():
    folder = ROOT.parent / "shared/observability/prometheus-compliance"
    return None if folder.exists() else "needs the compliance queries beside the repository"


def _alone():
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # It ended while we looked.
        if arguments[1:2] == [b"up"] and pathlib.Path(os.fsdecode(arguments[0])).name == "aloft":
            return "needs a machine on which no other cloud runs"
    return None


NEEDS = {
    "root": [_root],
    "kubectl": [_command("kubectl")],
    # Everything that runs containers.
    "runtime": [_root, _command("containerd"), _command("runc"), _command("nft"), _command("ip")],
    "busybox": [_command("busybox")],
    "recording": [_recordings],
    # What compares the machine before and after.
    "alone": [_alone],
    "node": [_command("node"), _command("npm")],
    "prometheus": [_command("prometheus")],
    "compliance": [_compliance],
    "alertmanager": [_command("prometheus-alertmanager")],
    "promtool": [_command("promtool")],
    "amtool": [_command("amtool")],
}


def missing(names):
    """Why a journey with these needs cannot run here; None when it can."""
    if not binary().exists():
        return f"the binary {binary()} does not exist; ./dev build makes it"
    for name in names:
        for check in NEEDS[name]:
            if why := check():
                return why
    return None
