"""The host's side of docs/wire.md, as far as tests need it."""

import os
import socket
import struct
import subprocess
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

HELLO, CREATE, GET, GET_MANY, SET, DELETE, LIST, REFRESH, CLOSE = range(1, 10)
HELLO_BACK, FOUND, DONE, NAMES, LOG = 129, 130, 131, 132, 133
VERSION, ID, CAPABILITIES, NAME, DEADLINE, INDEX, FORM, TEXT_LEN, EXPIRES_AT, REVISION = range(1, 11)
STATUS, WHAT, NEXT_STEP, LEVEL, MESSAGE = range(11, 16)
WIDE = {CAPABILITIES: "<Q", EXPIRES_AT: "<q", STATUS: "<i"}
TEXTS = {ID, NAME, REVISION, WHAT, NEXT_STEP, MESSAGE}


def field(tag: int, content: bytes, reserved: int = 0) -> bytes:
    return struct.pack("<HHI", tag, reserved, len(content)) + content


def u32(tag: int, number: int) -> bytes:
    return field(tag, struct.pack("<I", number))


def name(text: str) -> bytes:
    return field(NAME, text.encode())


def frame(kind: int, call: int = 0, fields: bytes = b"", payload: bytes = b"", reserved: int = 0) -> bytes:
    return struct.pack("<HHIII", kind, reserved, call, len(fields), len(payload)) + fields + payload


def value(form: int, text: bytes, json: bytes = b"") -> Tuple[bytes, bytes]:
    return u32(FORM, form) + u32(TEXT_LEN, len(text)), text + json


class Heard(NamedTuple):
    kind: int
    call: int
    fields: Dict[int, Any]
    names: List[str]
    payload: bytes


class Ended(Exception):
    """The plugin closed its end."""


class Host:
    """Starts a program with one end of a socket. Use it in a with statement."""

    def __init__(self, program: Sequence[str]) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(20)
        self.errors = tempfile.TemporaryFile()
        environment = {**os.environ, "PREFECT_SECRETS_WIRE_FD": str(theirs.fileno())}
        with theirs:
            self.process = subprocess.Popen(
                program, env=environment, pass_fds=[theirs.fileno()], cwd="/",
                stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
            )

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.errors.close()

    def say(self, kind: int, call: int = 0, fields: bytes = b"", payload: bytes = b"") -> None:
        self.socket.sendall(frame(kind, call, fields, payload))

    def begin(self, settings: bytes = b"{}") -> Heard:
        self.say(HELLO, 0, u32(VERSION, 1 << 16))
        hello = self.hear()
        assert hello.kind == HELLO_BACK, hello
        self.say(CREATE, 1, name("mine"), settings)
        return hello

    def ready(self) -> "Host":
        self.begin()
        created = self.hear()
        assert (created.kind, created.call, created.fields[STATUS]) == (DONE, 1, 0), created
        return self

    def exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                some = self.socket.recv(min(size - len(data), 1 << 20))
            except ConnectionResetError:
                some = b""
            if not some:
                raise Ended
            data += some
        return bytes(data)

    def hear(self, logs: bool = False) -> Heard:
        """The next frame; one of the log only if it is asked for."""
        while True:
            kind, reserved, call, size, payload = struct.unpack("<HHIII", self.exactly(16))
            assert reserved == 0 and size <= 1 << 20 and payload <= 64 << 20
            rest = self.exactly(size)
            fields: Dict[int, Any] = {}
            names = []
            while rest:
                tag, reserved, length = struct.unpack_from("<HHI", rest)
                content, rest = rest[8 : 8 + length], rest[8 + length :]
                assert reserved == 0 and len(content) == length
                if tag in TEXTS:
                    fields[tag] = content.decode()
                    assert tag not in (WHAT, NEXT_STEP, MESSAGE) or length <= 1024
                    if tag == NAME:
                        names.append(content.decode())
                else:
                    (fields[tag],) = struct.unpack(WIDE.get(tag, "<I"), content)
            heard = Heard(kind, call, fields, names, self.exactly(payload))
            if logs or kind != LOG:
                return heard

    def ask(self, kind: int, fields: bytes = b"", payload: bytes = b"", call: int = 7) -> Heard:
        self.say(kind, call, fields, payload)
        heard = self.hear()
        assert heard.call == call, heard
        return heard

    def get(self, text: str, more: bytes = b"") -> Heard:
        return self.ask(GET, name(text) + more)

    def end(self, limit: float = 10) -> Tuple[Optional[int], bytes]:
        """The status that the program ended with, and what it wrote."""
        status = self.process.wait(limit)
        self.errors.seek(0)
        return status, self.errors.read()
