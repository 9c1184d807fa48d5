"""Keeps Secret blocks with Prefect's own client, and writes down what it reads back.

    seed.py FILE

Each line of FILE is one block: its name; its text, which is null where the value is no string; and
the value that `Secret.load(name).get()` hands to Python, as JSON.
"""

import json
import sys

from prefect.blocks.system import Secret

PEM = "-----BEGIN PRIVATE KEY-----\n" + "QUJDREVGRw==\n" * 20 + "-----END PRIVATE KEY-----\n"

VALUES = {
    "plain": "p@ss w0rd",
    "empty": "",
    "blank": " \t\n",
    "zeros": "0000",
    "number-text": "42",
    "float-text": "1e5",
    "long-number-text": "9" * 400,
    "true-text": "true",
    "null-text": "null",
    "quoted-text": '"hello"',
    "object-text": '{"b": [1, 2.50, null], "a": "x"}',
    "broken-object-text": '{"b": ',
    "nan-like": "nan",
    "python-literal": "{'a': 1}",
    "unicode": "Zürich ☃ 😀 \u2028 \ufeff e\u0301",
    "controls": "".join(chr(code) for code in range(1, 32)) + "\x7f",
    "nul": "before\x00after\x00",
    "only-nul": "\x00",
    "backslashes": 'a\\b\\"c\\u0041/',
    "newlines": "a\nb\r\nc\n",
    "pem": PEM,
    "asterisks": "********",
    "asterisks-in-object": {"a": "********"},
    "integer": 5,
    "negative": -17,
    "huge-integer": 10**30 + 1,
    "huger-integer": -(7**1000),
    "float": 2.5,
    "whole-float": 1.0,
    "small-float": 1e-7,
    "large-float": 1.7976931348623157e308,
    "true": True,
    "false": False,
    "null": None,
    "object": {"user": "me", "password": "s3cr3t", "port": 5432, "nested": {"": [], "b": {}}},
    "empty-object": {},
    "list": [1, "two", None, [3.5, {"four": 4}], 10**25],
    "empty-list": [],
    "object-with-odd-keys": {"a b": 1, "ä": 2, "\x00": 3, "a.b": 4},
    "mebibyte": "m" * (1 << 20),
    "mebibyte-of-unicode": "ü☃" * (1 << 18),
    "n" * 200: "a name of 200 characters",
    "-": "a dash",
    "0-9": "digits",
}


def main():
    for name, value in VALUES.items():
        Secret(value=value).save(name, overwrite=True)
    with open(sys.argv[1], "w") as file:
        for name in VALUES:
            block = Secret.load(name)
            raw = block.value.get_secret_value()
            text = raw if isinstance(raw, str) else None
            json.dump({"name": name, "text": text, "json": block.get()}, file)
            file.write("\n")


main()
