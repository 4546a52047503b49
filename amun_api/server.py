"""The HTTP server: gunicorn, started from Python, one worker process with threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

logger = structlog.get_logger("amun_api.server")

#: A request waits for the database most of the time; more threads than this only wait for its lock.
THREADS = 8
KEEP_ALIVE_SECONDS = 75
GRACEFUL_SECONDS = 20
#: A worker whose main loop stops for so long is replaced; requests run in threads beside it.
STALLED_SECONDS = 60


class StructuredServerLogger(Logger):  # type: ignore[misc, unused-ignore]
    """Gunicorn's own messages as JSON lines among ours; its access log stays unused."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn passes it
        """Gunicorn's handlers would write plain lines: none are made."""
        self.loglevel = 20

    def critical(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("critical", msg, args, kwargs)

    def error(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("error", msg, args, kwargs)

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("warning", msg, args, kwargs)

    def info(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("info", msg, args, kwargs)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Gunicorn's debug lines hold headers: they are dropped."""

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("error", msg, args, {**kwargs, "exc_info": True})

    def log(self, lvl: Any, msg: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        self._write("info", msg, args, kwargs)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """The application writes one line a request itself."""

    def reopen_files(self) -> None:
        """There are no files."""

    def close_on_exec(self) -> None:
        """There are no files."""

    def _write(self, level: str, msg: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        text = str(msg) % args if args and not isinstance(args[0], dict) else str(msg)
        getattr(logger, level)(text, action="server", exc_info=kwargs.get("exc_info"))


class Server(BaseApplication):  # type: ignore[misc, unused-ignore]
    """One worker process with threads; the application is made in the worker, after the fork."""

    def __init__(self, make_app: Callable[[], Any], bind: str, **options: Any) -> None:
        self._make_app = make_app
        self._options = {**server_options(bind), **options}
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]

    def load_config(self) -> None:
        """Our options; gunicorn reads neither its configuration file nor GUNICORN_CMD_ARGS."""
        for name, value in self._options.items():
            self.cfg.set(name, value)  # type: ignore[union-attr, unused-ignore]

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT; the process ends in here."""
        super().run()  # type: ignore[no-untyped-call, unused-ignore]

    def load(self) -> Any:
        """The application."""
        return self._make_app()


def server_options(bind: str) -> dict[str, Any]:
    """How gunicorn is set up. The benchmark's bare application is served with the same."""
    return {
        "bind": bind,
        "worker_class": "gthread",
        "workers": 1,
        "threads": THREADS,
        "keepalive": KEEP_ALIVE_SECONDS,
        "graceful_timeout": GRACEFUL_SECONDS,
        "timeout": STALLED_SECONDS,
        "logger_class": StructuredServerLogger,
        "proc_name": "amun-api",
        # nobody in front of us is trusted to say who asks
        "forwarded_allow_ips": "",
        # gunicorn's own control socket would lie in the home folder of whoever runs us
        "control_socket_disable": True,
    }


def bind_address(host: str, port: int) -> str:
    """HOST:PORT as gunicorn takes it; IPv6 addresses in brackets."""
    bare = host.strip("[]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"
