"""A real Prefect 3 server, for as long as the standard input stays open.

    server.py PORT

Starts `prefect server start` in the environment that it was given itself, on a database in
PREFECT_HOME that is a copy of a migrated one (made once, beside the virtual environment). Says
"ready" when the API answers. Then takes commands, a line each, and answers each with a line:

    stop    ends the server as an operator would
    kill    ends it as a crash would
    start   starts it again, on the same port and database
"""

import base64
import fcntl
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

BIN = os.path.dirname(sys.executable)
TEMPLATE = os.path.join(os.path.dirname(BIN), "template.db")
PATIENCE = 180


def answers(port, path, auth):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/{path}")
    if auth:
        request.add_header("Authorization", "Basic " + base64.b64encode(auth.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False


class Server:
    def __init__(self, port, environment):
        self.port, self.environment, self.process = port, dict(environment), None
        # Where its web pages ask; unsaid they would ask the port that a server has by default.
        self.environment["PREFECT_SERVER_UI_API_URL"] = f"http://127.0.0.1:{port}/api"
        self.log = os.path.join(environment["PREFECT_HOME"], "server.log")

    def start(self):
        command = [f"{BIN}/prefect", "server", "start", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--no-services"]
        if self.environment.get("PREFECT_SERVER_UI_ENABLED") != "true":
            command += ["--no-ui"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=self.environment["PREFECT_HOME"],
                start_new_session=True,
            )
        auth = self.environment.get("PREFECT_SERVER_API_AUTH_STRING")
        deadline = time.monotonic() + PATIENCE
        while not all(answers(self.port, p, auth) for p in ("health", "block_types/slug/secret")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.log, errors="replace") as log:
                    sys.exit("the Prefect server does not start:\n" + log.read()[-4000:])
            time.sleep(0.1)
        # Who answered may be another one on this port.
        if self.process.poll() is not None:
            sys.exit("the port of the Prefect server was taken by another program")

    def end(self, how):
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, how)
            self.process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


def template():
    """The migrated database, made by the first who asks for it."""
    with open(TEMPLATE + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(TEMPLATE):
            return TEMPLATE
        with tempfile.TemporaryDirectory() as home:
            environment = dict(os.environ, HOME=home, PREFECT_HOME=home)
            for name in list(environment):
                if name.startswith("PREFECT_SERVER_"):
                    del environment[name]
            environment["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
            server = Server(free_port(), environment)
            try:
                server.start()
            finally:
                server.end(signal.SIGTERM)
            # SQLite's own backup: a copy of a file in use may be torn.
            with sqlite3.connect(f"{home}/prefect.db") as made:
                with sqlite3.connect(TEMPLATE + ".new") as copy:
                    made.backup(copy)
            os.rename(TEMPLATE + ".new", TEMPLATE)
        return TEMPLATE


def main():
    # Ends as with the end of the input: through what ends the server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    home = os.environ["PREFECT_HOME"]
    os.makedirs(home, exist_ok=True)
    with sqlite3.connect(template()) as made, sqlite3.connect(f"{home}/prefect.db") as copy:
        made.backup(copy)
    server = Server(int(sys.argv[1]) or free_port(), os.environ)
    try:
        server.start()
        print(f"ready http://127.0.0.1:{server.port}/api", flush=True)
        for line in sys.stdin:
            match line.strip():
                case "stop":
                    server.end(signal.SIGTERM)
                case "kill":
                    server.end(signal.SIGKILL)
                case "start":
                    server.start()
            print("done", flush=True)
    finally:
        server.end(signal.SIGTERM)


main()
