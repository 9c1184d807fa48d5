"""terminal.py QUESTION KEYS PROGRAM ARGUMENT...   (an empty QUESTION: none is asked)

Runs the program on a pseudo-terminal, types KEYS (Python escapes) once it asks QUESTION, or
sends it the signal that KEYS names, and prints as JSON what the terminal showed, the exit code, and whether its modes are as they were.
"""

import fcntl
import json
import os
import pty
import signal
import sys
import termios
import time

question = sys.argv[1].encode()
keys = sys.argv[2].encode().decode("unicode_escape").encode("latin-1")
sent = getattr(signal, sys.argv[2], None)
# An answer of yes or no is shown as it is typed; any other may be a value.
silent = not question.endswith(b"[y/N] ")
terminal, programs = pty.openpty()
# Looked at before the program is there, which may be quicker than this.
before = termios.tcgetattr(terminal)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(programs, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(programs, descriptor)
    os.closerange(3, 64)
    os.execv(sys.argv[3], sys.argv[3:])
os.close(programs)
shown, during = b"", None
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    # The whole question: a message may come in pieces, and one of them may look like its end.
    if question and during is None and shown.endswith(question):
        # Asked; wait until the terminal is silent, if it is to be, then type.
        deadline = time.monotonic() + 30
        while silent and termios.tcgetattr(terminal)[3] & termios.ECHO:
            if time.monotonic() > deadline:
                sys.exit("the terminal is never silent")
        during = termios.tcgetattr(terminal)
        if sent:
            os.kill(child, sent)
        else:
            os.write(terminal, keys)
_, status = os.waitpid(child, 0)
after = termios.tcgetattr(terminal)
json.dump(
    {
        "shown": shown.decode(),
        "code": os.waitstatus_to_exitcode(status),
        "restored": before == after,
    },
    sys.stdout,
)
