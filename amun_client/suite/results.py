"""What the graph has of a suite: the newest run of each framework, found by its labels alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.api import Client
from amun_client.suite import identity
from amun_client.suite.choices import SuiteChoices
from amun_client.suite.document import Heading, results
from amun_client.suite.run import SuiteRun
from amun_client.suite.stored import inspections

Document = Mapping[str, Any]


def newest_runs(client: Client, name: str, framework: str | None) -> list[Document]:
    """The newest inspection of the newest run of each framework, by framework."""
    found: dict[str, Document] = {}
    for one in inspections(client, [f"{identity.SUITE}={name}"]):
        if identity.RUN in one["labels"]:
            found.setdefault(one["labels"][identity.FRAMEWORK], one)
    return [found[key] for key in sorted(found) if framework in (None, key)]


def stored(
    client: Client,
    suite: Document,
    catalogue: Mapping[str, Document],
    newest: Document,
    cases: Sequence[Document],
    filters: Sequence[str],
) -> dict[str, Any]:
    """The results of the run that an inspection belongs to. Nothing is measured."""
    choices = choices_of(newest, base=client.specification(newest["id"]).get("base"))
    labels = newest["labels"]
    run = SuiteRun(
        client, suite, cases, catalogue, choices, labels[identity.LOCK], labels[identity.RUN]
    )
    run.look()
    plan = run.plan()
    outcomes = [run.known(one) for one in plan]
    heading = Heading(suite, run.key, choices, run.lock_digest, filters)
    return results(heading, plan, outcomes)


def choices_of(newest: Document, *, base: str | None = None) -> SuiteChoices:
    """The choices that an inspection was made with, as its labels tell them."""
    labels = newest["labels"]
    memory = labels.get(identity.MEMORY)
    return SuiteChoices(
        framework=labels[identity.FRAMEWORK],
        dtype=labels[identity.DTYPE],
        device=labels[identity.DEVICE],
        budget_seconds=float(labels[identity.BUDGET]),
        memory_bytes=int(memory) if memory else None,
        processes=int(labels[identity.PROCESSES]),
        base=base,
        engine=str(newest["engine"]["requested"]),
        keep_failures=True,
    )
