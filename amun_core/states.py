"""The life of an inspection: every state, every legal transition, every reason for a failure.

This is the only place where states are spelled. `knowledge_graph/transitions.py` is the only module
that changes them; `docs/reference/states.md` is generated from the tables below.
"""

from __future__ import annotations

from enum import StrEnum


class InspectionState(StrEnum):
    """Where an inspection is in its life cycle."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    BUILDING = "building"
    BUILT = "built"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """True where no transition leads out of this state."""
        return self in TERMINAL_STATES

    @property
    def active(self) -> bool:
        """True where a worker must hold a lease."""
        return self in ACTIVE_STATES


#: One line for each state, shown in the documentation and by `amun inspection show`.
STATE_MEANINGS: dict[InspectionState, str] = {
    InspectionState.ACCEPTED: "stored, not yet announced to the workers",
    InspectionState.QUEUED: "waits for a builder",
    InspectionState.BUILDING: "a builder makes the run-time environment",
    InspectionState.BUILT: "the run-time environment exists; waits for the host's measurer",
    InspectionState.RUNNING: "a measurer runs the performance indicator",
    InspectionState.SUCCEEDED: "every run was accepted",
    InspectionState.FAILED: "ended by the stack, the request, the host or the user; see the reason",
    InspectionState.CRASHED: "ended by a fault of the service after all attempts; never scored",
    InspectionState.CANCELLED: (
        "ended by the wish of a user, or because its sweep had nothing left to compare it with"
    ),
}

TERMINAL_STATES = frozenset(
    {
        InspectionState.SUCCEEDED,
        InspectionState.FAILED,
        InspectionState.CRASHED,
        InspectionState.CANCELLED,
    }
)
ACTIVE_STATES = frozenset({InspectionState.BUILDING, InspectionState.RUNNING})


class Actor(StrEnum):
    """Who may make a transition."""

    API = "api"
    DISPATCHER = "dispatcher"
    BUILDER = "builder"
    MEASURER = "measurer"
    REAPER = "reaper"


_S = InspectionState

#: Of the two arms of a comparison, one that waits ends with the other, by whoever ended that one.
_WORKERS = frozenset({Actor.BUILDER, Actor.MEASURER, Actor.REAPER})

#: (from, to) -> who may do it. A pair that is absent here is illegal for everyone.
TRANSITIONS: dict[tuple[InspectionState, InspectionState], frozenset[Actor]] = {
    (_S.ACCEPTED, _S.QUEUED): frozenset({Actor.DISPATCHER}),
    (_S.ACCEPTED, _S.CANCELLED): frozenset({Actor.API}) | _WORKERS,
    (_S.ACCEPTED, _S.FAILED): _WORKERS,
    (_S.QUEUED, _S.BUILDING): frozenset({Actor.BUILDER}),
    (_S.QUEUED, _S.CANCELLED): frozenset({Actor.API}) | _WORKERS,
    (_S.QUEUED, _S.FAILED): _WORKERS,
    (_S.BUILDING, _S.BUILT): frozenset({Actor.BUILDER}),
    # a specification without indicator and script asks for a build only
    (_S.BUILDING, _S.SUCCEEDED): frozenset({Actor.BUILDER}),
    (_S.BUILDING, _S.FAILED): frozenset({Actor.BUILDER}),
    (_S.BUILDING, _S.CANCELLED): frozenset({Actor.BUILDER, Actor.REAPER}),
    (_S.BUILDING, _S.QUEUED): frozenset({Actor.BUILDER, Actor.REAPER}),
    (_S.BUILDING, _S.CRASHED): frozenset({Actor.BUILDER, Actor.REAPER}),
    (_S.BUILT, _S.RUNNING): frozenset({Actor.MEASURER}),
    # the measurer of the host that built it is gone: another host builds it anew
    (_S.BUILT, _S.QUEUED): frozenset({Actor.REAPER}),
    # a member of a sweep waits built between its runs, and after the last one for the others
    (_S.BUILT, _S.SUCCEEDED): frozenset({Actor.MEASURER}),
    (_S.BUILT, _S.CANCELLED): frozenset({Actor.API}) | _WORKERS,
    (_S.BUILT, _S.FAILED): _WORKERS,
    (_S.RUNNING, _S.SUCCEEDED): frozenset({Actor.MEASURER}),
    (_S.RUNNING, _S.FAILED): frozenset({Actor.MEASURER}),
    (_S.RUNNING, _S.CANCELLED): frozenset({Actor.MEASURER, Actor.REAPER}),
    (_S.RUNNING, _S.BUILT): frozenset({Actor.MEASURER, Actor.REAPER}),
    (_S.RUNNING, _S.CRASHED): frozenset({Actor.MEASURER, Actor.REAPER}),
}


def transition_is_legal(current: InspectionState, new: InspectionState, actor: Actor) -> bool:
    """True if `actor` may move an inspection from `current` to `new`."""
    return actor in TRANSITIONS.get((current, new), frozenset())


class AttemptKind(StrEnum):
    """What a claim is for."""

    BUILD = "build"
    MEASURE = "measure"


class AttemptOutcome(StrEnum):
    """How one attempt (one claim of one worker) ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"  # the lease expired: the worker died or hung
    RELEASED = "released"  # the worker drained and gave the inspection back
    CRASHED = "crashed"  # an error of ours
    CANCELLED = "cancelled"


