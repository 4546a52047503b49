"""The lines of a requirements file in the grammar of pip 26.3; what they mean is decided elsewhere.

Lines are joined at a backslash, comments are taken off, variables put in, then a line is parted into a
requirement and options, several of which may stand on one line, in quotes as for a shell. Whatever pip
refuses has a fault here; whatever pip passes over is named.
"""

from __future__ import annotations

import codecs
import optparse
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from amun_core.intake import shown
from amun_core.redaction import redact_text

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HASHES = re.compile(r"--hash=[A-Za-z0-9:]+(?:\s+--hash=[A-Za-z0-9:]+)*")
_ENCODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
#: The longer mark first: that of UTF-16 begins as that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
#: Options that take a value, each with its other spellings; the first is what it is called here.
_VALUED = (
    ("--index-url", "-i", "--pypi-url"),
    ("--extra-index-url",),
    ("--constraint", "-c"),
    ("--requirement", "-r"),
    ("--editable", "-e"),
    ("--find-links", "-f"),
    ("--no-binary",),
    ("--only-binary",),
    ("--all-releases",),
    ("--only-final",),
    ("--trusted-host",),
    ("--use-feature",),
    ("--hash",),
    ("--config-settings", "-C", "--config-setting"),
)
_PLAIN = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")
#: Those that belong to the requirement before them.
OF_A_REQUIREMENT = frozenset({"--hash", "--config-settings"})
_OF_AN_EDITABLE = frozenset({"--config-settings"})
#: Of these pip takes the first on a line, and no other option beside an included file.
_ONCE = ("--find-links",)


@dataclass(frozen=True, slots=True)
class FileOption:
    """An option by its long name; `value` is empty where it takes none."""

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line, with the number of the first that it was joined from.

    Either it is refused (`fault`), or it has a requirement (an editable one has the option
    `--editable` alone), or options alone. `passed_over` is what pip reads and does not obey.
    """

    number: int
    requirement: str = ""
    options: tuple[FileOption, ...] = ()
    passed_over: tuple[str, ...] = ()
    fault: str | None = None

    def values(self, name: str) -> list[str]:
        """The values of an option, in order."""
        return [option.value for option in self.options if option.name == name]


class RequirementsEncodingError(ValueError):
    """The bytes are no text in the encoding that they name, or in UTF-8."""


def decode_requirements(data: bytes) -> str:
    """The text of a file: by its mark, else by a comment in its first two lines, else UTF-8.

    Raises RequirementsEncodingError.
    """
    encoding, data = _encoding(data)
    try:
        return data.decode(encoding)
    except LookupError:
        raise RequirementsEncodingError(f"the encoding {encoding[:40]!a} is not known") from None
    except (UnicodeError, ValueError):
        raise RequirementsEncodingError(f"no text in {encoding[:40]}") from None


def decode_file(name: str, data: bytes) -> str:
    """The text of a file by its name: JSON and TOML are UTF-8. Raises RequirementsEncodingError."""
    if name == "Pipfile" or name.endswith((".toml", ".json", ".lock")):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise RequirementsEncodingError("no text in UTF-8") from None
    return decode_requirements(data)


def _encoding(data: bytes) -> tuple[str, bytes]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    for line in data.split(b"\n")[:2]:
        told = _ENCODING.search(line) if line.startswith(b"#") else None
        if told is not None:
            return told[1].decode("ascii", "replace"), data
    return "utf-8", data


def requirements_lines(text: str, variables: Mapping[str, str] = {}) -> Iterator[FileLine]:
    """The lines of a file, in order. `variables` take the place of ${NAME}."""
    for number, line in logical_lines(text.removeprefix("\ufeff")):
        yield _parsed(number, _VARIABLE.sub(lambda one: variables.get(one[1]) or one[0], line))


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of the first line, line) with continuations joined and comments taken off."""
    for number, line in _joined(text):
        bare = _COMMENT.sub("", line).strip()
        if bare:
            yield number, bare


def _joined(text: str) -> Iterator[tuple[int, str]]:
    pending: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not pending:
            first = number
        comment = _COMMENT.match(line)
        if line.endswith("\\") and not comment:
            pending.append(line.strip("\\"))
            continue
        # a comment line ends what was continued
        pending.append(f" {line}" if comment else line)
        yield first, "".join(pending)
        pending = []
    if pending:
        yield first, "".join(pending)


def _parsed(number: int, line: str) -> FileLine:
    requirement, rest = _parted(line)
    if not rest:
        return FileLine(number, requirement)
    if requirement and _HASHES.fullmatch(rest):  # most lines of a lock: in one look
        hashes = (FileOption("--hash", one.partition("=")[2]) for one in rest.split())
        return FileLine(number, requirement, tuple(hashes))
    try:
        words = shlex.split(rest)
    except ValueError:
        return FileLine(number, fault="a quotation mark is not closed")
    found: list[FileOption] = []
    try:
        _, strange = _parser(found).parse_args(words)
    except _OptionError as error:
        return FileLine(number, fault=str(error))
    return _obeyed(number, requirement, found, strange)


def _parted(line: str) -> tuple[str, str]:
    """What stands before the first option, and the options: a marker has quotes of its own."""
    words = line.split(" ")
    first = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    return " ".join(words[:first]).strip(), " ".join(words[first:])


class _OptionError(Exception):
    """An option that pip does not take."""


class _Parser(optparse.OptionParser):
    def error(self, msg: str) -> NoReturn:
        raise _OptionError(_told(msg))


def _told(message: str) -> str:
    name = message.rpartition(" ")[2].partition("=")[0]
    if message.startswith("no such option"):
        return f"{shown(redact_text(name))} is not taken in a requirements file"
    return redact_text(message)[:200]


def _parser(found: list[FileOption]) -> optparse.OptionParser:
    parser = _Parser(add_help_option=False)

    def take(option: optparse.Option, _text: str, value: str | None, _parser: object) -> None:
        found.append(FileOption(str(option.metavar), value or ""))

    for spellings in _VALUED:
        parser.add_option(
            *spellings, action="callback", callback=take, type="string", metavar=spellings[0]
        )
    for name in _PLAIN:
        parser.add_option(name, action="callback", callback=take, metavar=name)
    return parser


def _obeyed(number: int, requirement: str, found: list[FileOption], strange: list[str]) -> FileLine:
    """The line with what pip obeys of it."""
    over = [shown(redact_text(word)) for word in strange]
    if requirement:
        kept = [one for one in found if one.name in OF_A_REQUIREMENT]
    else:
        kept = _without_requirement(found)
    over += [one.name for one in found if not any(one is other for other in kept)]
    return FileLine(number, requirement, tuple(kept), tuple(over))


def _without_requirement(found: list[FileOption]) -> list[FileOption]:
    for alone in ("--editable", "--requirement", "--constraint"):
        first = next((one for one in found if one.name == alone), None)
        if first is not None:
            if alone != "--editable":
                return [first]
            return [first, *(one for one in found if one.name in _OF_AN_EDITABLE)]
    kept = [one for one in found if one.name not in OF_A_REQUIREMENT]
    for name in _ONCE:
        further = [one for one in kept if one.name == name][1:]
        kept = [one for one in kept if not any(one is other for other in further)]
    return kept
