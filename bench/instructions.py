"""User instructions of a request, counted by callgrind: the difference of two runs that answer two exact numbers of
requests, so that starting, connecting and stopping cancel out. Nothing here depends on the machine's speed."""
import re
import shutil
import tempfile
from pathlib import Path


def available():
    return shutil.which("valgrind") is not None


def callgrind(directory):
    """The command that runs a program under callgrind; its totals go to files in `directory`."""
    return ("valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/callgrind.%p", "-q")


def total(directory):
    """The instructions of all processes that ran."""
    files = list(Path(directory).glob("callgrind.*"))
    found = [int(n) for f in files for n in re.findall(r"^(?:summary|totals): (\d+)", f.read_text(), re.MULTILINE)[:1]]
    if not found:
        raise RuntimeError("callgrind counted nothing: did the program end by a signal that it does not handle?")
    return sum(found)


def count(run, requests):
    with tempfile.TemporaryDirectory() as directory:
        run(callgrind(directory), requests)
        return total(directory)


def instructions_per_request(run, few, many):
    """`run(prefix, requests)` starts the program with the prefix, sends so many requests and ends it."""
    return (count(run, many) - count(run, few)) / (many - few)
