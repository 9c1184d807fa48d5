"""Write a provider of secrets in Python: a plugin of libprefect_secrets that runs as a program of its own.

This is a whole one (isolation = "exec" in its manifest):

    from prefect_secrets_provider import serve

    def get(name):
        return "hello" if name == "GREETING" else None

    serve("greeting", get)

There are three answers. A value: found. None: this place has not got it, and the next provider is
asked. An exception: a failure, which ends the search; an outage is a failure. A Failure says what
happened and what to do next. The text of any other exception is not passed on, because it may hold a
value: the host gets a fixed text, and its log the exception's type and the line that raised it. What
is no Exception (SystemExit, say) counts as a panic: the program goes on, but answers every later call
with "panicked", because nobody knows what was left half done.

remaining() says how many seconds the call has that this thread is in.

Memory. Values and settings that come in are zeroed when the callback has returned. A bytearray, or a
memoryview that can be written, is zeroed once it is sent: return a copy of what you keep. What Python
makes impossible to wipe: str and bytes, and so everything that was decoded into one, settings among
them. Their memory is given back as it is. Read a value into a bytearray of the right size.

Needs Python 3.9 or later, on Linux, and nothing else.
"""

from __future__ import annotations

import json as _json
import math
import os
import re
import select
import socket
import struct
import sys
import threading
import time
from typing import Any, Callable, Dict, Iterable, List, Mapping, NoReturn, Optional, Tuple, Union

__all__ = [
    "DETAIL", "ERROR", "INFORMATION", "WARNING", "Failure", "Given", "Value", "log", "remaining", "serve",
]

#: Levels of the log.
ERROR, WARNING, INFORMATION, DETAIL = 1, 2, 3, 4

Bytes = Union[bytes, bytearray, memoryview]


class Failure(Exception):
    """What is told to the host. Neither text holds a value; both end after 1,024 bytes.

    kind is what the caller can do: "denied" (mend credentials or permissions), "unavailable" (try
    later), "timed out", "invalid" (mend an argument, a setting or a value), "unsupported", "internal"
    (report it).
    """

    def __init__(self, kind: str, what: str, next_step: str) -> None:
        if kind not in _STATUSES:
            raise ValueError("a Failure is one of " + ", ".join(_STATUSES))
        super().__init__(f"{kind}: {what}; {next_step}")
        self.kind, self.what, self.next_step = kind, what, next_step


class Value:
    """A secret to answer with: text (or any bytes), one JSON document, or text with a JSON view.

    expires_at is in seconds since 1970-01-01T00:00:00Z, None if that is not known. revision says which
    one in a row of values it is.
    """

    def __init__(
        self,
        text: Union[str, Bytes, None] = None,
        *,
        json: Union[str, Bytes, None] = None,
        expires_at: Optional[int] = None,
        revision: str = "",
    ) -> None:
        if text is None and json is None:
            raise TypeError("a Value has text, json or both")
        self.text, self.json, self.expires_at, self.revision = text, json, expires_at, revision

    def __repr__(self) -> str:
        return "Value(…)"


class Given:
    """The value of a set; text, json or both are there. Zeroed when the callback has returned."""

    def __init__(self, text: Optional[bytearray], json: Optional[bytearray]) -> None:
        self.text, self.json = text, json

    def __repr__(self) -> str:
        return "Given(…)"


#: What a get answers: a value, or None if it is absent. get_many may answer a name with its Failure.
Answer = Union[str, Bytes, Value, None]


