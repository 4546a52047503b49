"""What one call of `amun` has at hand: its configuration, its console, a client when it needs one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import platformdirs

from amun_client import configuration
from amun_client.api import Client
from amun_client.configuration import Configuration
from amun_client.console import Console, Taste
from amun_client.discovery import Server, discover, local_url, token
from amun_core.settings import Settings


class Session:
    """Made once in `main`; commands get it as their context object."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ = environ
        self._folder = folder
        self.taste = Taste()

    @cached_property
    def console(self) -> Console:
        """Where words go."""
        return Console(self.taste, self._environ)

    @cached_property
    def configuration(self) -> Configuration:
        """Environment and files."""
        user_file = Path(platformdirs.user_config_dir("amun", appauthor=False)) / "config.toml"
        return configuration.load(self._environ, self._folder, user_file)

    @cached_property
    def settings(self) -> Settings:
        """The service's settings as they hold here."""
        return self.configuration.settings()

    @cached_property
    def home(self) -> Path:
        """The home folder of the local service."""
        return self.settings.home.expanduser().absolute()

    @cached_property
    def server(self) -> Server:
        """The server that is meant."""
        return discover(
            self.taste.server,
            self.configuration.environ,
            self.home,
            project_server=self.configuration.project_server,
        )

    @property
    def names_a_server(self) -> bool:
        """Whether there is any server to ask."""
        named = self.taste.server or self.configuration.environ.get("AMUN_SERVER")
        return bool(named or self.configuration.project_server or local_url(self.home))

    @cached_property
    def client(self) -> Client:
        """A client for that server."""
        self.console.detail(f"server {self.server.url} ({self.server.origin})")
        secret = token(self.configuration.environ, self.server)
        if secret and not self.server.local and self.server.url.startswith("http://"):
            self.console.warning(f"the token goes to {self.server.url} unencrypted")
        return Client(self.server, token=secret)
