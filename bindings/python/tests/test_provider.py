"""Plays the host's side of docs/wire.md against plugins that are programs of their own.

    python3 -m unittest discover -s bindings/python/tests

PREFECT_SECRETS_FIXTURE and PREFECT_SECRETS_WILD name other programs that are to answer in the same way.
"""

import json
import os
import random
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
import unittest
from pathlib import Path
from typing import List

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import prefect_secrets_provider as provider  # noqa: E402
from host import (  # noqa: E402
    CAPABILITIES, CLOSE, CREATE, DEADLINE, DELETE, DONE, EXPIRES_AT, FORM, FOUND, GET, GET_MANY, HELLO,
    HELLO_BACK, ID, INDEX, LEVEL, LIST, LOG, MESSAGE, NAME, NEXT_STEP, REFRESH, REVISION, SET, STATUS,
    TEXT_LEN, VERSION, WHAT, Ended, Host, field, frame, name, u32, value,
)

FIXTURE = os.environ.get("PREFECT_SECRETS_FIXTURE", str(HERE / "fixture.py")).split()
WILD = os.environ.get("PREFECT_SECRETS_WILD", str(HERE / "wild.py")).split()
OURS = "PREFECT_SECRETS_FIXTURE" not in os.environ
NEEDLE = b"a secret that no log shows"
GREASE = [0x0A0A + 0x1010 * n for n in range(16)]
COUNT = os.environ.get("FRAMES", "200000")


def deadline(seconds: float) -> bytes:
    at = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + int(seconds * 1e9)
    return field(DEADLINE, struct.pack("<Q", at))