def serve(
    id: str,
    get: Callable[[str], Answer],
    *,
    open: Optional[Callable[[str, Dict[str, Any]], object]] = None,
    get_many: Optional[Callable[[List[str]], Mapping[str, Union[Answer, Failure]]]] = None,
    set: Optional[Callable[[str, Given], object]] = None,
    delete: Optional[Callable[[str], bool]] = None,
    list: Optional[Callable[[], Iterable[str]]] = None,
    refresh: Optional[Callable[[], object]] = None,
    close: Optional[Callable[[], object]] = None,
    threads: int = 16,
    honors_deadlines: bool = False,
) -> NoReturn:
    """Answers the host that started this program, until it closes the plugin or is gone.

    Then it ends the program, because a callback may never return: status 0 at the end of a talk, 1 if
    the host sent what is no frame, 2 if no host started this program. Which callbacks are given decides
    what the plugin can do. They run at the same time, in so many threads; with threads=1 they do not.

    id         what the provider is, as in its manifest: 1 to 64 of a-z, 0-9 and '-'
    get        the value of a name; None if it is absent
    open       called once, before all others, with what the configuration calls this provider and its
               settings. A Failure refuses to start; it repeats no setting. The host waits 5 seconds
    get_many   the value of each name, as get would, or its Failure; a name that is left out is absent
    set        writes a value. What the place cannot hold is "invalid" or "unsupported", never changed
    delete     removes a name: True, or False if it was not there
    list       every name, in any order; at most 1,000,000
    refresh    reads the place anew; on failure the provider goes on with what it had
    close      called when the host closes the plugin, after all callbacks have returned; there is a
               second for both. Not called when the host is gone, or a callback does not return
    honors_deadlines   promises that every callback returns before remaining() is 0
    """
    if not re.fullmatch("[a-z0-9-]{1,64}", id):
        raise ValueError("an id is 1 to 64 of a-z, 0-9 and '-'")
    try:
        end = socket.socket(fileno=int(os.environ.pop(_VARIABLE)))
    except (KeyError, ValueError, OSError):
        os.write(2, f"libprefect_secrets starts this program, for its plugin {id!r}\n".encode())
        sys.exit(2)
    end.set_inheritable(False)
    end.setblocking(True)
    offered = {_GET_MANY: get_many, _SET: set, _DELETE: delete, _LIST: list, _REFRESH: refresh}
    callbacks = {kind: callback for kind, callback in offered.items() if callback is not None}
    talk = _Talk(end, id, {_GET: get, **callbacks}, close, honors_deadlines)
    talk.thread(talk.watch)
    talk.ending(lambda: talk.run(open, threads))
    raise AssertionError("the program has ended")


def remaining() -> float:
    """Seconds until the deadline of the call that this thread is in; 0 once it has passed.

    math.inf without a deadline, and in a thread that the callback started. At its deadline a call ends
    for the host; a process that has not answered a second later is killed.
    """
    until: Optional[int] = getattr(_call, "until", None)
    return math.inf if until is None else max(0, until - time.clock_gettime_ns(time.CLOCK_MONOTONIC)) / 1e9


def log(level: int, message: str) -> None:
    """Writes one line of at most 1,024 bytes into the host's log. It never holds a value. Any thread.

    Before the talk with the host has begun it goes to the standard error, which ends in the same log.
    """
    if _talk is None:
        os.write(2, _line(message) + b"\n")
    else:
        _talk.send(_Frame(_LOG).number(14, level).text(15, _line(message)))


# What follows is docs/wire.md.

_VARIABLE = "PREFECT_SECRETS_WIRE_FD"
_VERSION = 1 << 16
_MOST_FIELDS, _MOST_PAYLOAD, _MOST_NAMES = 1 << 20, 64 << 20, 1_000_000
_LONGEST_NAME, _LONGEST_MESSAGE = 1_048_000, 1024
_HELLO, _CREATE, _GET, _GET_MANY, _SET, _DELETE, _LIST, _REFRESH, _CLOSE = range(1, 10)
_HELLO_BACK, _FOUND, _DONE, _NAMES, _LOG, _STEP = range(129, 135)
_KNOWN = frozenset([*range(_HELLO, _CLOSE + 1), *range(_HELLO_BACK, _STEP + 1)])
_ABILITIES = {_GET_MANY: 1 << 0, _SET: 1 << 1, _DELETE: 1 << 2, _LIST: 1 << 3, _REFRESH: 1 << 4}
_THREAD_SAFE, _HONORS_DEADLINES = 1 << 16, 1 << 17
_CANNOT = {
    _GET_MANY: "get several secrets at once", _SET: "set a secret", _DELETE: "delete a secret",
    _LIST: "list its names", _REFRESH: "refresh",
}
_STATUSES = {
    "denied": 2, "unavailable": 3, "timed out": 4, "invalid": 5, "unsupported": 6, "internal": 8,
}
_ABSENT, _INVALID, _UNSUPPORTED, _PANICKED, _INTERNAL = 1, 5, 6, 7, 8
_TEXT, _JSON, _TEXT_WITH_JSON = 1, 2, 3
#: How numbers stand in fields; what is in neither is not known here.
_NUMBERS = {1: "<I", 3: "<Q", 5: "<Q", 6: "<I", 7: "<I", 8: "<I", 9: "<q", 11: "<i", 14: "<I"}
_TEXTS = frozenset([2, 4, 10, 12, 13, 15, 16, 17])
_NAME = 4
#: How long the reader has, after the host is gone, to read what it had still sent.
_PATIENCE = 1.0
_POLLRDHUP = getattr(select, "POLLRDHUP", 0x2000)