class RunState(StrEnum):
    """How one run (one process start of one indicator) ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELLED = "cancelled"


class AttributedTo(StrEnum):
    """Whose doing a failure is. Only STACK is evidence against a software stack."""

    STACK = "stack"
    REQUEST = "request"
    HOST = "host"
    USER = "user"


class FailureReason(StrEnum):
    """Why an inspection ended as failed."""

    BASE_IMAGE_NOT_FOUND = "base_image_not_found"
    BASE_IMAGE_UNSUITABLE = "base_image_unsuitable"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    HARDWARE_MISMATCH = "hardware_mismatch"
    LOCK_MISSING = "lock_missing"
    FILE_NOT_PLACED = "file_not_placed"
    PYTHON_NOT_FOUND = "python_not_found"
    RESOLUTION_FAILED = "resolution_failed"
    ARTIFACT_NOT_FOUND = "artifact_not_found"
    HASH_MISMATCH = "hash_mismatch"
    INDEX_UNREACHABLE = "index_unreachable"
    BUILD_FAILED = "build_failed"
    BUILD_TIMEOUT = "build_timeout"
    NATIVE_PACKAGE_NOT_FOUND = "native_package_not_found"
    SCRIPT_NOT_FETCHED = "script_not_fetched"
    SCRIPT_FAILED = "script_failed"
    SCRIPT_OUTPUT_INVALID = "script_output_invalid"
    OUTPUT_TOO_LARGE = "output_too_large"
    TOO_MUCH_WRITTEN = "too_much_written"
    RESULT_UNREADABLE = "result_unreadable"
    TOO_MANY_PROCESSES = "too_many_processes"
    ENVIRONMENT_CHANGED = "environment_changed"
    IMPORT_FAILED = "import_failed"
    INDICATOR_UNSUPPORTED = "indicator_unsupported"
    WRONG_RESULT = "wrong_result"
    RUN_CRASHED = "run_crashed"
    RUN_TIMEOUT = "run_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    OTHER_ARM_ENDED = "other_arm_ended"
    CANCELLED = "cancelled"


_A = AttributedTo

#: Whose doing each reason is, and one sentence that tells a person what to do.
FAILURE_REASONS: dict[FailureReason, tuple[AttributedTo, str]] = {
    FailureReason.BASE_IMAGE_NOT_FOUND: (
        _A.REQUEST,
        "The base image is neither on this host nor to be pulled; check its name, or load it into the engine.",
    ),
    FailureReason.BASE_IMAGE_UNSUITABLE: (
        _A.REQUEST,
        "The base image lacks what an inspection needs; the message says what.",
    ),
    FailureReason.ENGINE_UNAVAILABLE: (
        _A.HOST,
        "The engine asked for does not work on this host; `amun status` says why.",
    ),
    FailureReason.HARDWARE_MISMATCH: (
        _A.REQUEST,
        "No host of this service has the hardware asked for.",
    ),
    FailureReason.LOCK_MISSING: (
        _A.REQUEST,
        "The packages are not fully pinned; send a lock file beside the requirements.",
    ),
    FailureReason.FILE_NOT_PLACED: (
        _A.REQUEST,
        "A file of the request cannot be put where it is asked for; the message says why.",
    ),
    FailureReason.PYTHON_NOT_FOUND: (
        _A.REQUEST,
        "The Python version asked for is not there; choose another base or version.",
    ),
    FailureReason.RESOLUTION_FAILED: (
        _A.STACK,
        "The locked packages cannot be installed together on this platform.",
    ),
    FailureReason.ARTIFACT_NOT_FOUND: (
        _A.STACK,
        "A locked package has no file on the index that fits this platform and Python.",
    ),
    FailureReason.HASH_MISMATCH: (
        _A.STACK,
        "A file on the index differs from the hash in the lock.",
    ),
    FailureReason.INDEX_UNREACHABLE: (
        _A.HOST,
        "A package index could not be reached; check the network, the proxy and the certificates.",
    ),
    FailureReason.BUILD_FAILED: (_A.STACK, "The stack could not be built; see the build log."),
    FailureReason.BUILD_TIMEOUT: (
        _A.REQUEST,
        "The build took longer than its limit; raise limits.build_seconds.",
    ),
    FailureReason.NATIVE_PACKAGE_NOT_FOUND: (
        _A.REQUEST,
        "A native package does not exist in the base image's distribution.",
    ),
    FailureReason.SCRIPT_NOT_FETCHED: (
        _A.REQUEST,
        "The script's address could not be read within its bounds.",
    ),
    FailureReason.SCRIPT_FAILED: (_A.REQUEST, "The script ended with an error; see its output."),
    FailureReason.SCRIPT_OUTPUT_INVALID: (
        _A.REQUEST,
        "The script meant to print a result and printed none that can be read: one JSON object with @result, in it rate or elapsed.",
    ),
    FailureReason.OUTPUT_TOO_LARGE: (
        _A.REQUEST,
        "The run printed more than its limit; print only the result.",
    ),
    FailureReason.TOO_MUCH_WRITTEN: (
        _A.REQUEST,
        "The run wrote more files or bytes into its folder than a run may; write less, or remove what is done with.",
    ),
    FailureReason.RESULT_UNREADABLE: (
        _A.REQUEST,
        "What the run left in place of its result is not read: a link, a pipe, a folder, a damaged document; the message says what.",
    ),
    FailureReason.TOO_MANY_PROCESSES: (
        _A.REQUEST,
        "The run started more processes and threads than its limit; raise limits.pids.",
    ),
    FailureReason.ENVIRONMENT_CHANGED: (
        _A.HOST,
        "What is installed differs from the lock; the environment was changed by hand, or by the script that ran in it, and is made again next time.",
    ),
    FailureReason.IMPORT_FAILED: (_A.STACK, "The framework cannot be imported in this stack."),
    FailureReason.INDICATOR_UNSUPPORTED: (
        _A.STACK,
        "This version of the framework lacks what the indicator needs.",
    ),
    FailureReason.WRONG_RESULT: (
        _A.STACK,
        "The computed result differs from the reference by more than the tolerance.",
    ),
    FailureReason.RUN_CRASHED: (_A.STACK, "The run ended with an error or a signal."),
    FailureReason.RUN_TIMEOUT: (
        _A.REQUEST,
        "A run took longer than its limit; raise limits.run_seconds.",
    ),
    FailureReason.OUT_OF_MEMORY: (
        _A.REQUEST,
        "The run was killed for memory; raise run.requests.memory or make the problem smaller.",
    ),
    FailureReason.DISK_FULL: (
        _A.HOST,
        "The disk of the host is full; free space and submit again.",
    ),
    FailureReason.OTHER_ARM_ENDED: (
        _A.REQUEST,
        "The other arm of the comparison ended badly, so there is nothing to compare with; see its failure.",
    ),
    FailureReason.CANCELLED: (_A.USER, "Cancelled on request."),
}


#: What one host lacks and another one may have: such a host gives the inspection back, and it fails
#: only where every host has said so.
REASONS_OF_PLACE = frozenset(
    {
        FailureReason.BASE_IMAGE_NOT_FOUND,
        FailureReason.ENGINE_UNAVAILABLE,
        FailureReason.HARDWARE_MISMATCH,
        FailureReason.PYTHON_NOT_FOUND,
    }
)


def attributed_to(reason: FailureReason) -> AttributedTo:
    """Whose doing `reason` is."""
    return FAILURE_REASONS[reason][0]
