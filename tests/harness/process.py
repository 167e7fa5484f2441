"""Commands: one that ran to its end, and one that runs beside the journey and is read line by line."""
import json
import re
import subprocess
import threading
import time


class Finished:
    """A command that ended: its standard output, standard error and exit code."""

    def __init__(self, command, stdout, stderr, code):
        self.command, self.stdout, self.stderr, self.code = command, stdout, stderr, code

    def ok(self):
        """Itself, after a check that the command succeeded."""
        assert self.code == 0, f"{self}"
        return self

    def fails(self, code=None):
        """Itself, after a check that the command failed (with `code`, when given)."""
        assert self.code != 0 if code is None else self.code == code, f"{self}"
        return self

    def json(self):
        return json.loads(self.ok().stdout)

    def __str__(self):
        return f"`{' '.join(self.command)}` ended with {self.code}\n{self.stdout}{self.stderr}".rstrip()


def run(*command, input=None, timeout=60.0, env=None, cwd=None):
    """Runs a command to its end; one that takes longer than `timeout` seconds fails the journey."""
    try:
        done = subprocess.run(command, input=input, capture_output=True, text=True, errors="replace",
                              timeout=timeout, env=env, cwd=cwd, check=False,
                              **({} if input is not None else {"stdin": subprocess.DEVNULL}))
    except subprocess.TimeoutExpired as error:
        seen = (error.stdout or b"").decode(errors="replace") + (error.stderr or b"").decode(errors="replace")
        raise AssertionError(f"`{' '.join(command)}` did not end within {timeout:g} s\n{seen}") from None
    return Finished(list(command), done.stdout, done.stderr, done.returncode)


class Running:
    """A command that runs beside the journey. Its lines (of both streams, or of the first when `stderr` names
    another place) are read as they come, so it never waits for us and we never poll it."""

    def __init__(self, *command, stderr=subprocess.STDOUT, env=None, cwd=None):
        self.command = list(command)
        self.lines = []
        self._cursor = 0
        self._ended = False
        self._changed = threading.Condition()
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                                       text=True, errors="replace", env=env, cwd=cwd, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self._child.stdout as stream:
            for line in stream:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def pid(self):
        return self._child.pid

    def running(self):
        return self._child.poll() is None

    def expect(self, pattern, timeout=30.0):
        """The match in the next line that has one; lines before it are used up."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                while self._cursor < len(self.lines):
                    self._cursor += 1
                    if found := re.search(pattern, self.lines[self._cursor - 1]):
                        return found
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "it ended" if self._ended else f"not within {timeout:g} s"
                    raise AssertionError(f"`{' '.join(self.command)}`: no line /{pattern}/: {why}\n" +
                                         "\n".join(self.lines[-30:]))
                self._changed.wait(left)

    def send(self, text):
        self._child.stdin.write(text)
        self._child.stdin.flush()

    def close_input(self):
        try:
            self._child.stdin.close()
        except BrokenPipeError:
            pass  # It had ended before it read everything.

    def wait(self, timeout=30.0):
        """The exit code; minus the number of the signal that ended it."""
        try:
            code = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"`{' '.join(self.command)}` did not end within {timeout:g} s\n" +
                                 "\n".join(self.lines[-30:])) from None
        # A grandchild may hold the pipe open; what it writes is not ours to wait for.
        self._reader.join(1.0)
        self.close_input()
        return code

    def signal(self, number):
        if self.running():
            self._child.send_signal(number)

    def stop(self, timeout=30.0):
        """Ends it politely, then by force. Returns the exit code."""
        self._child.terminate()
        try:
            return self.wait(timeout)
        except AssertionError:
            self._child.kill()
            self.wait(timeout)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running():
            self._child.kill()
        self.wait()
