"""What a worker records under its claim: the plan, the log, the runs with their samples."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from amun_core.errors import InvalidInputError
from amun_core.sample import pack
from knowledge_graph.column_types import database_now, plain_text
from knowledge_graph.models import inspections, log_chunks, runs, samples
from knowledge_graph.records import Claim, Failure, RunRecord
from knowledge_graph.sync import result_keys
from knowledge_graph.writer import Writer, hold

#: Where the log of one inspection is cut; one last chunk says so.
MAXIMUM_LOG_BYTES = 8 * 1024 * 1024
TRUNCATED = "\nlog truncated: it reached {} bytes\n"


def failure_document(failure: Failure | None) -> dict[str, Any] | None:
    """A failure as it is stored."""
    if failure is None:
        return None
    return {
        "reason": failure.reason.value,
        "attributed_to": failure.attributed_to.value,
        "message": plain_text(failure.message),
        "hint": failure.hint,
        "last_lines": plain_text(failure.last_lines),
    }


class Recording(Writer):
    """Writes under a claim that change no state."""

    def save_plan(self, claim: Claim, plan: str, *, engine: str, engine_why: str) -> None:
        """Store the plan (JSON text) of the attempt."""
        with self._transaction() as connection:
            hold(connection, claim)
            connection.execute(
                update(inspections)
                .where(inspections.c.id == claim.inspection_id)
                .values(plan=plan, engine=engine, engine_why=engine_why, updated_at=database_now())
            )

    def extend_runs(self, claim: Claim, runs: int) -> int:
        """Let the inspection grow to `runs` runs while it is measured; returns how many it has now.

        Never fewer than before: a run that was promised, or stored, is not taken back.
        """
        with self._transaction() as connection:
            before: int = hold(connection, claim).runs
            if runs > before:
                connection.execute(
                    update(inspections)
                    .where(inspections.c.id == claim.inspection_id)
                    .values(runs=runs, updated_at=database_now())
                )
        return max(runs, before)

    def append_log(self, claim: Claim, section: str, text: str) -> None:
        """Append one chunk to the inspection's log, up to MAXIMUM_LOG_BYTES in all."""
        content = plain_text(text).encode()
        with self._transaction() as connection:
            written = hold(connection, claim).log_bytes
            if not content or written >= MAXIMUM_LOG_BYTES:
                return
            room = MAXIMUM_LOG_BYTES - written
            if len(content) < room:
                _add_chunk(connection, claim, written, section, content)
                return
            # a character that the cut would split is left out
            kept = content[:room].decode(errors="ignore").encode()
            note = TRUNCATED.format(MAXIMUM_LOG_BYTES).encode()
            if kept:
                _add_chunk(connection, claim, written, section, kept)
            _add_chunk(connection, claim, MAXIMUM_LOG_BYTES, section, note)

    def record_run(self, claim: Claim, run: RunRecord) -> bool:
        """Store one run with its samples. False if an accepted run of this index exists already."""
        packed = pack(run.seconds)
        with self._transaction() as connection:
            inspection = hold(connection, claim)
            if run.accepted:
                if not 0 <= run.run_index < inspection.runs:
                    raise InvalidInputError(
                        f"{claim.inspection_id} has {inspection.runs} runs, none of index "
                        f"{run.run_index}"
                    )
                if _accepted_exists(connection, claim.inspection_id, run.run_index):
                    return False
            keys = {
                name: getattr(inspection, name)
                for name in ("indicator", "framework", "stack_digest", "environment_id", "host_id")
            }
            run_id = connection.execute(
                insert(runs).returning(runs.c.id), _run_values(claim, run) | keys
            ).scalar_one()
            connection.execute(
                insert(samples).values(
                    run_id=run_id,
                    count=len(run.seconds),
                    warmups=run.warmups,
                    flops_per_iteration=run.flops_per_iteration,
                    seconds=packed,
                )
            )
            connection.execute(
                update(inspections)
                .where(inspections.c.id == claim.inspection_id)
                .values(updated_at=database_now())
            )
        return True


def _add_chunk(
    connection: Connection, claim: Claim, written: int, section: str, content: bytes
) -> None:
    position = written + len(content)
    connection.execute(
        insert(log_chunks).values(
            inspection_id=claim.inspection_id,
            position=position,
            at=database_now(),
            section=section,
            text=content.decode(),
        )
    )
    connection.execute(
        update(inspections)
        .where(inspections.c.id == claim.inspection_id)
        .values(log_bytes=position)
    )


def _accepted_exists(connection: Connection, inspection_id: str, run_index: int) -> bool:
    found = connection.execute(
        select(runs.c.id).where(
            runs.c.inspection_id == inspection_id,
            runs.c.run_index == run_index,
            runs.c.accepted,
        )
    )
    return found.first() is not None


def _run_values(claim: Claim, run: RunRecord) -> dict[str, Any]:
    return {
        "inspection_id": claim.inspection_id,
        "attempt_id": claim.attempt_id,
        "run_index": run.run_index,
        "state": run.state.value,
        "accepted": run.accepted,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "exit_code": run.exit_code,
        "wall_seconds": run.wall_seconds,
        "peak_rss_bytes": run.peak_rss_bytes,
        "rate_gflops": run.rate_gflops,
        "elapsed_seconds": run.elapsed_seconds,
        "first_sample_at": run.first_sample_at,
        "document": dict(run.document),
        "facts": dict(run.facts),
        "stdout": run.stdout,
        "stderr": run.stderr,
        "disturbed": list(run.disturbed),
        "failure_reason": run.failure.reason.value if run.failure else None,
        "failure": failure_document(run.failure),
        **result_keys(run.document, run.facts),
    }
