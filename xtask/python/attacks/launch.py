"""Runs a program, ends it after some seconds, and prints its status and what it cost, as JSON: SECONDS OUTPUT COMMAND..."""

import json
import os
import resource
import signal
import sys

MOST = 9 << 30


def main():
    seconds, output, *command = sys.argv[1:]
    child = os.fork()
    if child == 0:
        said = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
        os.execv(command[0], command)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(int(seconds))
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    measured = {
        "status": None if code == -signal.SIGKILL else code,
        "peak": usage.ru_maxrss << 10,
        "seconds": usage.ru_utime + usage.ru_stime,
    }
    print(json.dumps(measured))


main()
