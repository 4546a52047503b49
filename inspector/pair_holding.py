"""Holding both arms of a comparison: one lease in two rows, renewed and lost together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from amun_core.comparison import Arm
from inspector.claim import Holding, StopReason
from inspector.drain import Drain
from knowledge_graph.comparison_records import PairClaim
from knowledge_graph.records import Claim
from knowledge_graph.store import GraphStore


class PairHolding(Holding):
    """Both arms in hand; a wish to cancel either of them ends the work on both."""

    def __init__(
        self, store: GraphStore, pair: PairClaim, lease_seconds: float, drain: Drain, since: float
    ) -> None:
        super().__init__(store, pair.a, lease_seconds, drain, since)
        self.pair = pair

    def _prolong(self) -> bool:
        return self._store.renew_pair(self.pair, self._lease_seconds)

    def arm(self, arm: Arm) -> ArmHolding:
        """One arm as whoever makes its runs holds it."""
        return ArmHolding(self, self.pair.of(arm))


class ArmHolding(Holding):
    """One arm of a pair: its own claim, the stopping and the lease of the pair."""

    def __init__(self, whole: PairHolding, claim: Claim) -> None:
        super().__init__(whole._store, claim, whole._lease_seconds, whole._drain, whole._ends_at)
        self._whole = whole

    @property
    def why(self) -> StopReason | None:
        """Why the work on the pair must stop."""
        return self._whole.why

    def renew(self) -> None:
        """Prolong the leases of the pair."""
        self._whole.renew()

    @contextlib.contextmanager
    def renewing(self, companion: Callable[[], object]) -> Iterator[None]:
        """Call `companion` with every renewal of the pair while the block runs."""
        with self._whole.renewing(companion):
            yield
