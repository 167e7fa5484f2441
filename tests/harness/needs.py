"""What a journey may need from the machine, and the line that says what is missing."""
import os
import shutil

from .cloud import ROOT, binary


def _root():
    return None if os.geteuid() == 0 else "needs root"


def _command(name):
    return lambda: None if shutil.which(name) else f"needs {name} on PATH"


def _recordings():
    folder = ROOT.parent / "shared/k8s/golden"
    return None if folder.exists() else f"needs the recordings of another server in {folder.relative_to(ROOT.parent)}"


NEEDS = {
    "root": [_root],
    "kubectl": [_command("kubectl")],
    # Everything that runs containers.
    "runtime": [_root, _command("containerd"), _command("runc"), _command("nft"), _command("ip")],
    "busybox": [_command("busybox")],
    "recording": [_recordings],
    "node": [_command("node"), _command("npm")],
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