class Talk(unittest.TestCase):
    def test_without_a_host_it_says_so(self) -> None:
        for descriptor in [None, "", "x", "-1", "0", "77"]:
            environment = dict(os.environ)
            if descriptor is not None:
                environment["PREFECT_SECRETS_WIRE_FD"] = descriptor
            ran = subprocess.run(FIXTURE, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
            self.assertEqual(ran.returncode, 2, ran)
            self.assertIn(b"libprefect_secrets starts this program", ran.stderr)

    def test_hello_and_create(self) -> None:
        with Host(FIXTURE) as host:
            hello = host.begin(b' {"refuse": false}')
            self.assertEqual(hello.fields[VERSION], 1 << 16)
            self.assertEqual(hello.fields[ID], "fixture")
            self.assertEqual(hello.fields[CAPABILITIES], 0b11111 | 1 << 16)
            created = host.hear()
            self.assertEqual((created.kind, created.call, created.fields), (DONE, 1, {STATUS: 0}))

    def test_capabilities_follow_from_callbacks(self) -> None:
        with Host(WILD) as host:
            self.assertEqual(host.begin().fields[CAPABILITIES], 0b01111 | 1 << 16 | 1 << 17)

    def test_a_later_minor_is_answered_with_this_one(self) -> None:
        with Host(FIXTURE) as host:
            host.say(HELLO, 0, u32(VERSION, 1 << 16 | 9))
            self.assertEqual(host.hear().fields[VERSION], 1 << 16)

    def test_another_major_is_refused(self) -> None:
        for major in (0, 2, 0xFFFF):
            with Host(FIXTURE) as host:
                host.say(HELLO, 0, u32(VERSION, major << 16))
                refusal = host.hear()
                self.assertEqual((refusal.kind, refusal.call, refusal.fields[STATUS]), (DONE, 0, 6))
                self.assertRaises(Ended, host.hear)
                self.assertEqual(host.end(), (0, b""))

    def test_create_can_be_refused(self) -> None:
        for settings, status, what, next_step in [
            (b'{"refuse": true}', 5, "the settings say so", "take refuse out"),
            (b"[1]", 5, "the host's settings are no JSON object", "report it to the host"),
            (b"", 5, "the host's settings are no JSON object", "report it to the host"),
            (b'{"a": NaN}', 5, "the host's settings are no JSON object", "report it to the host"),
        ]:
            with Host(FIXTURE) as host:
                host.begin(settings)
                self.assertEqual(host.hear().fields, {STATUS: status, WHAT: what, NEXT_STEP: next_step})
                self.assertRaises(Ended, host.hear)
                self.assertEqual(host.end(), (0, b""))

    def test_close_ends_it(self) -> None:
        with Host(WILD) as host:
            host.ready()
            self.assertEqual(host.ask(CLOSE).fields, {STATUS: 0})
            self.assertEqual(host.end(), (0, b"closed\n"))

    def test_close_ends_it_while_a_callback_hangs(self) -> None:
        with Host(WILD) as host:
            host.ready().say(GET, 7, name("HANG"))
            host.say(CLOSE, 8)
            status, said = host.end(2)
            self.assertEqual((status, b"closed" in said), (0, False))

    def test_the_end_of_file_ends_it(self) -> None:
        for names in [[], ["HANG"], ["HANG"] * 40]:
            with Host(WILD) as host:
                host.ready()
                for call, text in enumerate(names, 7):
                    host.say(GET, call, name(text))
                time.sleep(0.1)
                host.socket.close()
                self.assertEqual(host.end(3), (0, b""))

    def test_the_end_of_file_ends_it_while_it_opens(self) -> None:
        with Host(WILD) as host:
            host.begin(b'{"hang": true}')
            host.socket.close()
            self.assertEqual(host.end(3), (0, b""))

    def test_the_end_of_file_in_a_frame_ends_it(self) -> None:
        for end in (1, 15, 16, 20, 40):
            with Host(FIXTURE) as host:
                host.ready().socket.sendall(frame(SET, 7, name("A") + value(1, b"")[0], NEEDLE * 9)[:end])
                host.socket.close()
                self.assertEqual(host.end(3), (0, b""))

    def test_the_end_of_the_host_ends_it(self) -> None:
        # A child of the host that keeps the socket open: cat, which is left behind.
        program = (
            "import os, socket, subprocess, sys; ours, theirs = socket.socketpair(); "
            "os.environ['PREFECT_SECRETS_WIRE_FD'] = str(theirs.fileno()); "
            "p = subprocess.Popen(sys.argv[1:], pass_fds=[theirs.fileno()]); "
            "subprocess.Popen(['sleep', '20'], pass_fds=[ours.fileno()], stdout=subprocess.DEVNULL); "
            "import time; time.sleep(.5); print(p.pid)"
        )
        ran = subprocess.run([sys.executable, "-c", program, *WILD], stdout=subprocess.PIPE, timeout=10)
        path = Path("/proc") / ran.stdout.decode().strip() / "stat"
        until = time.monotonic() + 3
        while path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z":
            self.assertLess(time.monotonic(), until, "it outlives its host")
            time.sleep(0.05)


class Answers(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host(FIXTURE).ready()
        self.addCleanup(self.host.__exit__)

    def found(self, text: str) -> object:
        heard = self.host.get(text)
        self.assertEqual(heard.kind, FOUND, heard)
        return heard.payload, heard.fields

    def test_every_form(self) -> None:
        self.assertEqual(self.found("ALPHA"), (b"the value of ALPHA", {FORM: 1, TEXT_LEN: 18}))
        self.assertEqual(self.found("NUMBER"), (b'{"n":42}', {FORM: 2, TEXT_LEN: 8}))
        self.assertEqual(self.found("BOTH"), (b"0077", {FORM: 3, TEXT_LEN: 3}))
        dated = {FORM: 1, TEXT_LEN: 11, EXPIRES_AT: 4102444800, REVISION: "3"}
        self.assertEqual(self.found("DATED"), (b"for a while", dated))
        self.assertEqual(self.found("BYTES"), (b"\x00\xff", {FORM: 1, TEXT_LEN: 2}))
        self.assertEqual(self.found("ALPHA"), (b"the value of ALPHA", {FORM: 1, TEXT_LEN: 18}))

    def test_absent_and_failed(self) -> None:
        for absent in ["NOBODY", "", "a/b", "ü" * 524_000]:
            self.assertEqual(self.host.get(absent).fields, {STATUS: 1})
        denied = {STATUS: 2, WHAT: "this name is not for you", NEXT_STEP: "ask for another one"}
        self.assertEqual(self.host.get("DENIED").fields, denied)
        down = {STATUS: 3, WHAT: "the place does not answer", NEXT_STEP: "try again later"}
        self.assertEqual(self.host.get("DOWN").fields, down)

    def test_many(self) -> None:
        names = ["ALPHA", "NOBODY", "DENIED", "BOTH", "ALPHA", "DOWN", "NOBODY"]
        self.host.say(GET_MANY, 9, b"".join(map(name, names)))
        answers = [self.host.hear() for _ in range(len(names) + 1)]
        self.assertEqual(answers.pop().fields, {STATUS: 0})
        by_index = {answer.fields[INDEX]: answer for answer in answers}
        self.assertEqual(sorted(by_index), list(range(len(names))))
        got = [by_index[i].payload or by_index[i].fields[STATUS] for i in range(len(names))]
        self.assertEqual(got, [b"the value of ALPHA", 1, 2, b"0077", b"the value of ALPHA", 3, 1])
        self.host.say(GET_MANY, 10)
        self.assertEqual(self.host.hear().fields, {STATUS: 0})

    def test_set_delete_list_refresh(self) -> None:
        host = self.host
        listed = ["ALPHA", "BOTH", "BYTES", "DATED", "NUMBER"]

        def names() -> List[str]:
            got = host.ask(LIST).names
            self.assertEqual(host.hear().fields, {STATUS: 0})
            return got

        self.assertEqual(names(), listed)
        for form, text, view in [(1, b"", b""), (1, b"\xff\x00", b""), (2, b"[1,2]", b""), (3, b"", b"null")]:
            fields, payload = value(form, text, view)
            self.assertEqual(host.ask(SET, name("NEW") + fields, payload).fields, {STATUS: 0})
            self.assertEqual(self.found("NEW"), (payload, {FORM: form, TEXT_LEN: len(text)}))
        fields, payload = value(1, b"mine")
        host.ask(SET, name("DENIED") + fields, payload)
        self.assertEqual(names(), sorted([*listed, "DENIED", "NEW"]))
        self.assertEqual(host.ask(DELETE, name("ALPHA")).fields, {STATUS: 0})
        self.assertEqual(host.ask(DELETE, name("ALPHA")).fields, {STATUS: 1})
        self.assertEqual(host.ask(DELETE, name("NOBODY")).fields, {STATUS: 1})
        self.assertEqual(host.get("ALPHA").fields, {STATUS: 1})
        self.assertEqual(host.ask(REFRESH).fields, {STATUS: 0})
        self.assertEqual(names(), listed)
        self.assertEqual(host.get("DENIED").fields[STATUS], 2)

    def test_a_value_that_breaks_the_rules_is_invalid(self) -> None:
        bad = [
            (0, b"x", b""), (4, b"x", b""), (1, b"x", b"1"), (2, b"x", b""), (2, b"", b""), (2, b"1", b"1"),
            (3, b"x", b""), (3, b"x", b"{"), (2, b"NaN", b""), (2, b'"\xff"', b""), (2, b"[1,]", b""),
            (2, b"[" * 100_000, b""), (2, b"\xef\xbb\xbf1", b""), (2, b"1 2", b""),
        ]
        for form, text, view in bad:
            fields, payload = value(form, text, view)
            self.assertEqual(self.host.ask(SET, name("A") + fields, payload).fields[STATUS], 5, (form, text[:9]))
        for good in [b"1" * 5000, b' {"a": [1e9, -0.5, null, true, "\\u00fc\xc3\xbc"]} ']:
            fields, payload = value(2, good)
            self.assertEqual(self.host.ask(SET, name("A") + fields, payload).fields[STATUS], 0, good[:9])

    def test_the_largest_value(self) -> None:
        text = random.Random(1).randbytes(1 << 20) * 64
        fields, payload = value(1, text)
        self.assertEqual(self.host.ask(SET, name("LARGE") + fields, payload).fields, {STATUS: 0})
        heard = self.host.get("LARGE")
        self.assertTrue(heard.payload == text)

    def test_what_is_not_known_is_skipped(self) -> None:
        noise = random.Random(2)
        host = self.host
        for n in range(300):
            tag = noise.choice([*GREASE, 0, 18, 999, 0x0104, 0xFFFF])
            junk = field(tag, os.urandom(noise.randrange(40)), noise.randrange(65536))
            kind = noise.choice([*GREASE, 0, 10, 128, 135, 0x0103, 0xFFFF])
            host.socket.sendall(frame(kind, 0, os.urandom(noise.randrange(40)), os.urandom(n * 30), 77))
            host.socket.sendall(frame(kind, 5, junk, os.urandom(n), noise.randrange(65536)))
            refused = host.hear()
            self.assertEqual((refused.kind, refused.call, refused.fields[STATUS]), (DONE, 5, 6))
            fields = junk + field(NAME, b"NOBODY") + junk + field(NAME, b"BOTH", 5) + junk
            host.socket.sendall(frame(GET, 6, fields, os.urandom(n), noise.randrange(65536)))
            self.assertEqual(host.hear().payload, b"0077")

    def test_before_hello_and_create_it_is_skipped_as_well(self) -> None:
        with Host(FIXTURE) as host:
            for kind, call, fields in [(HELLO, 0, u32(VERSION, 1 << 16)), (CREATE, 3, name("mine"))]:
                host.say(0x2A2A, 0, b"junk", b"more")
                host.say(0x3A3A, 4, b"junk", b"more")
                self.assertEqual(host.hear().fields[STATUS], 6)
                host.say(kind, call, field(0x4A4A, b"x") + fields, b"{}")
                self.assertIn(host.hear().kind, (HELLO_BACK, DONE))


class Broken(unittest.TestCase):
    def ends(self, host: Host, data: bytes) -> bytes:
        try:
            host.socket.sendall(data)
            while True:
                host.hear()
        except (Ended, OSError):
            pass
        status, said = host.end()
        self.assertEqual(status, 1, data[:60])
        self.assertNotIn(NEEDLE, said)
        self.assertNotIn(b"Traceback", said)
        self.assertNotIn(b"goroutine", said)
        self.assertRegex(said, b"^plugin [a-z]+: the host broke the wire: [ -~]+\n$")
        return said

    def test_after_create(self) -> None:
        text = value(1, NEEDLE)[0]
        for data in [
            struct.pack("<HHIII", GET, 0, 7, (1 << 20) + 1, 0),
            struct.pack("<HHIII", GET, 0, 7, 0, (64 << 20) + 1),
            struct.pack("<HHIII", 0x0A0A, 0, 7, 0xFFFFFFFF, 0xFFFFFFFF),
            frame(GET, 7, b"\1"),
            frame(GET, 7, name("A") + b"\1\0\0\0\0\0\0"),
            frame(GET, 7, struct.pack("<HHI", 4, 0, 5) + b"ABCD"),
            frame(GET, 7, struct.pack("<HHI", 0x0A0A, 0, 0xFFFFFFFF)),
            frame(GET, 7, field(NAME, b"\xff")),
            frame(GET, 7, field(NAME, b"\xed\xa0\x80")),
            frame(GET, 7, field(NAME, b"A\0B")),
            frame(GET, 7, name("A") + field(DEADLINE, b"1234")),
            frame(GET, 7, name("A") + field(FORM, b"12345678")),
            frame(GET, 7, name("A") + field(STATUS, b"")),
            frame(GET, 7, name("A") + field(WHAT, b"\xc0\x80")),
            frame(GET, 7),
            frame(DELETE, 7),
            frame(GET, 0, name("A")),
            frame(LIST, 0),
            frame(SET, 7, text, NEEDLE),
            frame(SET, 7, name("A") + u32(TEXT_LEN, 1), NEEDLE),
            frame(SET, 7, name("A") + u32(FORM, 1), NEEDLE),
            frame(SET, 7, name("A") + text, NEEDLE[:-1]),
            frame(HELLO, 0, u32(VERSION, 1 << 16)),
            frame(CREATE, 7, name("A"), NEEDLE),
            frame(FOUND, 7, text, NEEDLE),
            frame(DONE, 7, u32(STATUS, 0)),
        ]:
            with self.subTest(data=data[:40]), Host(FIXTURE) as host:
                self.ends(host.ready(), data)

    def test_before_create(self) -> None:
        hello = frame(HELLO, 0, u32(VERSION, 1 << 16))
        for data in [
            frame(HELLO), frame(HELLO, 0, field(VERSION, b"1")), frame(GET, 7, name("A")),
            hello + frame(CREATE, 1, b"", NEEDLE), hello + hello, hello + frame(GET, 7, name("A")),
            hello + frame(CREATE, 1, field(NAME, b"\xff"), NEEDLE), hello + frame(SET, 7, b"", NEEDLE),
        ]:
            with self.subTest(data=data[-40:]), Host(FIXTURE) as host:
                self.ends(host, data)

    def test_random_frames(self) -> None:
        """Frames that a plugin has to live with, then some that end the talk; another talk, and so on."""
        dice = random.Random(3)
        left, broken = int(COUNT), 0
        while left > 0:
            with Host(FIXTURE) as host:
                host.ready()
                frames = [bytes(self.random(dice)) for _ in range(min(left, 1000))]
                self.write(host, [*frames, frame(REFRESH, 0xFFFFFFFF)])
                while host.hear().call != 0xFFFFFFFF:
                    pass
                mutated = [bytes(self.mutated(dice)) for _ in range(20)]
                self.write(host, mutated, last=True)
                left -= len(frames) + len(mutated)
                try:
                    while True:
                        host.hear()
                except Ended:
                    pass
                status, said = host.end()
                self.assertIn(status, (0, 1))
                broken += status or 0
                for never in (NEEDLE, b"Traceback", b"goroutine", b"library itself"):
                    self.assertNotIn(never, said)
        self.assertGreaterEqual(broken, int(COUNT) // 2000)

    def write(self, host: Host, frames: List[bytes], last: bool = False) -> None:
        """In a thread, so that the plugin never waits for a reader."""

        def run() -> None:
            try:
                host.socket.sendall(b"".join(frames))
                if last:
                    host.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the plugin has ended

        threading.Thread(target=run, daemon=True).start()

    def mutated(self, dice: random.Random) -> bytearray:
        data = self.random(dice)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.2:
            data[dice.randrange(len(data)) :] = os.urandom(dice.randrange(64))
        return data

    def random(self, dice: random.Random) -> bytearray:
        kind = dice.choice([GET, GET, GET_MANY, SET, DELETE, LIST, REFRESH, *GREASE[:3], 10, 200])
        names = ["ALPHA", "NUMBER", "BOTH", "DENIED", "X", "", "ünï", "\n"]
        fields = [name(dice.choice(names)) for _ in range(dice.randrange(1, 4))]
        payload = b""
        if kind == SET:
            text = NEEDLE[: dice.randrange(27)] if dice.random() < 0.5 else b'{"a":1}'
            more, payload = value(dice.randrange(5), text, dice.choice([b"", b"1", b"{"]))
            fields.append(more)
        fields += [
            field(dice.choice([*GREASE, 0, 18, 4000]), NEEDLE[: dice.randrange(27)], dice.randrange(65536))
            for _ in range(dice.randrange(3))
        ]
        if dice.random() < 0.3:
            fields.append(field(DEADLINE, struct.pack("<Q", dice.choice([0, 1, 1 << 63, (1 << 64) - 1]))))
        dice.shuffle(fields)
        call, reserved = dice.randrange(1, 1000), dice.randrange(65536)
        return bytearray(frame(kind, call, b"".join(fields), payload, reserved))

    @unittest.skipUnless(OURS, "another library")
    def test_random_fields(self) -> None:
        dice = random.Random(4)
        for _ in range(int(COUNT)):
            try:
                provider._Fields(self.mutated(dice)[16:]).given(bytearray(NEEDLE))
            except provider._Broken as broken:
                self.assertLess(len(str(broken)), 60)


class Wild(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host(WILD).ready()
        self.addCleanup(self.host.__exit__)

    def test_many_calls_run_at_once(self) -> None:
        count = 200
        start = time.monotonic()
        for call in range(1, count + 1):
            self.host.say(GET, call, name("SLEEP:50"))
        answered = {self.host.hear().call for _ in range(count)}
        took = time.monotonic() - start
        self.assertEqual(answered, set(range(1, count + 1)))
        self.assertLess(took, count * 0.05 / 3, "they ran one after the other")
        self.assertEqual(self.host.get("MOST").payload, b"8")

    def test_one_thread_runs_one_call(self) -> None:
        with Host([*WILD, "1"]) as host:
            host.ready()
            for call in range(1, 9):
                host.say(GET, call, name("SLEEP:10"))
            self.assertEqual([host.hear().call for _ in range(8)], list(range(1, 9)))
            self.assertEqual(host.get("MOST").payload, b"1")

    def test_a_fast_call_overtakes(self) -> None:
        self.host.say(GET, 1, name("SLEEP:500"))
        self.host.say(GET, 2, name("NOBODY"))
        self.assertEqual([self.host.hear().call for _ in range(2)], [2, 1])

    def test_the_deadline_is_seen(self) -> None:
        self.assertEqual(self.host.get("REMAINING").payload, b"none")
        for seconds in (0.5, 30, 4000):
            left = int(self.host.get("REMAINING", deadline(seconds)).payload) / 1000
            self.assertTrue(seconds - 0.4 < left <= seconds, (seconds, left))
        for at in (0, 1):
            past = field(DEADLINE, struct.pack("<Q", at))
            self.assertEqual(self.host.get("REMAINING", past).payload, b"0")
        for at in (1 << 63, (1 << 64) - 1):
            far = field(DEADLINE, struct.pack("<Q", at))
            self.assertGreater(int(self.host.get("REMAINING", far).payload), 10**12)
        self.assertEqual(self.host.get("REMAINING").payload, b"none")

    def test_an_error_is_not_repeated(self) -> None:
        fields, payload = value(1, NEEDLE)
        self.host.say(GET, 7, name("ERROR"))
        for _ in range(2):
            logged, failed = self.host.hear(True), self.host.hear(True)
            self.assertEqual((logged.kind, logged.fields[LEVEL]), (LOG, 1))
            self.assertEqual((failed.kind, failed.fields[STATUS]), (DONE, 8))
            self.assertIn("does not explain", failed.fields[WHAT])
            self.assertNotIn(NEEDLE.decode(), str([logged, failed]))
            self.host.say(SET, 7, name("ERROR") + fields, payload)
        self.host.process.terminate()
        self.assertNotIn(NEEDLE, self.host.end()[1])

    def test_an_error_of_open_is_not_repeated(self) -> None:
        with Host(WILD) as host:
            host.begin(b'{"raise": true}')
            failed = host.hear()
            self.assertEqual(failed.fields[STATUS], 8)
            self.assertEqual(host.end(), (0, b""))

    def test_a_panic_does_not_end_it(self) -> None:
        self.host.say(GET, 6, name("SLEEP:300"))
        self.assertEqual(self.host.get("PANIC").fields[STATUS], 7)
        self.assertEqual(self.host.get("SLEEP:0").fields[STATUS], 7, "it answers no more")
        self.assertEqual(self.host.hear().payload, b"slept", "what ran already goes on")
        self.assertEqual(self.host.ask(CLOSE).kind, DONE)
        self.assertEqual(self.host.end(), (0, b""))

    def test_answers_that_break_the_rules(self) -> None:
        self.assertEqual(self.host.get("NOTHING").fields[STATUS], 8)
        self.assertEqual(self.host.ask(DELETE, name("A")).fields[STATUS], 8)
        self.assertEqual(self.host.ask(LIST).fields[STATUS], 8)
        self.assertEqual(self.host.ask(REFRESH).fields[STATUS], 6, "it has none")
        self.assertEqual(len(self.host.get(f"BIG:{64 << 20}").payload), 64 << 20)
        self.assertEqual(self.host.get(f"BIG:{(64 << 20) + 1}").fields[STATUS], 5)

    def test_a_line_for_the_log(self) -> None:
        self.host.say(GET, 7, name("LOG"))
        logged = self.host.hear(True)
        self.assertEqual((logged.kind, logged.call, logged.fields[LEVEL]), (LOG, 0, 3))
        self.assertEqual(logged.fields[MESSAGE], "one line " + "ü" * 507)
        self.assertEqual(self.host.hear().payload, b"logged")

    def test_what_is_printed_is_not_lost(self) -> None:
        self.host.get("PRINT")
        self.host.ask(CLOSE)
        self.assertIn(b"printed\n", self.host.end()[1])

    def test_no_value_is_left_in_memory(self) -> None:
        made = bytes((at * 7 + 13) % 251 for at in range(64))
        self.assertEqual(self.host.get("MADE").payload, made)
        given = os.urandom(64)
        for text, count in [("FORGET", 0), ("KEEP", 1)]:
            fields, payload = value(1, given)
            self.host.ask(SET, name(text) + fields, payload)
            self.assertEqual(self.host.get("NOBODY").fields, {STATUS: 1})
            self.assertEqual(self.seen(made), 0, "what was answered is left")
            self.assertEqual(min(1, self.seen(given)), count, text)

    def seen(self, needle: bytes) -> int:
        process, seen = Path("/proc") / str(self.host.process.pid), 0
        with open(process / "mem", "rb", 0) as memory:
            for line in (process / "maps").read_text().splitlines():
                span, rights, *rest = line.split()
                start, end = (int(at, 16) for at in span.split("-"))
                if not rights.startswith("rw") or rest[-1:] in (["[vvar]"], ["[vsyscall]"]):
                    continue
                for at in range(start, end, 64 << 20):
                    try:
                        memory.seek(at)
                        seen += memory.read(min(end - at, (64 << 20) + 64)).count(needle)
                    except OSError:
                        break
        return seen


class Shapes(unittest.TestCase):
    def test_the_example_of_the_module_runs(self) -> None:
        lines = (provider.__doc__ or "").splitlines()
        code = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))
        with Host([sys.executable, "-c", f"import sys; sys.path.append({str(HERE.parent)!r})\n{code}"]) as host:
            self.assertEqual(host.begin().fields[ID], "greeting")
            self.assertEqual(host.hear().fields, {STATUS: 0})
            self.assertEqual(host.get("GREETING").payload, b"hello")
            self.assertEqual(host.get("NOBODY").fields, {STATUS: 1})

    def test_nothing_prints_a_value(self) -> None:
        text = NEEDLE.decode()
        for shown in (provider.Value(text, json=json.dumps(text)), provider.Given(bytearray(NEEDLE), None)):
            self.assertNotIn(text, f"{shown!r} {shown} {[shown]}")

    def test_mistakes_of_the_program(self) -> None:
        self.assertRaises(ValueError, provider.serve, "No Such Id", lambda name: None)
        self.assertRaises(ValueError, provider.Failure, "panicked", "a", "b")
        self.assertRaises(TypeError, provider.Value)

    def test_wiping(self) -> None:
        memory = bytearray(NEEDLE * 9000)
        provider._wipe(memory, b"constant", "text", None, memoryview(b"constant"))
        self.assertEqual(memory, bytes(len(memory)))


if __name__ == "__main__":
    unittest.main()
