from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pip._internal.req.req_file import RequirementsFileParseError as PipRefusesError
from pip._internal.req.req_file import (
    RequirementsFileParser,
    _decode_req_file,
    get_line_parser,
    preprocess,
)

from amun_core.requirements_file import (
    FileLine,
    FileOption,
    RequirementsEncodingError,
    decode_file,
    decode_requirements,
    requirements_lines,
)

HASH = "sha256:" + "a" * 64

#: Lines of every kind; each is read by pip, too.
LINES = (
    "six==1.16.0",
    f"six==1.16.0 --hash={HASH} --hash {HASH}",
    f"six==1.16.0 \\\n    --hash={HASH} \\\n    --hash={HASH}  # via x",
    f"six==1.16.0 \\\n# a comment\n --hash={HASH}",
    "six ; python_version > '3' and sys_platform != \"-r\"",
    "six\t; os_name == 'posix'",
    "six --pre",
    "six --config-settings '--a b=c' -C d=e",
    "-i https://index.example/simple --trusted-host index.example",
    '--index-url "https://index.example/simple"',
    "--index-url='https://index.example/simple' --extra-index-url https://e.example",
    "--pypi-url https://index.example/simple",
    "-f a -f b --no-index",
    "--find-links=./wheels",
    "--no-binary :all: --only-binary a,b",
    "--prefer-binary --require-hashes",
    "--no-require-hashes",
    "--pre --all-releases a --only-final b,c",
    "--only-final :all:",
    "--trusted-h index.example",
    "-e . -C a=b",
    "-e git+https://g.example/a#egg=a --pre",
    "--editable=./a",
    "six#egg",
    "six # comment",
    "  # comment",
    "a \\",
    "a \\ ",
    "\\\\a",
    "--hash=sha256:aa",
    "--pre junk",
    "--uploaded-prior-to 2024-01-01",
    "--global-option x",
    "six --global-option=x",
    "--no-deps",
    "-q",
    "--pre=1",
    "-i",
    "--index-url 'https://index.example",
    "a\x0cb",
    "a\u2028b",
    "--",
    "-",
)


def pips(text: str, tmp_path: Path) -> list[tuple[int, str, list[str]]] | None:
    """(line, requirement, what is editable) as pip has it; None where pip refuses the file."""
    parser = get_line_parser(None)
    path = tmp_path / "r.txt"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        lines = list(RequirementsFileParser(None, parser).parse(str(path), constraint=False))  # type: ignore[arg-type]
    except PipRefusesError:
        return None
    return [(one.lineno, one.args.strip(), list(one.opts.editables or [])[:1]) for one in lines]


def ours(text: str) -> list[tuple[int, str, list[str]]] | None:
    lines = list(requirements_lines(text))
    if any(line.fault for line in lines):
        return None
    return [(line.number, line.requirement, line.values("--editable")) for line in lines]


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read_as_pip_reads_it(line: str, tmp_path: Path) -> None:
    text = f"first\n{line}\nlast\n"
    assert ours(text) == pips(text, tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_lines_in_any_order_are_joined_as_by_pip(lines: list[str], end: str) -> None:
    text = end.join(lines)
    assert [(line.number, None) for line in requirements_lines(text)] == [
        (number, None) for number, _ in preprocess(text)
    ]


def test_several_options_on_one_line() -> None:
    [line] = requirements_lines("-i https://i.example --trusted-host i.example --pre")
    assert line == FileLine(
        1,
        options=(
            FileOption("--index-url", "https://i.example"),
            FileOption("--trusted-host", "i.example"),
            FileOption("--pre"),
        ),
    )


def test_what_pip_passes_over_is_named() -> None:
    told = {
        "six --pre": ("--pre",),
        "-r a -r b": ("--requirement",),
        "-r a -c b": ("--constraint",),
        "-f a -f b": ("--find-links",),
        "-e a -e b": ("--editable",),
        "--pre junk": ("'junk'",),
        f"--hash={HASH}": ("--hash",),
    }
    for text, over in told.items():
        [line] = requirements_lines(text)
        assert line.passed_over == over, text


def test_no_secret_of_a_line_is_told() -> None:
    for text in ("--pre https://u:secret@i.example", "--nope=https://u:secret@i.example/x"):
        [line] = requirements_lines(text)
        assert "secret" not in f"{line.passed_over} {line.fault}"


def test_variables_that_are_empty_stay_as_for_pip() -> None:
    [line] = requirements_lines("-i https://${A}:${B}@i.example", {"A": "x", "B": ""})
    assert line.values("--index-url") == ["https://x:${B}@i.example"]


@pytest.mark.parametrize("mark", [
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
])  # fmt: skip
def test_the_encoding_is_told_by_a_mark(mark: tuple[bytes, str]) -> None:
    data = mark[0] + "six  # Größe\n".encode(mark[1])
    assert decode_requirements(data) == _decode_req_file(data, "r.txt") == "six  # Größe\n"


def test_the_encoding_is_told_by_a_comment() -> None:
    for comment in ("# -*- coding: latin-1 -*-", "# one\n# coding=cp1252"):
        data = f"{comment}\nsix  # Größe\n".encode("latin-1")
        assert decode_requirements(data) == _decode_req_file(data, "r.txt")
        assert "Größe" in decode_requirements(data)
    data = "# coding: latin-1 é\n[packages]\n".encode()
    assert decode_file("Pipfile", data) == data.decode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"six \xff", "no text in utf-8"),
        (b"# coding: nope\nsix", "the encoding 'nope' is not known"),
        (b"# coding: base64\nsix", "is not known|no text"),
        (codecs.BOM_UTF16_LE + b"s", "no text in utf-16"),
    ],
)
def test_what_is_no_text_is_told(data: bytes, why: str) -> None:
    with pytest.raises(RequirementsEncodingError, match=why):
        decode_requirements(data)