_call = threading.local()
_talk: Optional[_Talk] = None


class _Broken(Exception):
    """The host broke the wire; the text holds nothing of what it sent."""


class _Over(Exception):
    """The talk is over, and nothing was wrong with it."""


class _Refused(Exception):
    """The end of a call that is no Failure of the provider's own."""

    def __init__(self, status: int, what: str, next_step: str) -> None:
        super().__init__(what)
        self.status, self.what, self.next_step = status, what, next_step


def _fault(what: str) -> _Refused:
    return _Refused(_INTERNAL, what, "the provider breaks a rule of this library; report it to its author")


def _panicked(what: str) -> _Refused:
    return _Refused(_PANICKED, what, "open the chain again, and report it to the provider's author")


class _Frame:
    """A frame that is being made: its header and its fields."""

    def __init__(self, kind: int, call: int = 0, index: Optional[int] = None) -> None:
        self.kind, self.call, self.fields = kind, call, bytearray()
        if index is not None:
            self.number(6, index)

    def text(self, tag: int, content: bytes) -> _Frame:
        self.fields += struct.pack("<II", tag, len(content)) + content
        return self

    def number(self, tag: int, number: int) -> _Frame:
        return self.text(tag, struct.pack(_NUMBERS[tag], number))

    def head(self, payload: int) -> bytes:
        return struct.pack("<HHIII", self.kind, 0, self.call, len(self.fields), payload) + self.fields


class _Fields:
    """The fields of a frame. Those that are not known are skipped."""

    def __init__(self, fields: bytearray) -> None:
        self.numbers: Dict[int, int] = {}
        self.names: List[str] = []
        at = 0
        while at < len(fields):
            if len(fields) - at < 8:
                raise _Broken("a field ends past the fields")
            tag, _, size = struct.unpack_from("<HHI", fields, at)
            content = bytes(fields[at + 8 : at + 8 + size])
            at += 8 + size
            if len(content) < size:
                raise _Broken("a field ends past the fields")
            self._put(tag, content)

    def _put(self, tag: int, content: bytes) -> None:
        if tag in _NUMBERS:
            if len(content) != struct.calcsize(_NUMBERS[tag]):
                raise _Broken("a number has another size than its field")
            (self.numbers[tag],) = struct.unpack(_NUMBERS[tag], content)
        elif tag in _TEXTS:
            try:
                text = content.decode()
            except UnicodeDecodeError:
                raise _Broken("a text is not UTF-8") from None
            if tag == _NAME:
                if "\0" in text:
                    raise _Broken("a name holds a NUL")
                self.names.append(text)

    def name(self) -> str:
        if not self.names:
            raise _Broken("a frame has no name")
        return self.names[-1]

    def given(self, payload: bytearray) -> Union[Given, _Refused]:
        """The value of a set, or what is answered to one that breaks a rule of the provider ABI."""
        if 7 not in self.numbers or 8 not in self.numbers:
            raise _Broken("a value has no form or no text_len")
        form, size = self.numbers[7], self.numbers[8]
        if size > len(payload):
            raise _Broken("a text_len is past the payload")
        if form == _TEXT and size == len(payload):
            return Given(payload, None)
        if form == _JSON and size == len(payload) and _is_json(payload):
            return Given(None, payload)
        if form == _TEXT_WITH_JSON:
            with memoryview(payload) as view, view[:size] as text, view[size:] as json:
                given = Given(bytearray(text), bytearray(json))
            if given.json is not None and _is_json(given.json):
                return given
            _wipe(given.text, given.json)
        return _Refused(
            _INVALID,
            "the value has a form that does not exist, or is not the JSON that it says it is",
            "give text with the text form, and one JSON document with a JSON form",
        )


