"""What a reader made of a file, once it is known what applies on a host that is always the same."""

from __future__ import annotations

from amun_core.intake import Intake
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.problem_draft import Draft
from dependency_monkey.problem_roots import active_roots

HERE = TargetEnvironment("3.11.7", "x86_64", ("glibc", 2, 36))


def settled(draft: Draft, intake: Intake) -> list[tuple[str, str | None]]:
    """The roots that apply with the source of each; faults of their origins go to the intake."""
    roots, _ = active_roots(draft, intake, HERE)
    return [(str(root.requirement), root.source) for root in roots]
