"""What the peers' scripts share: steps that are timed when it is their turn."""
import json
import resource
import sys
import time


def timed(step):
    """The milliseconds that `step` takes."""
    start = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - start)


def take_turns(step, steps):
    """Prints a JSON object once all is ready, an empty one, and one after `steps` steps for each line of the standard input."""
    for _ in range(2):
        step()
    print("{}", flush=True)
    for _ in sys.stdin:
        times = sorted(timed(step) for _ in range(steps))
        resident = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"step_ms_median": times[steps // 2], "step_ms_min": times[0], "resident_bytes": resident}), flush=True)
