"""Plays the host's side against examples/plugin_python, or the program that PREFECT_SECRETS_DIRECTORY names."""

import json
import os
import socket
import struct
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from host import (  # noqa: E402
    CAPABILITIES, CREATE, DEADLINE, DELETE, FOUND, GET_MANY, INDEX, LIST, NEXT_STEP, SET, STATUS, WHAT, Ended,
    Heard, Host, field, name, value,
)

PROGRAM = os.environ.get(
    "PREFECT_SECRETS_DIRECTORY", str(HERE / "../../../examples/plugin_python/directory.py")
).split()
LATE = field(DEADLINE, struct.pack("<Q", 1))


class Directory(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.host = Host(PROGRAM)
        self.addCleanup(self.host.__exit__)
        hello = self.host.begin(json.dumps({"directory": str(self.folder)}).encode())
        self.assertEqual(hello.fields[CAPABILITIES], 0b01111 | 1 << 16 | 1 << 17)
        self.assertEqual(self.host.hear().fields, {STATUS: 0})

    def put(self, text: str, content: bytes, form: int = 1, view: bytes = b"", more: bytes = b"") -> Heard:
        fields, payload = value(form, content, view)
        return self.host.ask(SET, name(text) + fields + more, payload)

    def failed(self, heard: Heard, status: int, what: str, next_step: str) -> None:
        self.assertEqual(heard.fields, {STATUS: status, WHAT: what, NEXT_STEP: next_step})

    def test_settings(self) -> None:
        next_step = "set it to the absolute path of a directory"
        for settings, what in [
            ({}, "the setting `directory` is missing"),
            ({"Directory": "/"}, "the setting `directory` is missing"),
            ({"directory": "run"}, "the setting `directory` is no absolute path"),
            ({"directory": None}, "the setting `directory` is no absolute path"),
            ({"directory": ["/"]}, "the setting `directory` is no absolute path"),
            ({"directory": "/a\0b"}, "the setting `directory` is no absolute path"),
        ]:
            with Host(PROGRAM) as host:
                host.begin(json.dumps(settings).encode())
                self.failed(host.hear(), 5, what, next_step)
                self.assertRaises(Ended, host.hear)

    def test_get(self) -> None:
        for content in (b"", b"text\n", os.urandom(5000), bytes(16 << 20)):
            (self.folder / "FILE").write_bytes(content)
            heard = self.host.get("FILE")
            self.assertEqual(heard.kind, FOUND)
            self.assertTrue(heard.payload == content)
        for absent in ("", ".", "..", "../FILE", "no\nbody", "x" * 255, "x" * 256, "ü" * 200):
            self.assertEqual(self.host.get(absent).fields, {STATUS: 1}, absent)
        (self.folder / "ünï").write_bytes(b"u")
        self.assertEqual(self.host.get("ünï").payload, b"u")

    def test_what_is_no_file(self) -> None:
        (self.folder / "FOLDER").mkdir()
        (self.folder / "LINK").symlink_to("/etc/passwd")
        os.mkfifo(self.folder / "PIPE")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.folder / "SOCKET"))
        no_file = (
            "what has this name is not a regular file", "put the file itself there, not a directory or a link",
        )
        for text in ("FOLDER", "LINK", "PIPE", "SOCKET"):
            self.failed(self.host.get(text), 5, *no_file)
        self.failed(self.put("FOLDER", b"x"), 5, *no_file)
        self.failed(self.host.ask(DELETE, name("FOLDER")), 5, *no_file)
        (self.folder / "LARGE").write_bytes(bytes((16 << 20) + 1))
        too_large = ("the value is larger than 16 MiB", "store a smaller value")
        self.failed(self.host.get("LARGE"), 5, *too_large)
        self.failed(self.put("NEW", bytes((16 << 20) + 1)), 5, *too_large)
        self.assertEqual(self.host.ask(DELETE, name("LINK")).fields, {STATUS: 0}, "the link goes")
        listed = self.host.ask(LIST)
        self.host.hear()
        self.assertEqual(listed.names, ["LARGE"])

    def test_set_list_delete(self) -> None:
        for text, content, form in [("A", b"\xff\0", 1), ("B", b'{"b":1}', 2), ("A", b"", 1)]:
            self.assertEqual(self.put(text, content, form).fields, {STATUS: 0})
            self.assertEqual((self.folder / text).read_bytes(), content)
            self.assertEqual((self.folder / text).stat().st_mode & 0o777, 0o600)
        what = "a file has no room for a JSON view beside its text"
        self.failed(self.put("C", b"1", 3, b"1"), 6, what, "set the value as text or as JSON")
        next_step = "use a name of 1 to 255 bytes without '/', not \".\" and not \"..\""
        for text in ("", "..", "a/b", "x" * 256):
            self.failed(self.put(text, b"1"), 5, "no file can have this name", next_step)
            self.assertEqual(self.host.ask(DELETE, name(text)).fields, {STATUS: 1})
        (self.folder / ".hidden").write_bytes(b"")
        (Path(os.fsdecode(os.fsencode(self.folder) + b"/\xff"))).write_bytes(b"")
        listed = self.host.ask(LIST)
        self.assertEqual(self.host.hear().fields, {STATUS: 0})
        self.assertEqual(sorted(listed.names), ["A", "B"])
        self.assertEqual(self.host.ask(DELETE, name("A")).fields, {STATUS: 0})
        self.assertEqual(self.host.ask(DELETE, name("A")).fields, {STATUS: 1})
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([".hidden", "B", os.fsdecode(b"\xff")]))

    def test_many(self) -> None:
        (self.folder / "A").write_bytes(b"a")
        (self.folder / "L").symlink_to("A")
        self.host.say(GET_MANY, 9, b"".join(map(name, ["A", "..", "L", "A"])))
        answers = {heard.fields.get(INDEX): heard for heard in (self.host.hear() for _ in range(5))}
        got = [answers[i].payload or answers[i].fields[STATUS] for i in (0, 1, 2, 3, None)]
        self.assertEqual(got, [b"a", 1, 5, b"a", 0])

    def test_the_deadline(self) -> None:
        next_step = "allow more time, or find out what is slow"
        late = "the deadline passed while "
        (self.folder / "A").write_bytes(b"a")
        self.failed(self.host.get("A", LATE), 4, late + "reading a file", next_step)
        self.failed(self.put("A", b"b", more=LATE), 4, late + "writing a file", next_step)
        self.failed(self.host.ask(DELETE, name("A") + LATE), 4, late + "removing a file", next_step)
        self.failed(self.host.ask(LIST, LATE), 4, late + "listing the directory", next_step)
        self.assertEqual(self.host.get("A").payload, b"a")

    def test_an_outage(self) -> None:
        gone = ("the directory is not there", "create or mount it, or correct the setting `directory`")
        away = self.folder.with_name(self.folder.name + "-away")
        self.folder.rename(away)
        try:
            for another_file in (False, True):
                if another_file:
                    self.folder.touch()
                for heard in (
                    self.host.get("A"), self.host.get(".."), self.put("A", b"b"), self.host.ask(LIST),
                    self.host.ask(DELETE, name("A")), self.host.ask(GET_MANY, name("A")),
                ):
                    self.failed(heard, 3, *gone)
            self.folder.unlink()
        finally:
            away.rename(self.folder)


if __name__ == "__main__":
    unittest.main()
