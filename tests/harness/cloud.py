"""A cloud of one's own: started as a user starts it, on free ports, with its data in a temporary folder."""
import json
import os
import pathlib
import shutil
import signal
import tempfile

from .process import Running, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """The binary under test: build/dev/aloft, or what ALOFT_BINARY names."""
    return pathlib.Path(os.environ.get("ALOFT_BINARY", ROOT / "build/dev/aloft"))


class Cloud:
    """Use as `with Cloud("--runtime", "none") as cloud:`; on leaving, everything it made is taken down again.

    `arguments` go to `aloft up` behind the data directory and the address.
    """

    def __init__(self, *arguments):
        # Two clouds on one machine need other ranges of addresses: whoever starts the second names them.
        self.arguments = [*arguments, *os.environ.get("ALOFT_UP_ARGUMENTS", "").split()]
        # A short name: socket paths below it must stay under 108 bytes.
        self.data_dir = pathlib.Path(tempfile.mkdtemp(prefix="aloft-"))
        self.log = self.data_dir.with_name(self.data_dir.name + ".log")
        self.process = None
        self.ready_line = ""

    def start(self, timeout=60.0):
        """Starts it, also again after stop() or kill(), and returns when it says `ready`."""
        # The log stays open in the child; it appends, so that a restart adds to it.
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = Running(str(binary()), "up", "--data-dir", str(self.data_dir), "--listen",
                                   "127.0.0.1:0",
                                   *self.arguments, stderr=log)
        try:
            self.ready_line = self.process.expect(r"^ready\b.*", timeout)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_tail()}") from None
        return self

    @property
    def kubeconfig(self):
        return self.data_dir / "kubeconfig"

    @property
    def endpoints(self):
        """Service name to URL, as the cloud wrote them."""
        return json.loads((self.data_dir / "endpoints.json").read_text())

    def aloft(self, *arguments, **options):
        """Runs another verb of the binary on this cloud: cloud.aloft("image", "ls")."""
        return run(str(binary()), *arguments, "--data-dir", str(self.data_dir), **options)

    def stop(self):
        """Ends it as an operator does and returns the exit code; pods keep running."""
        return self.process.stop()

    def kill(self):
        """Ends it as a power failure does."""
        self.process.signal(signal.SIGKILL)
        return self.process.wait()

    def down(self):
        """Stops it and removes every trace with `aloft down`; the data directory is gone afterwards."""
        if self.process and self.process.running():
            self.stop()
        return self.aloft("down", timeout=120.0)

    def log_tail(self, lines=40):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(["the log of the cloud ends with:", *text.splitlines()[-lines:]])

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self._remove()
            raise

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print(self.log_tail())
        self._remove()

    def _remove(self):
        try:
            if self.process:
                down = self.down()
                assert down.code == 0, str(down)
        finally:
            if self.process:
                self.process.__exit__()
            shutil.rmtree(self.data_dir, ignore_errors=True)
            self.log.unlink(missing_ok=True)