class _Talk:
    """The talk with one host."""

    def __init__(
        self,
        end: socket.socket,
        id: str,
        callbacks: Mapping[int, Callable[..., Any]],
        close: Optional[Callable[[], object]],
        honors_deadlines: bool,
    ) -> None:
        self.socket, self.id, self.callbacks, self.on_close = end, id, callbacks, close
        abilities = sum(_ABILITIES[kind] for kind in callbacks if kind in _ABILITIES)
        self.capabilities = abilities | _THREAD_SAFE | (_HONORS_DEADLINES if honors_deadlines else 0)
        self.sending, self.reading = threading.Lock(), threading.Lock()
        self.returned = threading.Condition()
        self.running = 0
        self.poisoned = False

    def run(self, open: Optional[Callable[[str, Dict[str, Any]], object]], threads: int) -> NoReturn:
        global _talk
        self.hello()
        _talk = self
        self.create(open)
        for _ in range(threads - 1):
            try:
                self.thread(self.work)
            except RuntimeError:
                break  # no more can be started: calls wait
        self.work()

    def thread(self, run: Callable[[], object]) -> None:
        threading.Thread(target=self.ending, args=[run], daemon=True).start()

    def ending(self, run: Callable[[], object]) -> None:
        """Runs what only returns to end the program. No traceback is printed: it may hold a value."""
        status, why = 0, ""
        try:
            run()
        except _Broken as broken:
            status, why = 1, f"the host broke the wire: {broken}"
        except (_Over, OSError):
            pass
        except BaseException as error:
            status, why = 1, f"an error in the library itself: {_where(error)}"
        try:
            if why:
                os.write(2, f"plugin {self.id}: {why}\n".encode())
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        finally:
            os._exit(status)

    def watch(self) -> None:
        """Returns when the other end of the socket is closed, or the process that started this one has
        ended: a child that the host forked may keep the socket open. Whoever reads would see an end of
        file itself, but not while all threads are in callbacks that do not return."""
        ends = select.poll()
        ends.register(self.socket, _POLLRDHUP)
        try:
            ends.register(os.pidfd_open(os.getppid()), select.POLLIN)
        except (AttributeError, OSError):
            pass  # the kernel or this Python has none
        ends.poll()
        time.sleep(_PATIENCE)
        os._exit(0)

    # Frames in and out.

    def fill(self, memory: bytearray) -> bytearray:
        with memoryview(memory) as view:
            at = 0
            while at < len(view):
                with view[at:] as rest:
                    got = self.socket.recv_into(rest)
                if got == 0:
                    raise _Over
                at += got
        return memory

    def next(self) -> Tuple[int, int, bytearray, bytearray]:
        """Waits for a frame of a known kind: kind, call, fields and payload."""
        while True:
            kind, _, call, fields, payload = struct.unpack("<HHIII", self.fill(bytearray(16)))
            if fields > _MOST_FIELDS:
                raise _Broken("a frame has more fields than one may have")
            if payload > _MOST_PAYLOAD:
                raise _Broken("a frame has a larger payload than one may have")
            read = self.fill(bytearray(fields))
            if kind in (_CREATE, _SET):
                return kind, call, read, self.fill(bytearray(payload))
            while payload > 0:
                chunk = self.fill(bytearray(min(payload, 4096)))
                payload -= len(chunk)
                _wipe(chunk)
            if kind in _KNOWN:
                return kind, call, read, bytearray()
            if call != 0:
                what = "the plugin does not know this kind of call"
                next_step = "install the plugin in a newer version"
                self.done(call, None, _Refused(_UNSUPPORTED, what, next_step))

    def expect(self, expected: int) -> Tuple[int, _Fields, bytearray]:
        kind, call, fields, payload = self.next()
        if kind == _CLOSE:
            # A host that does not want this plugin after all.
            self.done(call, None, True)
            raise _Over
        if kind != expected:
            raise _Broken("a frame came out of its turn")
        return call, _Fields(fields), payload

    def send(self, frame: _Frame, *payload: Bytes) -> None:
        parts = [memoryview(part).cast("B") for part in payload]
        parts.insert(0, memoryview(frame.head(sum(map(len, parts)))))
        with self.sending:
            try:
                while parts:
                    sent = self.socket.sendmsg(parts, [], socket.MSG_NOSIGNAL)
                    while parts and sent >= len(parts[0]):
                        sent -= len(parts.pop(0))
                    if parts:
                        parts[0] = parts[0][sent:]
            except OSError:
                pass  # nobody is there to be told

    def done(self, call: int, index: Optional[int], outcome: Union[bool, BaseException]) -> None:
        frame = _Frame(_DONE, call, index)
        if isinstance(outcome, bool):
            self.send(frame.number(11, 0 if outcome else _ABSENT))
            return
        if isinstance(outcome, _Refused):
            status, what, next_step = outcome.status, outcome.what, outcome.next_step
        elif isinstance(outcome, Failure):
            status, what, next_step = _STATUSES[outcome.kind], outcome.what, outcome.next_step
        else:
            log(ERROR, f"a callback raised {_where(outcome)}")
            status, what = _INTERNAL, "the provider failed with an error that it does not explain"
            next_step = "look into the log, or report it to the provider's author"
        self.send(frame.number(11, status).text(12, _line(what)).text(13, _line(next_step)))

    # The talk.

    def hello(self) -> None:
        _, fields, _ = self.expect(_HELLO)
        offered = fields.numbers.get(1)
        if offered is None:
            raise _Broken("the host's hello has no version")
        if offered >> 16 != _VERSION >> 16:
            what = "the plugin speaks another version of the wire than this host"
            next_step = "install the plugin in a version built for this host"
            self.done(0, None, _Refused(_UNSUPPORTED, what, next_step))
            raise _Over
        frame = _Frame(_HELLO_BACK).number(1, min(offered, _VERSION)).text(2, self.id.encode())
        self.send(frame.number(3, self.capabilities))

    def create(self, open: Optional[Callable[[str, Dict[str, Any]], object]]) -> None:
        call, fields, payload = self.expect(_CREATE)
        name = fields.name()
        try:
            settings = _json.loads(payload) if _is_json(payload) else None
            if not isinstance(settings, dict):
                raise _Refused(_INVALID, "the host's settings are no JSON object", "report it to the host")
            if open is not None:
                self.guarded(open, name, settings)
        except Exception as error:
            self.done(call, None, error)
            raise _Over from None
        finally:
            _wipe(payload)
        self.done(call, None, True)

    def work(self) -> NoReturn:
        """Reads a call and answers it, while another thread reads the next."""
        while True:
            with self.reading:
                kind, call, read, payload = self.next()
                if kind == _CLOSE:
                    self.close(call)
                if call == 0:
                    raise _Broken("a call has no number")
                if kind not in (_GET, _GET_MANY, _SET, _DELETE, _LIST, _REFRESH):
                    raise _Broken("a frame came out of its turn")
                fields = _Fields(read)
                if kind in (_GET, _SET, _DELETE):
                    fields.name()
                given = fields.given(payload) if kind == _SET else None
                # Counted before anybody else can read a close.
                with self.returned:
                    self.running += 1
            _call.until = fields.numbers.get(5)
            try:
                self.answer(kind, call, fields, given)
            except Exception as error:
                self.done(call, None, error)
            finally:
                _wipe(payload)
                if isinstance(given, Given):
                    _wipe(given.text, given.json)
                del given
                with self.returned:
                    self.running -= 1
                    self.returned.notify_all()

    def close(self, call: int) -> NoReturn:
        """Lets the provider clean up, if all its callbacks have returned."""
        timer = threading.Timer(_PATIENCE, os._exit, [0])
        timer.daemon = True
        timer.start()
        with self.returned:
            returned = self.returned.wait_for(lambda: self.running == 0, _PATIENCE / 2)
        if returned:
            outcome: Union[bool, Exception] = True
            try:
                if self.on_close is not None:
                    self.guarded(self.on_close)
            except Exception as error:
                outcome = error
            self.done(call, None, outcome)
        raise _Over

    def guarded(self, callback: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a callback. After a panic no other is run."""
        if self.poisoned:
            raise _panicked("this instance panicked in an earlier call")
        try:
            return callback(*arguments)
        except Exception:
            raise
        except BaseException as error:
            self.poisoned = True
            log(ERROR, f"a callback panicked with {_where(error)}")
            raise _panicked("the provider panicked") from None

    def answer(self, kind: int, call: int, fields: _Fields, given: Union[Given, _Refused, None]) -> None:
        """Makes the call, and sends what comes of it."""
        callback = self.callbacks.get(kind)
        if callback is None:
            what = f"this provider cannot {_CANNOT[kind]}"
            raise _Refused(_UNSUPPORTED, what, "name a provider that can")
        if kind == _GET:
            answer = self.guarded(callback, fields.name())
            self.give(call, None, answer)
            _wipe_answer(answer)
            return
        if kind == _DELETE:
            was_there = self.guarded(callback, fields.name())
            if not isinstance(was_there, bool):
                raise _fault("it answered a delete with neither True nor False")
            self.done(call, None, was_there)
            return
        if kind == _GET_MANY:
            self.get_many(callback, call, fields.names)
        elif kind == _LIST:
            self.list(callback, call)
        elif isinstance(given, _Refused):
            raise given
        else:
            self.guarded(callback, *([] if kind == _REFRESH else [fields.name(), given]))
        self.done(call, None, True)

    def get_many(self, callback: Callable[..., Any], call: int, names: List[str]) -> None:
        if not names:
            return
        answers = self.guarded(callback, names[:])
        if not isinstance(answers, Mapping):
            raise _fault("it answered with something else than a mapping of names")
        for index, name in enumerate(names):
            self.give(call, index, answers.get(name))
        # At the end: two names may have the same value.
        for answer in answers.values():
            _wipe_answer(answer)

    def list(self, callback: Callable[..., Any], call: int) -> None:
        names = self.guarded(lambda: [name.encode() for name in callback()])
        if len(names) > _MOST_NAMES:
            raise _fault("it listed more than 1,000,000 names")
        if any(len(name) > _LONGEST_NAME or b"\0" in name for name in names):
            raise _fault("it listed what is no name")
        frame = _Frame(_NAMES, call)
        for name in names:
            if len(frame.fields) + len(name) > _LONGEST_NAME:
                self.send(frame)
                frame = _Frame(_NAMES, call)
            frame.text(_NAME, name)
        self.send(frame)

    def give(self, call: int, index: Optional[int], answer: object) -> None:
        """Answers one name: for a get, or with the index of a get_many."""
        try:
            if answer is None:
                self.done(call, index, False)
                return
            if isinstance(answer, Exception):
                self.done(call, index, answer)
                return
            if isinstance(answer, (str, bytes, bytearray, memoryview)):
                answer = Value(answer)
            if not isinstance(answer, Value):
                raise _fault("it answered with what is no value")
            frame = _Frame(_FOUND, call, index)
            if answer.expires_at is not None:
                frame.number(9, int(answer.expires_at))
            if answer.revision:
                frame.text(10, _line(answer.revision))
            parts = [_bytes(part) for part in (answer.text, answer.json) if part is not None]
            size = sum(map(len, parts))
            if size > _MOST_PAYLOAD:
                what = f"the value has {size} bytes, more than the {_MOST_PAYLOAD} that a provider may give"
                raise _Refused(_INVALID, what, "store a smaller value")
            form = _TEXT_WITH_JSON if len(parts) == 2 else _JSON if answer.text is None else _TEXT
            self.send(frame.number(7, form).number(8, len(parts[0])), *parts)
        except Exception as error:
            self.done(call, index, error)


def _bytes(part: Union[str, Bytes]) -> Bytes:
    return part.encode() if isinstance(part, str) else memoryview(part).cast("B")


def _line(text: str) -> bytes:
    """A message of bearable length, in UTF-8, on one line."""
    line = "".join(" " if c < " " or "\x7f" <= c <= "\x9f" else c for c in text[:_LONGEST_MESSAGE])
    return line.encode(errors="replace")[:_LONGEST_MESSAGE].decode(errors="ignore").encode()


def _where(error: BaseException) -> str:
    """The type of an exception, and the line that raised it; its text may hold a value."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return type(error).__name__ + place


_ZEROS = bytes(65536)


def _wipe(*memories: object) -> None:
    for memory in memories:
        if isinstance(memory, (bytearray, memoryview)):
            with memoryview(memory) as view:
                if view.readonly or not view.c_contiguous:
                    continue
                with view.cast("B") as flat:
                    for at in range(0, len(flat), len(_ZEROS)):
                        flat[at : at + len(_ZEROS)] = _ZEROS[: len(flat) - at]


def _wipe_answer(answer: object) -> None:
    _wipe(answer, *([answer.text, answer.json] if isinstance(answer, Value) else []))


def _is_json(text: bytearray) -> bool:
    """Whether this is one JSON document in UTF-8."""

    def refuse(_: str) -> NoReturn:
        raise ValueError  # NaN and Infinity, which are no JSON

    try:
        # Numbers are not read: a very long one is JSON, too, but int has a limit.
        _json.loads(text.decode(), parse_constant=refuse, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return False
    return True
