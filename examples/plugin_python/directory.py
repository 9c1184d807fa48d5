#!/usr/bin/env python3
"""A complete plugin: each file of one directory is a secret, called by the file's name.

Copy it, and put your own place into Directory. It is the same provider as examples/plugin_rust and
examples/plugin_c, as a program of its own. Its settings are one path:

    [secrets.providers.files]
    plugin = "/usr/local/lib/prefect-secrets/directory.toml"
    [secrets.providers.files.config]
    directory = "/run/secrets"
"""

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

# Where the module is, seen from here. In a copy it stands beside this file, or is installed.
sys.path.append(str(Path(__file__).resolve().parent / "../../bindings/python"))

from prefect_secrets_provider import Failure, Given, remaining, serve  # noqa: E402

#: The largest value: 16 MiB.
LARGEST = 16 << 20

GIVE_PERMISSION = "give this user the permission with chmod or chown"
LOOK_INTO_LOG = "look into the system's log for the disk or the mount"
REFUSED = (errno.EACCES, errno.EPERM)


class Directory:
    """Answers names from the files of one directory. A name that no file can have is absent; so is one
    that leads out of the directory."""

    path = b""  # in bytes: names are UTF-8 here, whatever the locale is

    def open(self, _: str, settings: Dict[str, Any]) -> None:
        next_step = "set it to the absolute path of a directory"
        if "directory" not in settings:
            raise Failure("invalid", "the setting `directory` is missing", next_step)
        path = settings["directory"]
        if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
            raise Failure("invalid", "the setting `directory` is no absolute path", next_step)
        self.path = path.encode()

    def present(self) -> None:
        """Fails if the directory is not there: that it is gone is an outage, not absence."""
        try:
            if not stat.S_ISDIR(os.stat(self.path).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "")
        except OSError as error:
            raise no_directory(error) from None

    def get(self, name: str) -> Optional[bytearray]:
        self.present()
        return self.read(name)

    def get_many(self, names: List[str]) -> Mapping[str, Union[bytearray, Failure, None]]:
        """As get, with the directory looked at once. A name that fails does not fail the others."""
        self.present()
        answers: Dict[str, Union[bytearray, Failure, None]] = {}
        for name in names:
            try:
                answers[name] = self.read(name)
            except Failure as failure:
                answers[name] = failure
        return answers

    def read(self, name: str) -> Optional[bytearray]:
        if not is_file_name(name):
            return None
        in_time("reading a file")
        try:
            # A link is not followed: it could lead out of the directory. A pipe is not waited for.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.open(os.path.join(self.path, name.encode()), flags)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise no_file(error) from None
        try:
            return content(file)
        except OSError as error:
            raise no_file(error) from None
        finally:
            os.close(file)

    def set(self, name: str, value: Given) -> None:
        """Keeps the text: a file has no place for a JSON view of its own."""
        if not is_file_name(name):
            next_step = "use a name of 1 to 255 bytes without '/', not \".\" and not \"..\""
            raise Failure("invalid", "no file can have this name", next_step)
        text = value.json if value.text is None else value.text
        if text is None or (value.text is not None and value.json is not None):
            what = "a file has no room for a JSON view beside its text"
            raise Failure("unsupported", what, "set the value as text or as JSON")
        in_time("writing a file")
        self.present()
        if len(text) > LARGEST:
            raise too_large()
        try:
            self.write(os.path.join(self.path, name.encode()), text)
        except OSError as error:
            raise not_written(error) from None

    def write(self, path: bytes, text: bytearray) -> None:
        """Whoever reads meanwhile gets the old value or the new one, and never a part."""
        temporary, file = self.temporary()
        try:
            try:
                with memoryview(text) as view:
                    at = 0
                    while at < len(view):
                        at += os.write(file, view[at:])
                os.fsync(file)
            finally:
                os.close(file)
            os.rename(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise

    def temporary(self) -> "tuple[bytes, int]":
        """A new file that only this user can read, under a name that a list leaves out."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        for attempt in range(1000):
            path = os.path.join(self.path, b".prefect-secrets-%d-%d" % (os.getpid(), attempt))
            try:
                return path, os.open(path, flags, 0o600)
            except FileExistsError:
                pass
        raise FileExistsError(errno.EEXIST, "")

    def delete(self, name: str) -> bool:
        if not is_file_name(name):
            return False
        in_time("removing a file")
        self.present()
        try:
            os.unlink(os.path.join(self.path, name.encode()))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise not_written(error) from None
        return True

    def list(self) -> List[str]:
        """The regular files whose names are UTF-8 and do not start with a dot."""
        names = []
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    in_time("listing the directory")
                    if entry.name.startswith(b".") or not entry.is_file(follow_symlinks=False):
                        continue
                    try:
                        names.append(entry.name.decode("utf-8"))
                    except UnicodeDecodeError:
                        pass
        except OSError as error:
            raise no_directory(error) from None
        return names


def content(file: int) -> bytearray:
    """The content of an open file, which has to be a regular one."""
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise not_a_file()
    size = status.st_size
    while size <= LARGEST:
        # Memory of the right size at once: a bytearray that grows leaves copies of the value behind.
        # One byte more, to see whether the file has grown meanwhile.
        text = bytearray(size + 1)
        with memoryview(text) as view:
            at = 0
            while at < len(view):
                got = os.preadv(file, [view[at:]], at)
                if got == 0:
                    break
                at += got
        if at < len(text):
            del text[at:]
            return text
        text[:] = bytes(len(text))
        size = max(2 * size, 4096)
    raise too_large()


def is_file_name(name: str) -> bool:
    """Whether a file of the directory can have this name."""
    return 1 <= len(name.encode()) <= 255 and "/" not in name and "\0" not in name and name not in (".", "..")


def in_time(doing: str) -> None:
    """Keeps the promise of honors_deadlines: it is asked before each piece of work."""
    if remaining() <= 0:
        next_step = "allow more time, or find out what is slow"
        raise Failure("timed out", f"the deadline passed while {doing}", next_step)


def no_directory(error: OSError) -> Failure:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        next_step = "create or mount it, or correct the setting `directory`"
        return Failure("unavailable", "the directory is not there", next_step)
    if error.errno in REFUSED:
        return Failure("denied", "this user may not use the directory", GIVE_PERMISSION)
    return Failure("unavailable", "the directory cannot be read at present", LOOK_INTO_LOG)


def no_file(error: OSError) -> Failure:
    if error.errno in REFUSED:
        return Failure("denied", "this user may not read the file", GIVE_PERMISSION)
    if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
        return not_a_file()
    return Failure("unavailable", "the file cannot be read at present", LOOK_INTO_LOG)


def not_written(error: OSError) -> Failure:
    if error.errno in (*REFUSED, errno.EROFS):
        return Failure("denied", "this user may not write to the directory", GIVE_PERMISSION)
    if error.errno == errno.EISDIR:
        return not_a_file()
    next_step = "make room on the disk, or look into the system's log"
    return Failure("unavailable", "the directory cannot be written at present", next_step)


def not_a_file() -> Failure:
    next_step = "put the file itself there, not a directory or a link"
    return Failure("invalid", "what has this name is not a regular file", next_step)


def too_large() -> Failure:
    return Failure("invalid", "the value is larger than 16 MiB", "store a smaller value")


if __name__ == "__main__":
    directory = Directory()
    serve(
        "directory-python", directory.get,
        open=directory.open, get_many=directory.get_many, set=directory.set, delete=directory.delete,
        list=directory.list, honors_deadlines=True,
    )
