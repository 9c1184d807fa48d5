#!/usr/bin/env python3
"""A plugin with a table of answers, for replaying recorded talks."""

import sys
import threading
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from prefect_secrets_provider import Failure, Given, Value, serve  # noqa: E402

TABLE: Dict[str, Union[Value, Failure]] = {
    "ALPHA": Value("the value of ALPHA"),
    "NUMBER": Value(json='{"n":42}'),
    "BOTH": Value("007", json="7"),
    "DATED": Value("for a while", expires_at=4102444800, revision="3"),
    "BYTES": Value(b"\x00\xff"),
    "DENIED": Failure("denied", "this name is not for you", "ask for another one"),
    "DOWN": Failure("unavailable", "the place does not answer", "try again later"),
}

lock = threading.Lock()
own: Dict[str, Optional[Given]] = {}  # what was set; None for a name that was deleted


def copy(text: Optional[bytearray]) -> Optional[bytearray]:
    return None if text is None else bytearray(text)


def look(name: str) -> Union[Value, Failure, None]:
    with lock:
        if name not in own:
            return TABLE.get(name)
        given = own[name]
        # A copy, because an answer is zeroed once it is sent.
        return None if given is None else Value(copy(given.text), json=copy(given.json))


def found() -> List[str]:
    names = {name for name, answer in TABLE.items() if isinstance(answer, Value)}
    for name, given in own.items():
        (names.discard if given is None else names.add)(name)
    return sorted(names)


def open_(_: str, settings: Dict[str, Any]) -> None:
    if settings.get("refuse") is True:
        raise Failure("invalid", "the settings say so", "take refuse out")


def get(name: str) -> Optional[Value]:
    answer = look(name)
    if isinstance(answer, Failure):
        raise Failure(answer.kind, answer.what, answer.next_step)  # one that was raised holds its frames
    return answer


def get_many(names: List[str]) -> Mapping[str, Union[Value, Failure, None]]:
    return {name: look(name) for name in names}


def set_(name: str, value: Given) -> None:
    with lock:
        own[name] = Given(copy(value.text), copy(value.json))


def delete(name: str) -> bool:
    with lock:
        if name not in found():
            return False
        own[name] = None
        return True


def list_() -> List[str]:
    with lock:
        return found()


def refresh() -> None:
    with lock:
        own.clear()


if __name__ == "__main__":
    serve(
        "fixture", get,
        open=open_, get_many=get_many, set=set_, delete=delete, list=list_, refresh=refresh,
    )
