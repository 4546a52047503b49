"""PiAllreduce on PyTorch: `torch.distributed.all_reduce` by gloo, which goes over the loopback.

`all_reduce` replaces the vector by the sum. So the values grow from iteration to iteration, and
each process puts its first vector back in good time: in one of some 100 iterations for two
processes, in which a copy is timed along.
"""

import atexit
import contextlib
import multiprocessing
import os
import shutil
import tempfile
from datetime import timedelta
from typing import Any, Callable, Dict, Iterator, List

from pis import launch
from pis.allreduce import sums
from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.freivalds import worst_of
from pis.on_torch import OnTorch
from pis.workload import Check

#: No process waits longer than this for the others.
TIMEOUT = timedelta(seconds=60)

_LOOPBACK = "lo"


class AllreduceOnTorch(OnTorch):
    """The sum by gloo. The other processes are forked from this one, and die with it."""

    @property
    def stored(self) -> str:
        """Vectors are float32."""
        return "float32"

    def on_cuda(self) -> bool:
        """Gloo's sums are made by CPUs."""
        return False

    def prepare(self) -> Callable[[], Any]:
        distributed = getattr(self.torch, "distributed", None)
        if distributed is None or not distributed.is_available() or not _has_gloo(distributed):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED, f"PyTorch {self.torch.__version__} was built without gloo"
            )
        os.environ["GLOO_SOCKET_IFNAME"] = _LOOPBACK  # without a network there is no other
        self._meeting = tempfile.mkdtemp(prefix="allreduce-")
        atexit.register(shutil.rmtree, self._meeting, ignore_errors=True)
        self._start_others()
        return self.timed(self._join(0))

    def check(self) -> Check:
        # one more: it adds up what the others made of the iteration before
        self.step()
        self._end_others()
        processes, done = self.parameters["processes"], self._sums
        grown = float(processes) ** (done - 1)
        worst = 0.0
        vectors = [self._blocks(rank) for rank in range(processes)]
        for found, blocks in zip(self._vector.split(sums.BLOCK), zip(*vectors)):
            wide = [block.double() for block in blocks]
            sizes = sum(abs(block) for block in wide) + 1e-300
            error = abs(found.double() / grown - sum(wide)) / sizes
            worst = worst_of(worst, float(error.max()))
        return Check(worst, sums.tolerance(processes, done))

    def facts(self) -> Dict[str, Any]:
        """How the vectors went, and between how many."""
        facts = super().facts()
        facts["transport"] = "gloo, TCP over the loopback"
        facts["processes"] = self.parameters["processes"]
        return facts

    def _start_others(self) -> None:
        fork = multiprocessing.get_context("fork")
        parent = os.getpid()
        self._others: List[Any] = [
            fork.Process(target=self._take_part, args=(rank, parent), daemon=True)
            for rank in range(1, self.parameters["processes"])
        ]
        for other in self._others:
            other.start()

    def _end_others(self) -> None:
        for other in self._others:
            other.terminate()
        for other in self._others:
            other.join()

    def _take_part(self, rank: int, parent: int) -> None:
        """What another process does: sum after sum until it is ended, or the first one is gone."""
        launch.die_with_parent()
        if os.getppid() != parent:
            return
        step = self._join(rank)
        with contextlib.suppress(RuntimeError):  # the first one has closed its connections
            while True:
                step()

    def _join(self, rank: int) -> Callable[[], Any]:
        """Meet the others; return the iteration of this process."""
        distributed = self.torch.distributed
        distributed.init_process_group(
            "gloo",
            init_method=f"file://{self._meeting}/store",
            timeout=TIMEOUT,
            rank=rank,
            world_size=self.parameters["processes"],
        )
        first = self.torch.cat(list(self._blocks(rank)))
        self._vector = vector = first.clone()
        self._sums, limit = 0, sums.rounds(self.parameters["processes"])
        all_reduce = distributed.all_reduce

        def step() -> None:
            if self._sums == limit:
                vector.copy_(first)
                self._sums = 0
            all_reduce(vector)
            self._sums += 1

        return step

    def _blocks(self, rank: int) -> Iterator[Any]:
        """The first vector of a process, block by block."""
        torch, length = self.torch, self.parameters["num_floats"]
        generator = torch.Generator()
        generator.manual_seed(sums.seed_of(self.seed, rank))
        for start in range(0, length, sums.BLOCK):
            block = torch.empty(min(sums.BLOCK, length - start))
            yield block.uniform_(-1.0, 1.0, generator=generator)


def _has_gloo(distributed: Any) -> bool:
    """Versions before 2.0 cannot tell; their builds for Linux have it."""
    tell = getattr(distributed, "is_gloo_available", None)
    return True if tell is None else bool(tell())


WORKLOAD = AllreduceOnTorch
