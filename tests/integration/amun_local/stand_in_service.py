"""A local service of stand-in processes: the real supervisor, the real Redis, a small web server.

`python stand_in_service.py HOME [DYING]` supervises it in the foreground; `serve PORT FOLDER` and
`sleep` are its processes. DYING is the name of one that ends at once, again and again.
"""

from __future__ import annotations

import functools
import http.server
import signal
import subprocess
import sys
import threading
from pathlib import Path

import structlog

from amun_local import ports, redis_server, service
from amun_local.home import Home, prepare
from amun_local.process_table import ManagedProcess, ServicePlan
from amun_local.state_file import ServiceState
from amun_local.stopping import Patience
from amun_local.supervisor import Supervisor, Timing


def plan(
    previous: ServiceState | None, *, home: Home, dying: str, program: str | None = None
) -> ServicePlan:
    """Redis, an API that answers every path, a worker with a child, a plain worker."""
    remembered = previous.ports if previous else {}
    api = ports.choose("127.0.0.1", [remembered.get("api")])
    redis_port = ports.choose("127.0.0.1", [remembered.get("redis")])
    program = program or redis_server.executable(None)

    def command(*arguments: str) -> tuple[str, ...]:
        # by a shell: on a busy machine Python may take longer to start than a process has to settle
        if arguments[0] == dying:
            return ("/bin/sh", "-c", "echo this cannot work; exit 3")
        return (sys.executable, __file__, *arguments[1:])

    url = f"http://127.0.0.1:{api}"
    return ServicePlan(
        foundations=(redis_server.managed(home, program, redis_port),),
        migration=command("migration", "done"),
        processes=(
            ManagedProcess(
                "api",
                command("api", "serve", str(api)),
                ready=functools.partial(service.answers, f"{url}/readyz"),
            ),
            ManagedProcess("measurer", command("measurer", "parent")),
            ManagedProcess("reaper", command("reaper", "stubborn")),
        ),
        environment={"AMUN_DATABASE_URL": f"sqlite:///{home.folder}/amun.sqlite"},
        url=url,
        ports={"api": api, "redis": redis_port},
    )


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 200 to everything."""

    def do_GET(self) -> None:
        body = b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def supervise(folder: str, dying: str) -> int:
    home = prepare(Path(folder))
    supervisor = Supervisor(
        home,
        functools.partial(plan, home=home, dying=dying),
        version="1.2.3",
        log_bytes=4096,
        log=structlog.get_logger(),
        timing=Timing(start_seconds=20, settle_seconds=2.5, patience=Patience(drain_seconds=1.0)),
    )
    return supervisor.run()


def main() -> int:
    action, *rest = sys.argv[1:]
    if action == "serve":
        http.server.ThreadingHTTPServer(("127.0.0.1", int(rest[0])), Handler).serve_forever()
    elif action == "parent":  # its child is in a session of its own, as a run is
        with subprocess.Popen([sys.executable, __file__, "sleep"], start_new_session=True):
            threading.Event().wait()
    elif action == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Event().wait()
    elif action == "sleep":
        threading.Event().wait()
    elif action == "done":
        print("database is up to date")
    else:
        return supervise(action, rest[0] if rest else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
