"""What kubectl asked another server in 110 commands is asked again here, and the answers are compared."""
import pathlib
import shutil
import tempfile

from harness import Cloud
from harness.api import Api
from harness.cloud import ROOT
from harness.replay import Explanations, Replay, is_stream, quoted, read_recording

NEEDS = ["runtime", "busybox", "recording"]
RECORDING = ROOT.parent / "shared/k8s/golden/kubectl-1.32-session.jsonl"
LIST = ROOT / "build/replay-differences.txt"
NAMESPACES = {"gold", "default", "kube-system", "kube-public", "kube-node-lease"}
COMMANDS = ("sh", "sleep", "httpd", "mkdir", "cat", "tar", "test", "ls", "echo")


def build_image(cloud):
    """The image that the recorded pods run: a file system that holds busybox and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rootfs/bin").mkdir(parents=True)
        (folder / "rootfs/tmp").mkdir()
        shutil.copy(shutil.which("busybox"), folder / "rootfs/bin/busybox")
        for name in COMMANDS:
            (folder / "rootfs/bin" / name).symlink_to("busybox")
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY rootfs /\nENV PATH=/bin\n")
        cloud.aloft("image", "build", "-t", "localhost/busybox:1", str(folder)).ok()


def compare(replay, records):
    """Sends every record; the differences in the order in which they were found."""
    differences, running, settled = [], [], []
    for record in records:
        # A stream stands in the file where its recording ended: what it waited for has happened by then.
        for stream in [each for each in running if each.number < record.number and each not in settled]:
            settled.append(stream)
            replay.settle(stream)
        differences += replay.send(record)
        if is_stream(record) and record.number in replay.streams:
            running.append(record)
    for stream in running:
        if stream not in settled:
            replay.settle(stream)
        differences += replay.finish(stream)
    return differences


def show(differences):
    return "\n".join(f"{each.record.number} {each.record.case} | {each.place}: "
                     f"expected {quoted(each.expected)}, got {quoted(each.actual)}" for each in differences)


def journey(step):
    explanations = Explanations((ROOT / "docs/differences.md").read_text())
    with Cloud("--node-name", "peer1") as cloud:
        with step("the image of the recorded pods is built"):
            build_image(cloud)
        with step("every recorded request is answered as it was, but for what docs/differences.md explains"):
            replay = Replay(Api(cloud), NAMESPACES, {"peer1"}, explanations.explains)
            records = read_recording(RECORDING)
            differences = compare(replay, records)
            unexplained = [each for each in differences if not explanations.explains(each)]
            LIST.write_text(show(differences) + "\n")
            print(f"        {replay.answered} of {len(records)} requests sent, the others are of kinds that "
                  f"are not served; {len(differences)} differences (all in {LIST.relative_to(ROOT)}), "
                  f"{len(unexplained)} unexplained")
            assert not unexplained, show(unexplained)
