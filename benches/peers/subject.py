"""What the Python programs of `cargo xtask bench --peers` share; subject.h says it for C.

    PROGRAM once COUNT ...      PROGRAM serve COUNT ...
"""

import gc
import os
import signal
import sys
import time

NAME = "SERVICE_TOKEN_%04d"
TEMPLATE = b"tok_0000_abcdefghijklmnopqrstuvw"
PATIENCE = 10


def names():
    return [NAME % i for i in range(1, int(sys.argv[2]) + 1)]


def right(i, value):
    """Whether the value of the secret i is what was set. The value is made nowhere here."""
    digits = i % 10 + i // 10 % 10 + i // 100 % 10
    return len(value) == len(TEMPLATE) and sum(value.encode()) == sum(TEMPLATE) + digits


def check(values):
    if not all(right(i, value) for i, value in enumerate(values, 1)):
        sys.exit("not the value that was set")


def in_a_child(ask):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        status = 1
        try:
            check(ask())
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "hangs"
    return "works" if status == 0 else "fails"


def subject(ask):
    """`ask` gets all the secrets and returns their values, in the order of names()."""
    if sys.argv[1] == "once":
        check(ask())
        return
    held = None
    say("ready")
    for line in sys.stdin:
        command, *words = line.split()
        if command == "time":
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            for _ in range(int(words[0])):
                check(ask())
            cpu = time.process_time_ns() - cpu
            say(f"{time.perf_counter_ns() - wall} {cpu}")
        elif command == "hold":
            held = ask()
            check(held)
            say("held")
        elif command == "release":
            held = None
            gc.collect()
            say("released")
        elif command == "fork":
            say(in_a_child(ask))


def say(text):
    print(text, flush=True)
