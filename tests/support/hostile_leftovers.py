"""What a run with bad intent may leave at the path of its result: a table of programs.

Each program finds `path` (of the result) and `folder` (its own output folder) set. It leaves what
it names; none of it harms anything but a reader that believes it.
"""

from __future__ import annotations

#: Finds the paths from the command line of the driver, which is the parent of a script.
FIND = """
import os
path = open(f"/proc/{os.getppid()}/cmdline", "rb").read().split(b"\\0")[-2].decode()
folder = os.path.dirname(path)
"""
#: Ends the driver, so that it writes no result of its own.
END_DRIVER = "\nos.kill(os.getppid(), 9)\n"

_FINE = (
    '{"schema": "amun.run/1", "outcome": "completed", "name": "n", "component": "c", '
    '"@parameters": {}, "@result": {"rate": 1.0}'
)


def _document(more: str) -> str:
    return f"open(path, 'w').write({_FINE!r} + {more!r} + '}}')"


def _text(text: str) -> str:
    return f"open(path, 'w').write({text!r})"


#: name -> (program, part of the message)
LEFTOVERS: dict[str, tuple[str, str]] = {
    # kinds of files
    "named pipe": ("import os; os.mkfifo(path)", "a named pipe"),
    "folder": ("import os; os.mkdir(path)", "a folder"),
    "folder with a file": ("import os; os.makedirs(path + '/result.json')", "a folder"),
    "socket": (
        (
            "import os, socket; os.chdir(folder); "
            "socket.socket(socket.AF_UNIX).bind(os.path.basename(path))"
        ),
        "a socket",
    ),
    "link to a host file": ("import os; os.symlink('/etc/passwd', path)", "a link"),
    "link to a device": ("import os; os.symlink('/dev/zero', path)", "a link"),
    "link to itself": ("import os; os.symlink(path, path)", "a link"),
    "link to nothing": ("import os; os.symlink('nowhere', path)", "a link"),
    "link to a pipe": (
        "import os; os.mkfifo(path + '.pipe'); os.symlink(path + '.pipe', path)",
        "a link",
    ),
    "link to a folder": ("import os; os.symlink('/', path)", "a link"),
    "hard link": (
        "import os; open(path + '.a', 'w').write('{}'); os.link(path + '.a', path)",
        "hard link",
    ),
    # sizes
    "empty": ("open(path, 'w').close()", "not JSON"),
    "sparse terabyte": (
        "import os; f = os.open(path, os.O_WRONLY | os.O_CREAT); os.ftruncate(f, 200 << 20)",
        "a file of 209715200 bytes",
    ),
    "zeros": ("open(path, 'wb').write(bytes(1 << 20))", "not JSON"),
    "many lists": ("open(path, 'w').write('[' + '[],' * 300_000 + '[]]')", "objects and lists"),
    "many objects": ("open(path, 'w').write('[' + '{},' * 300_000 + '{}]')", "objects and lists"),
    "many numbers": (
        f"open(path, 'w').write({_FINE!r} + ', \"runtime\": {{\"a\": [' + '1,' * 400_000 + '1]}}}}')",
        "parts",
    ),
    "much text": (
        f"open(path, 'w').write({_FINE!r} + ', \"framework\": {{\"a\": \"' + 'x' * 5_000_000 + '\"}}}}')",
        "characters of text",
    ),
    # depth
    "deep lists": ("open(path, 'w').write('[' * 150_000 + ']' * 150_000)", "deep"),
    "very deep lists": ("open(path, 'w').write('[' * 2_000_000)", "objects and lists"),
    "deep objects": ("open(path, 'w').write('{\"a\":' * 100_000 + '1' + '}' * 100_000)", "deep"),
    "a little too deep": (
        f"open(path, 'w').write({_FINE!r} + ', \"runtime\": {{\"a\": ' + '[' * 80 + ']' * 80 + '}}}}')",
        "deep",
    ),
    # texts
    "not JSON": (_text("hello"), "not JSON"),
    "not UTF-8": ("open(path, 'wb').write(b'\\xff\\xfe\\x00{')", "UTF-8"),
    "half a character": (_document(r', "runtime": {"a": "\ud800"}'), "lone surrogate"),
    "half a character as key": (_document(r', "runtime": {"\udfff": 1}'), "lone surrogate"),
    "a list": (_text("[]"), "not valid"),
    "null": (_text("null"), "not valid"),
    "another schema": (_text('{"schema": "amun.run/9"}'), "not valid"),
    "long name": (
        (
            'open(path, \'w\').write(\'{"schema": "amun.run/1", "outcome": "completed", \''
            " '\"name\": \"' + 'n' * 900_000 + '\"}')"
        ),
        "at most 4096",
    ),
    # numbers
    "huge memory": (_document(', "peak_rss_bytes": 1' + "0" * 30), "more than 20 digits"),
    "memory beyond the database": (_document(', "peak_rss_bytes": 9223372036854775808'), "922337"),
    "negative memory": (_document(', "peak_rss_bytes": -1'), "peak_rss_bytes"),
    "memory as text": (_document(', "peak_rss_bytes": "much"'), "peak_rss_bytes"),
    "long number": (_document(', "seed": 1' + "0" * 400), "more than 20 digits"),
    "very long number": (_document(', "seed": 1' + "0" * 100_000), "more than 20 digits"),
    "number in the surroundings": (_document(', "before": {"uptime_seconds": 1e308}'), "1e+308"),
    "NaN": (_document(', "usage": {"ru_utime": NaN}'), "NaN"),
    "infinity": (_document(', "usage": {"ru_utime": -Infinity}'), "infinite"),
    "beyond floats": (_document(', "usage": {"ru_utime": 1e999}'), "infinite"),
    "huge usage": (_document(', "usage": {"ru_utime": 1e20}'), "usage"),
    "negative usage": (_document(', "usage": {"ru_utime": -5.0}'), "usage"),
    "sample of 1e300": (_document(', "samples": {"values": [1e300]}'), "samples"),
    "negative sample": (_document(', "samples": {"values": [-1.0]}'), "samples"),
    "sample NaN": (_document(', "samples": {"values": [NaN]}'), "samples"),
    "more warm-ups than samples": (
        _document(', "samples": {"values": [], "warmups": 3}'),
        "warm-ups",
    ),
    "date beyond dates": (_document(', "samples": {"first_sample_at": 1e17}'), "first_sample_at"),
    "negative threads": (_document(', "threads": {"requested": -2}'), "threads"),
    "failure of the host": (
        _text(
            '{"schema": "amun.run/1", "outcome": "failed", '
            '"failure": {"reason": "index_unreachable"}}'
        ),
        "cannot know",
    ),
    "failure without a reason": (
        _text('{"schema": "amun.run/1", "outcome": "failed"}'),
        "not valid",
    ),
}

#: Numbers that a script may write straight into the document, past the driver.
FALSE_NUMBERS: dict[str, tuple[str, str]] = {
    "rate 1e308": ('{"rate": 1e299}', "@result.rate is 1e+299"),
    "rate true": ('{"rate": true}', "@result.rate is true"),
    "rate text": ('{"rate": "fast"}', "@result.rate is the text"),
    "rate negative": ('{"rate": -1}', "@result.rate is -1"),
    "rate zero": ('{"rate": 0}', "@result.rate is 0"),
    "elapsed 1e-320": ('{"elapsed": 1e-320}', "@result.elapsed is 9.99989e-321"),
    "neither": ('{"seconds": 1}', "neither rate nor elapsed; it has seconds"),
    "nothing": ("{}", "neither rate nor elapsed; it has nothing"),
}


def false_number(result: str) -> str:
    """A program that leaves a document with this `@result`."""
    head = '{"schema": "amun.run/1", "outcome": "completed", "name": "n", "@result": '
    return f"open(path, 'w').write({head!r} + {result!r} + '}}')"
