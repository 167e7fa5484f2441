"""What journeys are written with: a cloud to start, kubectl to ask it, and checks that say what was seen."""
from .checks import contains, equal, matches, wait_until
from .cloud import Cloud
from .kubectl import kubectl, kubectl_binaries, kubectl_start
from .machine import machine_state
from .process import Finished, Running, run

__all__ = ["Cloud", "Finished", "Running", "contains", "equal", "kubectl", "kubectl_binaries",
           "kubectl_start",
           "machine_state", "matches", "run", "wait_until"]
