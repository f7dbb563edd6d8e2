"""What a file system does with each system call that the lock and the journal are made of: python3 probe.py DIRECTORY.

Prints a JSON object: the question, and the answer in a word or two. An error is given by its name."""

import ctypes
import errno
import fcntl
import json
import math
import os
import stat
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, RENAME_NOREPLACE = -100, 1
SECOND = 10**9


def answer(question, *arguments):
    try:
        return question(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def create(name, content=b"", flags=os.O_RDWR):
    descriptor = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o644)
    os.write(descriptor, content)
    return descriptor


def content(name):
    with open(name, "rb") as file:
        return file.read()


def link():
    os.close(create("link.a"))
    os.link("link.a", "link.b")
    try:
        os.link("link.a", "link.b")
        return "replaces"
    except FileExistsError:
        return "yes"


def rename_new(old, new):
    if libc.renameat2(AT_FDCWD, old.encode(), AT_FDCWD, new.encode(), RENAME_NOREPLACE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def rename():
    for name in "rename.a", "rename.b":
        os.close(create(name))
    rename_new("rename.a", "rename.c")
    try:
        rename_new("rename.b", "rename.c")
        return "replaces"
    except FileExistsError:
        return "yes"


def exclusive():
    os.close(create("exclusive"))
    try:
        os.close(create("exclusive"))
        return "creates twice"
    except FileExistsError:
        return "yes"


def locked_by_other(name):
    """Whether another process gets the kernel lock."""
    child = os.fork()
    if child == 0:
        try:
            fcntl.flock(os.open(name, os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
            os._exit(0)
        except OSError as error:
            os._exit(error.errno)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def flock():
    descriptor = create("flock")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    status = locked_by_other("flock")
    if status == 0:
        return "no"
    if status != errno.EWOULDBLOCK:
        return errno.errorcode[status]
    os.close(descriptor)
    return "yes" if locked_by_other("flock") == 0 else "for ever"


def number_of_link():
    descriptor = create("number.a")
    os.link("number.a", "number.b")
    names = os.stat("number.a").st_ino, os.stat("number.b").st_ino, os.fstat(descriptor).st_ino
    return "same" if len(set(names)) == 1 else "differs"


def links_counted():
    os.close(create("count.a"))
    os.link("count.a", "count.b")
    return str(os.stat("count.a").st_nlink)


def number_after_rename():
    descriptor = create("renamed.a")
    before = os.fstat(descriptor).st_ino
    os.rename("renamed.a", "renamed.b")
    numbers = before, os.fstat(descriptor).st_ino, os.stat("renamed.b").st_ino
    return "same" if len(set(numbers)) == 1 else "differs"


def overwritten_after_setfl():
    """Where a write at 0 lands, through a descriptor that was opened to append and does not append any more."""
    descriptor = create("setfl", b"old.", os.O_RDWR | os.O_APPEND)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~os.O_APPEND)
    os.pwrite(descriptor, b"new.", 0)
    os.close(descriptor)
    return {b"new.": "in place", b"old.new.": "at the end"}.get(content("setfl"), "elsewhere")


def overwritten_beside_append():
    """The same through one that never appended, beside another that does."""
    both = create("beside", b"old."), os.open("beside", os.O_WRONLY | os.O_APPEND)
    os.write(both[1], b"end.")
    os.pwrite(both[0], b"new.", 0)
    os.write(both[1], b"end.")
    seen = content("beside")
    for descriptor in both:
        os.close(descriptor)
    right = b"new.end.end."
    return "yes" if (seen, content("beside")) == (right, right) else "no"


def fchmod(mode):
    descriptor = create("mode")
    try:
        os.fchmod(descriptor, mode)
        os.close(descriptor)
        return "kept" if stat.S_IMODE(os.stat("mode").st_mode) == mode else "ignored"
    finally:
        os.unlink("mode")


def same_mode():
    descriptor = create("same")
    os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode))
    return "yes"


def sync(how, name, flags=os.O_RDWR | os.O_CREAT):
    descriptor = os.open(name, flags)
    if name == "sync":
        os.write(descriptor, b"x")
    how(descriptor)
    return "yes"


def step_of_time():
    """The largest of the steps that all times of change are multiples of. Several files, for one time can be a round one by chance."""
    common = 0
    for number in range(6):
        os.close(create(f"time.{number}", b"x"))
        common = math.gcd(common, os.stat(f"time.{number}").st_mtime_ns)
        time.sleep(0.21)
    steps = {2 * SECOND: "2 s", SECOND: "1 s", 10**7: "10 ms", 10**6: "1 ms", 1000: "1 µs", 100: "100 ns", 1: "1 ns"}
    return next(name for step, name in steps.items() if common % step == 0)


def time_set():
    os.close(create("old", b"x"))
    wanted = int(time.time()) - 31
    os.utime("old", (wanted, wanted))
    return "kept" if abs(os.stat("old").st_mtime - wanted) <= 2 else "ignored"


def listed():
    os.close(create("listed"))
    return "yes" if "listed" in os.listdir(".") else "not at once"


def case():
    os.close(create("Case"))
    return "ignored" if os.path.exists("cASE") else "matters"


QUESTIONS = {
    "link": (link,),
    "same number": (number_of_link,),
    "nlink at once": (links_counted,),
    "number after rename": (number_after_rename,),
    "RENAME_NOREPLACE": (rename,),
    "O_EXCL": (exclusive,),
    "flock excludes": (flock,),
    "overwrite after F_SETFL": (overwritten_after_setfl,),
    "overwrite beside an appender": (overwritten_beside_append,),
    "fchmod, other mode": (fchmod, 0o600),
    "fchmod, same mode": (same_mode,),
    "fdatasync": (sync, os.fdatasync, "sync"),
    "fsync": (sync, os.fsync, "sync"),
    "fsync of a directory": (sync, os.fsync, ".", os.O_RDONLY),
    "mtime in steps of": (step_of_time,),
    "mtime set": (time_set,),
    "readdir": (listed,),
    "case": (case,),
}

os.chdir(sys.argv[1])
os.umask(0o022)
json.dump({name: answer(*question) for name, question in QUESTIONS.items()}, sys.stdout)
