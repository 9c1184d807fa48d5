#!/usr/bin/env python3
"""A plugin that does what it is told by the name that it is asked for, for the tests."""

import math
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from prefect_secrets_provider import (  # noqa: E402
    INFORMATION, Answer, Failure, Given, Value, log, remaining, serve,
)

NEEDLE = "a secret that no log shows"
kept: List[object] = []
busy = most = 0
counting = threading.Lock()


def made() -> bytearray:
    """Bytes that stand nowhere in this file."""
    value = bytearray(64)
    for at in range(64):
        value[at] = (at * 7 + 13) % 251
    return value


def open_(_: str, settings: Dict[str, Any]) -> None:
    if settings.get("hang"):
        time.sleep(1000)
    if settings.get("raise"):
        raise RuntimeError(NEEDLE)


def get(name: str) -> Any:
    global busy, most
    what, _, argument = name.partition(":")
    if what == "SLEEP":
        with counting:
            busy += 1
            most = max(most, busy)
        time.sleep(int(argument) / 1000)
        with counting:
            busy -= 1
        return "slept"
    if what == "MOST":
        return str(most)
    if what == "HANG":
        time.sleep(1000)
    if what == "REMAINING":
        left = remaining()
        return "none" if left == math.inf else str(int(left * 1000))
    if what == "ERROR":
        raise ValueError(NEEDLE) from KeyError(NEEDLE)
    if what == "PANIC":
        raise SystemExit(NEEDLE)
    if what == "NOTHING":
        return 42
    if what == "BIG":
        return bytearray(int(argument))
    if what == "MADE":
        return made()
    if what == "LOG":
        log(INFORMATION, "one\nline " + "ü" * 1000)
        return "logged"
    if what == "PRINT":
        print("printed")
        return "done"
    return None


def get_many(names: List[str]) -> Mapping[str, Union[Answer, Failure]]:
    return {name: get(name) for name in names}


def set_(name: str, value: Given) -> None:
    if name == "KEEP":
        kept.append(bytearray(value.text or b""))
    if name == "ERROR":
        raise ValueError(bytes(value.text or b""))


def delete(_: str) -> Any:
    return None


def list_() -> Any:
    return ["A\0B"]


def close() -> None:
    sys.stderr.write("closed\n")


if __name__ == "__main__":
    few: Optional[str] = next(iter(sys.argv[1:]), None)
    serve(
        "wild", get, open=open_, get_many=get_many, set=set_, delete=delete, list=list_, close=close,
        threads=int(few or 8), honors_deadlines=True,
    )
