"""A package index on loopback that behaves, or misbehaves as it is told: real HTTP, real wheels."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import unquote

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


def metadata_of(
    name: str,
    version: str,
    requires: Iterable[str] = (),
    extras: Iterable[str] = (),
    python: str | None = None,
) -> bytes:
    """A METADATA with a description."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {python}"] if python else []
    lines += [f"Requires-Dist: {one}" for one in requires]
    lines += [f"Provides-Extra: {one}" for one in extras]
    return ("\n".join(lines) + "\n\nRequires-Dist: not-this-one\n").encode()


def wheel_of(
    name: str,
    version: str,
    metadata: bytes,
    *,
    members: Mapping[str, bytes] | None = None,
    last: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A wheel; `members` come before its METADATA, `last` behind it. It has the same hash each time."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    written = io.BytesIO()
    contents = {
        **(members or {"module.py": b"answer = 42\n"}),
        f"{folder}/METADATA": metadata,
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\n",
        **(last or {}),
    }
    with zipfile.ZipFile(written, "w", compression) as archive:
        for path, content in contents.items():
            archive.writestr(zipfile.ZipInfo(path), content, compression)
    return written.getvalue()


@dataclass
class Served:
    """One file of the index."""

    content: bytes
    metadata: bytes
    python: str | None = None
    yanked: str | None = None
    uploaded: str | None = None
    alone: bool = True
    #: The hash that the page tells of the METADATA; empty: none.
    metadata_sha256: str | None = None


@dataclass(frozen=True)
class Fault:
    """What happens instead of an answer, so many times (-1: always)."""

    status: int = 200
    body: bytes | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The answer ends after so many bytes, although its length says more.
    cut: int | None = None
    #: The answer has no length and ends with the connection after so many bytes.
    cut_silently: int | None = None
    wait: float = 0.0
    times: int = 1


class _Quiet(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked was killed: that is what some tests are about."""


class IndexServer:
    """Use it as a context. `html`: PEP 503 only; `tells`: the pages tell of metadata (PEP 714)."""

    def __init__(
        self,
        *,
        html: bool = False,
        ranges: bool = True,
        tells: bool = False,
        dates: bool = True,
        relative: bool = False,
    ) -> None:
        self.html = html
        self.ranges = ranges
        self.tells = tells
        self.dates = dates
        self.relative = relative
        self.projects: dict[str, dict[str, Served]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.login: str | None = None
        self._faults: list[tuple[re.Pattern[str], list[Fault]]] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The address of the simple pages."""
        return f"{self.origin}/simple"

    def add(
        self,
        name: str,
        version: str,
        requires: Iterable[str] = (),
        *,
        extras: Iterable[str] = (),
        tag: str = "py3-none-any",
        python: str | None = None,
        metadata: bytes | None = None,
        **served: str | bool | None,
    ) -> str:
        """Put a wheel into the index; its file name."""
        filename = f"{name.replace('-', '_')}-{version}-{tag}.whl"
        content = metadata_of(name, version, requires, extras) if metadata is None else metadata
        self.projects.setdefault(name, {})[filename] = Served(
            wheel_of(name, version, content),
            content,
            python,
            **served,  # type: ignore[arg-type]
        )
        return filename

    def fail(self, pattern: str, *faults: Fault) -> None:
        """Answer paths that match with these faults, one after the other."""
        self._faults.append((re.compile(pattern), list(faults)))

    def mend(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def asked(self, pattern: str) -> int:
        """How often paths that match were asked for."""
        return sum(1 for path, _ in self.requests if re.search(pattern, path))

    def fault_of(self, path: str) -> Fault | None:
        with self._lock:
            for pattern, faults in self._faults:
                if faults and pattern.search(path):
                    if faults[0].times == 1:
                        return faults.pop(0)
                    if faults[0].times > 0:
                        faults[0] = Fault(**{**faults[0].__dict__, "times": faults[0].times - 1})
                    return faults[0]
        return None

    def page(self, project: str) -> tuple[str, bytes]:
        """Content type and body of a project's page."""
        base = "../../files" if self.relative else f"{self.origin}/files"
        files = self.projects[project]
        if self.html:
            links = "\n".join(self._link(base, name, file) for name, file in files.items())
            body = f"<!DOCTYPE html><html><head></head><body>\n{links}\n</body></html>"
            return HTML, body.encode()
        entries = [self._entry(base, name, file) for name, file in files.items()]
        document = {"meta": {"api-version": "1.1"}, "name": project, "files": entries}
        return JSON, json.dumps(document).encode()

    def _hash_of_metadata(self, file: Served) -> str | None:
        if not self.tells or not file.alone:
            return None
        told = file.metadata_sha256
        return hashlib.sha256(file.metadata).hexdigest() if told is None else told

    def _link(self, base: str, name: str, file: Served) -> str:
        attributes = {"data-requires-python": file.python, "data-yanked": file.yanked}
        told = self._hash_of_metadata(file)
        attributes["data-core-metadata"] = told and f"sha256={told}"
        text = "".join(
            f' {key}="{html.escape(value)}"'
            for key, value in attributes.items()
            if value is not None
        )
        digest = hashlib.sha256(file.content).hexdigest()
        return f'<a href="{base}/{name}#sha256={digest}"{text}>{name}</a><br/>'

    def _entry(self, base: str, name: str, file: Served) -> dict[str, object]:
        entry: dict[str, object] = {
            "filename": name,
            "url": f"{base}/{name}",
            "hashes": {"sha256": hashlib.sha256(file.content).hexdigest()},
            "requires-python": file.python,
            "yanked": False if file.yanked is None else file.yanked or True,
            "size": len(file.content),
        }
        if self.dates and file.uploaded:
            entry["upload-time"] = file.uploaded
        told = self._hash_of_metadata(file)
        if self.tells:
            entry["core-metadata"] = {"sha256": told} if told else False
        return entry

    def document(self, project: str) -> bytes:
        """The JSON document of a project: when its files were uploaded."""
        releases: dict[str, list[dict[str, object]]] = {}
        for name, file in self.projects[project].items():
            entry = {
                "filename": name,
                "upload_time_iso_8601": file.uploaded,
                "yanked": file.yanked is not None,
            }
            releases.setdefault(name.split("-")[1], []).append(entry)
        return json.dumps({"releases": releases}).encode()


def _handler(index: IndexServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            index.requests.append((self.path, dict(self.headers.items())))
            fault = index.fault_of(self.path)
            if fault is not None and fault.wait:
                time.sleep(fault.wait)
            if index.login and self.headers.get("Authorization") != index.login:
                self._send(401, "text/plain", b"who are you?", {})
                return
            if fault is not None and fault.status != 200:
                self._send(fault.status, "text/plain", fault.body or b"no", fault.headers)
                return
            try:
                status, kind, body, headers = self._answer()
            except KeyError:
                status, kind, body, headers = 404, "text/plain", b"not here", {}
            if fault is None:
                self._send(status, kind, body, headers)
                return
            body = body if fault.body is None else fault.body
            kind = kind if fault.content_type is None else fault.content_type
            self._send(
                status, kind, body, {**headers, **fault.headers}, fault.cut, fault.cut_silently
            )

        def _answer(self) -> tuple[int, str, bytes, dict[str, str]]:
            _, kind, name, *_rest = self.path.split("/")
            if kind == "simple":
                content_type, body = index.page(name)
                etag = f'"{hashlib.sha256(body).hexdigest()}"'
                if self.headers.get("If-None-Match") == etag:
                    return 304, content_type, b"", {"ETag": etag}
                return 200, content_type, body, {"ETag": etag}
            if kind == "pypi":
                return 200, "application/json", index.document(name), {}
            return self._file(unquote(name))

        def _file(self, name: str) -> tuple[int, str, bytes, dict[str, str]]:
            files = {
                key: one for project in index.projects.values() for key, one in project.items()
            }
            if name.endswith(".metadata"):
                file = files[name.removesuffix(".metadata")]
                if not file.alone:
                    raise KeyError(name)
                return 200, "application/octet-stream", file.metadata, {}
            content = files[name].content
            span = self.headers.get("Range")
            if not span or not index.ranges:
                return 200, "application/octet-stream", content, {}
            first, _, last = span.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(content) - int(last))
            end = min(int(last), len(content) - 1) if first and last else len(content) - 1
            where = {"Content-Range": f"bytes {start}-{end}/{len(content)}"}
            return 206, "application/octet-stream", content[start : end + 1], where

        def _send(
            self,
            status: int,
            kind: str,
            body: bytes,
            headers: Mapping[str, str],
            cut: int | None = None,
            cut_silently: int | None = None,
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for key, value in headers.items():
                self.send_header(key, value)
            if cut_silently is None:
                self.send_header("Content-Length", str(len(body)))
            if cut is not None or cut_silently is not None:
                self.send_header("Connection", "close")
                self.close_connection = True
                body = body[: cut if cut is not None else cut_silently]
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # who asked has seen enough
                self.close_connection = True

    return Handler
