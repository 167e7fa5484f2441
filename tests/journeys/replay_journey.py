"""What kubectl asked another server in 110 commands is asked again here, and the answers are compared."""
import os
import pathlib
import shutil
import sys
import tempfile

from harness import Cloud
from harness.api import Api
from harness.cloud import ROOT
from harness.replay import Explanations, Replay, is_stream, quoted, read_recording

NEEDS = ["runtime", "busybox", "recording"]
RECORDING = ROOT.parent / "shared/k8s/golden/kubectl-1.32-session.jsonl"
NAMESPACES = {"gold", "default", "kube-system", "kube-public", "kube-node-lease"}


def build_image(cloud):
    """The image that the recorded pods run: a file system that holds busybox and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rootfs/bin").mkdir(parents=True)
        (folder / "rootfs/tmp").mkdir()
        shutil.copy(shutil.which("busybox"), folder / "rootfs/bin/busybox")
        for name in ("sh", "sleep", "httpd", "mkdir", "cat", "tar", "test", "ls", "echo"):
            (folder / "rootfs/bin" / name).symlink_to("busybox")
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY rootfs /\nENV PATH=/bin\n")
        cloud.aloft("image", "build", "-t", "localhost/busybox:1", str(folder)).ok()


def compare(cloud):
    replay = Replay(Api(cloud), NAMESPACES, {"peer1"}, float(os.environ.get("ALOFT_REPLAY_PATIENCE", "2")))
    records = read_recording(RECORDING)
    differences, running, settled = [], [], []
    for record in records:
        if os.environ.get("ALOFT_SHOW_DIFFERENCES"):
            print(record.number, len(differences), file=sys.stderr, flush=True)
        # A stream stands in the file where its recording ended: what it waited for has happened by then.
        for stream in [each for each in running if each.number < record.number and each not in settled]:
            settled.append(stream)
            replay.settle(stream)
        differences += replay.send(record)
        if is_stream(record) and record.number in replay.streams:
            running.append(record)
    for stream in running:
        differences += replay.finish(stream)
    return replay, records, differences


def show(differences):
    lines = []
    for difference in differences:
        lines.append(f"{difference.record.number} {difference.record.case} | {difference.place}: "
                     f"expected {quoted(difference.expected)}, got {quoted(difference.actual)}")
    return "\n".join(lines)


def journey(step):
    explanations = Explanations((ROOT / "docs/differences.md").read_text())
    with Cloud("--node-name", "peer1", *os.environ.get("ALOFT_REPLAY_OPTIONS", "").split()) as cloud:
        with step("the image of the recorded pods is built"):
            build_image(cloud)
        with step("every recorded request is answered as it was, but for what docs/differences.md explains"):
            replay, records, differences = compare(cloud)
            unexplained = [each for each in differences if not explanations.explains(each)]
            print(f"        {replay.answered} of {len(records)} requests sent, {sum(replay.skipped.values())} of kinds "
                  f"that are not served; {len(differences)} differences, {len(unexplained)} unexplained")
            if os.environ.get("ALOFT_SHOW_DIFFERENCES"):
                print(show(differences), file=sys.stderr)
            assert not unexplained, show(unexplained)
