"""The lasting nodes of the graph: packages, stacks, base images, environments, hosts, indicators.

A node is only ever added. Edges are foreign keys, and `stack_members` between stack and version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_graph.column_types import Base, Document, Key, Moment, PlainText, table_of


class Package(Base):
    """A distribution by its canonical name."""

    __tablename__ = "packages"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Key, unique=True)


class PackageVersion(Base):
    """One version of a package."""

    __tablename__ = "package_versions"
    __table_args__ = (UniqueConstraint("package_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"))
    version: Mapped[str] = mapped_column(Key)


class Artifact(Base):
    """One file of a package version, known by its hash."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("package_version_id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    package_version_id: Mapped[int] = mapped_column(ForeignKey("package_versions.id"))
    hash: Mapped[str] = mapped_column(Key, index=True)


class SoftwareStack(Base):
    """A fully pinned set of packages, known by the digest of what is installed."""

    __tablename__ = "software_stacks"

    digest: Mapped[str] = mapped_column(Key, primary_key=True)
    package_count: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)


class StackMember(Base):
    """Edge: this stack has this version, installed from this artifact where that is known."""

    __tablename__ = "stack_members"
    __table_args__ = (Index(None, "package_version_id"),)

    stack_digest: Mapped[str] = mapped_column(
        ForeignKey("software_stacks.digest"), primary_key=True
    )
    package_version_id: Mapped[int] = mapped_column(
        ForeignKey("package_versions.id"), primary_key=True
    )
    artifact_id: Mapped[int | None] = mapped_column(ForeignKey("artifacts.id"))


class BaseImage(Base):
    """What an environment stands on: an image by its digest, or a host (no reference)."""

    __tablename__ = "base_images"

    digest: Mapped[str] = mapped_column(Key, primary_key=True)
    reference: Mapped[str | None] = mapped_column(PlainText)
    operating_system: Mapped[dict[str, Any]] = mapped_column(Document)
    python_version: Mapped[str] = mapped_column(PlainText)
    created_at: Mapped[datetime] = mapped_column(Moment)


class RuntimeEnvironment(Base):
    """A stack on a base, made by an engine: the key says what was asked, the digest what was made."""

    __tablename__ = "runtime_environments"
    __table_args__ = (UniqueConstraint("key", "digest", "engine"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Key)
    digest: Mapped[str] = mapped_column(Key)
    engine: Mapped[str] = mapped_column(Key)
    mode: Mapped[str] = mapped_column(Key)
    stack_digest: Mapped[str] = mapped_column(ForeignKey("software_stacks.digest"), index=True)
    base_digest: Mapped[str] = mapped_column(ForeignKey("base_images.digest"), index=True)
    python_version: Mapped[str] = mapped_column(PlainText)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Host(Base):
    """A machine that builds or measures."""

    __tablename__ = "hosts"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    hostname: Mapped[str] = mapped_column(PlainText, index=True)
    description: Mapped[dict[str, Any]] = mapped_column(Document)
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)


class Indicator(Base):
    """One version of a performance indicator for one framework."""

    __tablename__ = "indicators"
    __table_args__ = (UniqueConstraint("name", "framework", "version", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Key)
    framework: Mapped[str] = mapped_column(Key)
    version: Mapped[str] = mapped_column(Key)
    digest: Mapped[str] = mapped_column(Key)
    description: Mapped[dict[str, Any]] = mapped_column(Document)
    first_seen_at: Mapped[datetime] = mapped_column(Moment)


packages = table_of(Package)
package_versions = table_of(PackageVersion)
artifacts = table_of(Artifact)
software_stacks = table_of(SoftwareStack)
stack_members = table_of(StackMember)
base_images = table_of(BaseImage)
runtime_environments = table_of(RuntimeEnvironment)
hosts = table_of(Host)
indicators = table_of(Indicator)
