"""Checks whose messages say what was expected and what was seen, and the one way to wait for a state."""
import re
import time


def equal(actual, expected, what="value"):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def contains(text, part, what="text"):
    assert part in text, f"{what}: expected {part!r} in\n{text}"


def matches(text, pattern, what="text"):
    """The match of a regular expression somewhere in `text`."""
    found = re.search(pattern, text, re.M)
    assert found, f"{what}: expected /{pattern}/ in\n{text}"
    return found


def wait_until(predicate, timeout=30.0, what=None):
    """The first true value of `predicate`, asked every 50 ms: only for states that nothing announces.

    A predicate that raises AssertionError is asked again; the last complaint is part of the message.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            value, complaint = predicate(), "it stayed false"
            if value:
                return value
        except AssertionError as error:
            complaint = str(error)
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what or predicate.__name__}: not within {timeout:g} s; {complaint}")
        time.sleep(0.05)
