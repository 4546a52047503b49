"""Settings: `AMUN_*` variables, typed, read once by the entry points.

Name, default and help stand in one list; `docs/reference/settings.md` is generated from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from amun_core.errors import SettingsError


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("amun", appauthor=False))


class Settings(BaseSettings):
    """All settings of the service, one field for each `AMUN_*` variable."""

    model_config = SettingsConfigDict(env_prefix="AMUN_", frozen=True, extra="ignore")

    home: Path = Field(
        default_factory=_default_home,
        description="Folder of everything the local service keeps: database, environment store, logs.",
    )
    database_url: str = Field(
        "", description="SQLAlchemy address of the database; empty: SQLite at HOME/amun.sqlite."
    )
    broker_url: str = Field(
        "redis://127.0.0.1:6379/0", description="Address of the Redis that carries the hints."
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the API listens on.")
    public_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further Host header values that the API answers to, comma separated."
    )
    api_token_file: Path | None = Field(
        None,
        description="File with one bearer token a line; needed to listen beyond loopback.",
    )
    environment_store: Path | None = Field(
        None, description="Folder of the environment store; empty: HOME/environments."
    )
    environment_store_bytes: int = Field(
        20 * 1024**3, ge=0, description="Size above which unused environments are removed, bytes."
    )
    index_map: str = Field(
        "",
        description=(
            "Addresses of package indexes to use in place of those a lock names: "
            "FROM=TO pairs, comma separated; an empty TO means the index of pip's configuration."
        ),
    )
    container_command: str = Field(
        "", description="docker or podman, or a path to one; empty: the first that works."
    )
    lease_seconds: float = Field(
        30.0, gt=0, description="A worker that does not renew its lease for so long has lost it, s."
    )
    reap_interval_seconds: float = Field(
        5.0, gt=0, description="Time between two looks for expired leases, s."
    )
    dispatch_interval_seconds: float = Field(
        0.02, gt=0, description="Time between two looks into the outbox, s."
    )
    host_gone_seconds: float = Field(
        60.0,
        gt=0,
        description="A host whose measurer gave no sign of life for so long loses what it built "
        "to another host, where one could build it, s.",
    )
    redeliver_seconds: float = Field(
        60.0,
        gt=0,
        description="Workers for whom something waits are told so again, s. "
        "They look for themselves as well, every second.",
    )
    maximum_attempts: int = Field(
        3, ge=1, description="Attempts of each kind before an inspection counts as crashed."
    )
    build_concurrency: int = Field(1, ge=1, description="Builds at once on this host.")
    pull_images: bool = Field(
        True, description="Whether the container engine may pull base images."
    )
    pull_timeout_seconds: float = Field(
        30.0, gt=0, description="Time after which a pull that does not succeed is given up, s."
    )
    log_bytes: int = Field(
        10 * 1024**2, ge=1024, description="Size at which a log file of the local service rolls."
    )

    @field_validator("public_hosts", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(filter(None, map(str.strip, value.split(","))))
        return value

    @classmethod
    def from_environment(cls) -> Settings:
        """Read `AMUN_*`. Raises SettingsError naming the variable that is wrong."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = "AMUN_" + "_".join(str(part) for part in first["loc"]).upper()
            raise SettingsError(f"{name}: {first['msg']}") from None

    @property
    def resolved_database_url(self) -> str:
        """The database's address with the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'amun.sqlite'}"

    @property
    def resolved_environment_store(self) -> Path:
        """The environment store's folder with the default filled in."""
        return self.environment_store or self.home / "environments"
