"""`bulla audit …` as a program that others read: what its verifier says, and its proofs."""

import json
import subprocess

SECONDS = 60


class Unreadable(Exception):
    """What `bulla audit` said when it could not look."""


def verify(bulla, place, vkey, kept=()):
    """What is wrong, as (class, seq), or None. `place` is a folder or a policy, `kept` are checkpoints from elsewhere.

    What is wrong with a checkpoint has no seq.
    """
    command = [bulla, "audit", "verify", "--json", "--vkey", vkey, str(place)]
    for path in kept:
        command += ["--checkpoint", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    told = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if done.returncode == 2 and told.get("not_checked") and not told["findings"]:
        # A log that has no checkpoint yet is as incomplete as one can be, and nothing is wrong with it.
        return None if "no checkpoint was found" in told["not_checked"] else ("bad_signature", None)
    if done.returncode not in (0, 1):
        raise Unreadable(f"bulla audit verify says {done.returncode}: {done.stdout}{done.stderr}")
    fault = fault_of(told)
    if (fault is not None) != (done.returncode == 1):
        raise Unreadable(f"status {done.returncode}, and it says {done.stdout}")
    return fault


def fault_of(told):
    """The first fault in the JSON of `bulla audit verify`."""
    for fault in told.get("findings", []):
        return fault["class"], fault.get("seq")
    return None


def prove(bulla, place, *arguments):
    """The JSON of a proof."""
    command = [bulla, "audit", "prove", str(place), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Unreadable(f"bulla audit prove says {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)
