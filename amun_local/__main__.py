"""`python -m amun_local up|down|status`: what `amun up`, `amun down` and `amun status` start."""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Sequence

import structlog

from amun_core.errors import AmunError
from amun_core.redaction import redact_event
from amun_core.settings import Settings
from amun_local import messages, service, state_file
from amun_local.down import down
from amun_local.errors import PortTakenError, from_record
from amun_local.home import Home, prepare
from amun_local.process_table import module
from amun_local.rolling_log import RollingLog
from amun_local.sharing import others
from amun_local.status import status
from amun_local.supervisor import Supervisor
from amun_local.up import up

EXIT_INTERNAL = 3
EXIT_NOTHING_FOUND = 5
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        return int(options.action(options, settings))
    except AmunError as error:
        messages.error(error)
        return EXIT_INTERNAL
    except KeyboardInterrupt:
        messages.tell("interrupted")
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m amun_local",
        description="Start, stop and show the service of this machine; `amun up`, `amun down` and "
        "`amun status` call this.",
    )
    actions = parser.add_subparsers(required=True, metavar="up|down|status")
    helps = {
        "up": "start the service and wait until it answers",
        "down": "end it; what was stored stays",
        "status": "show what runs, what answers, and which engines this host has",
        "supervise": "what `up` starts: supervise the processes in the foreground",
    }
    for name, action in (
        ("up", _up),
        ("down", _down),
        ("status", _status),
        ("supervise", _supervise),
    ):
        command = actions.add_parser(name, help=helps[name], description=helps[name])
        command.set_defaults(action=action)
        command.add_argument("--json", action="store_true", help="answer with a JSON document")
        if name in {"up", "supervise"}:
            command.add_argument("--port", type=_port, help="listen on this port (else a free one)")
        if name == "up":
            command.add_argument(
                "--foreground", action="store_true", help="stay, and stop the service on Ctrl-C"
            )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: 1 to 65535")
    return port


def _up(options: argparse.Namespace, settings: Settings) -> int:
    home = prepare(settings.home)
    begun = time.monotonic()
    if options.foreground:
        return _in_foreground(options, settings, home)
    arguments = ["--port", str(options.port)] if options.port else []
    environ = {**os.environ, "AMUN_HOME": str(home.folder)}
    command = module("amun_local", "supervise", *arguments)
    state, ran = up(home, command, environ, tell=messages.tell)
    if _other_port(state, options):
        raise PortTakenError(
            f"the service runs at {state.url} and keeps that port; it was not moved to "
            f"{options.port}",
            hint=f"`amun down`, then `amun up --port {options.port}`",
        )
    for line in others(state, settings):
        messages.tell(line)
    if ran and state.version != service.installed_version():
        messages.tell(
            f"version {state.version} runs, {service.installed_version()} is installed: "
            "`amun down`, then `amun up`"
        )
    if options.json:
        messages.answer_json({**status(home, settings), "already_running": ran})
        return 0
    if ran:
        messages.tell(f"Amun {state.version} is already running at")
    else:
        messages.tell(f"Amun {state.version} is ready in {time.monotonic() - begun:.1f} s at")
    messages.answer(str(state.url))
    return 0


def _other_port(state: state_file.ServiceState, options: argparse.Namespace) -> bool:
    return bool(options.port) and state.ports.get("api") != options.port


def _in_foreground(options: argparse.Namespace, settings: Settings, home: Home) -> int:
    if state_file.is_locked(home.service_lease):
        state = state_file.read(home.state_file)
        messages.tell(f"already running at {state.url if state else 'an unknown address'}")
        return EXIT_INTERNAL if state and _other_port(state, options) else 0
    messages.tell("starting; Ctrl-C stops the service")
    code = _supervise(options, settings, stream=True)
    ended = state_file.read(home.state_file)
    if code and ended is not None and ended.failure is not None:
        messages.error(from_record(ended.failure))
    return EXIT_INTERNAL if code else 0


def _down(options: argparse.Namespace, settings: Settings) -> int:
    home = Home(settings.home.expanduser().absolute())
    stopped = down(home, settings, tell=messages.tell)
    if options.json:
        messages.answer_json(
            {
                "schema": "amun.down/1",
                "was_running": stopped.was_running,
                "interrupted": list(stopped.interrupted),
                "killed": list(stopped.killed),
                "seconds": round(stopped.seconds, 2),
            }
        )
        return 0
    for description in stopped.killed:
        messages.tell(f"had to be ended by hand: {description}")
    if stopped.was_running:
        messages.tell(f"stopped in {stopped.seconds:.1f} s; the database stays in {home.folder}")
    else:
        messages.tell("nothing was running")
    return 0


def _status(options: argparse.Namespace, settings: Settings) -> int:
    home = Home(settings.home.expanduser().absolute())
    document = status(home, settings)
    if options.json:
        messages.answer_json(document)
    else:
        for line in messages.status_lines(document):
            messages.answer(line)
    return 0 if document["url"] else EXIT_NOTHING_FOUND


def _supervise(options: argparse.Namespace, settings: Settings, *, stream: bool = False) -> int:
    home = prepare(settings.home)
    rolling = RollingLog(home.log("supervisor"), maximum_bytes=settings.log_bytes)
    supervisor = Supervisor(
        home,
        functools.partial(
            service.make_plan,
            settings=settings,
            home=home,
            environ=dict(os.environ),
            port=options.port,
        ),
        version=service.installed_version(),
        log_bytes=settings.log_bytes,
        log=_logger(rolling, stream=stream),
    )
    return supervisor.run()


def _logger(rolling: RollingLog, *, stream: bool) -> structlog.typing.FilteringBoundLogger:
    def write(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
        line = str(structlog.processors.JSONRenderer()(None, "", event))
        rolling.write(line.encode() + b"\n")
        if stream:
            messages.tell(line)
        raise structlog.DropEvent

    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact_event,
            write,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(0),
    )
    return logger


if __name__ == "__main__":
    sys.exit(main())
