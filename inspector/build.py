"""Building: from a queued inspection to a run-time environment, step by step.

One step is one function and one section of the inspection's log. What a step finds out is handed
to the next one; planning itself is pure and lives in `amun_core.planning`.
"""

from __future__ import annotations

from amun_core.errors import AttemptFailedError, EngineError, InvalidLockError
from amun_core.hardware import unmet
from amun_core.index_map import IndexMap
from amun_core.installed import differences
from amun_core.lock import Lock, read_lock
from amun_core.plan import ImageFacts, Plan
from amun_core.planning import make_plan
from amun_core.redaction import redact_url
from amun_core.specification import LockFormat, Specification
from amun_core.states import FailureReason
from inspector.claim import Holding
from inspector.engines.base import Environment
from inspector.engines.choice import EngineChosen, choose_engine
from inspector.index_settings import IndexSettings
from inspector.indicators import indicator_version
from inspector.logs import InspectionLog
from inspector.scripts import is_address
from inspector.workplace import Workplace
from knowledge_graph.records import BuiltRecord, StackRecord

#: Distributions that an environment may have although no lock names them.
ALLOWED_EXTRA = ("pip", "setuptools", "wheel")


def build(workplace: Workplace, holding: Holding) -> None:
    """Carry out the build stage of the inspection in hand."""
    log = InspectionLog(workplace.store, holding.claim)
    try:
        specification = read_specification(holding, log)
        lock = read_stack(specification, log)
        report_host(workplace, log)
        chosen = choose(workplace, specification, log)
        base = resolve_base(chosen, specification, lock, log)
        script = fetch_script(workplace, specification, log)
        variant = holding.claim.build_variant
        plan = make_the_plan(workplace, specification, lock, chosen, base, script, variant, log)
        holding.check()
        holding.write(
            lambda: workplace.store.save_plan(
                holding.claim, plan.model_dump_json(), engine=chosen.name, engine_why=chosen.why
            )
        )
        environment = prepare_environment(workplace, holding, chosen, plan, log)
        compare_with_lock(plan, environment, log)
    except AttemptFailedError as error:
        log.line(f"{error.reason}: {error}")
        raise
    finally:
        log.flush()  # before the state changes: afterwards the fence refuses the log too
    store_what_was_built(workplace, holding, specification, plan, environment)


def read_specification(holding: Holding, log: InspectionLog) -> Specification:
    """The stored specification; it was checked when it was accepted."""
    log.begin("specification")
    specification = Specification.model_validate_json(holding.claim.specification)
    wanted = specification.indicator
    what = f"{wanted.name} on {wanted.framework}" if wanted else "no indicator"
    if specification.script is not None:
        what = "a script of the user"
    log.line(f"{what}; {specification.runs} runs; base: {specification.base or 'this host'}")
    return specification


def read_stack(specification: Specification, log: InspectionLog) -> Lock | None:
    """The lock of the specification; None where it has no Python stack."""
    log.begin("lock")
    python = specification.python
    try:
        if python is not None and python.lock is not None:
            lock = read_lock(python.lock.content, python.lock.format)
        elif python is not None and python.requirements_locked is not None:
            lock = read_lock(python.requirements_locked, LockFormat.PIPFILE_LOCK)
        else:
            log.line("no lock")
            return None
    except InvalidLockError as error:
        raise AttemptFailedError(FailureReason.LOCK_MISSING, str(error)) from None
    log.line(f"{lock.format}: {len(lock.packages)} packages")
    for warning in lock.warnings:
        log.line(f"{warning.pointer}: {warning.message}")
    return lock


def report_host(workplace: Workplace, log: InspectionLog) -> None:
    """Say which host this is."""
    host = workplace.host
    log.begin("host")
    log.line(
        f"{host.hostname} ({host.host_id}): {host.processor or 'processor not told'}, "
        f"{host.cpu_count} CPUs, {host.memory_bytes // 1024**2} MiB"
    )


def choose(workplace: Workplace, specification: Specification, log: InspectionLog) -> EngineChosen:
    """Check the hardware that is asked for, then choose the engine."""
    log.begin("engine")
    demands = (specification.build.requests.hardware, specification.run.requests.hardware)
    missing = [sentence for demand in demands for sentence in unmet(demand, workplace.host)]
    if missing:
        message = "; ".join(dict.fromkeys(missing))
        raise AttemptFailedError(FailureReason.HARDWARE_MISMATCH, message)
    chosen = choose_engine(specification, workplace.engines)
    log.line(f"{chosen.name}: {chosen.why}")
    return chosen


def resolve_base(
    chosen: EngineChosen, specification: Specification, lock: Lock | None, log: InspectionLog
) -> ImageFacts:
    """Resolve the base to its digest and its interpreter, before anything is planned."""
    log.begin("base")
    log.flush()  # a pull may take long
    facts = chosen.engine.image_facts(specification.base, wanted_python(specification, lock))
    name = facts.operating_system.name or facts.operating_system.id or "unknown system"
    log.line(
        f"{facts.reference or 'this host'} {facts.digest}: {name} "
        f"{facts.operating_system.version_id}, Python {facts.python.version}"
    )
    return facts


def wanted_python(specification: Specification, lock: Lock | None) -> str | None:
    """The Python version that the stack was made for, if it tells one."""
    if lock is not None and lock.python_version:
        return lock.python_version
    if specification.python is None or specification.python.requirements is None:
        return None
    requires = specification.python.requirements.get("requires")
    if not isinstance(requires, dict):
        return None
    version = requires.get("python_full_version") or requires.get("python_version")
    return str(version) if version else None


def fetch_script(
    workplace: Workplace, specification: Specification, log: InspectionLog
) -> str | None:
    """The text of the user's script, fetched where an address stands for it."""
    log.begin("script")
    script = specification.script
    if script is None:
        return None
    text = workplace.scripts.text(script)
    source = redact_url(script.strip()) if is_address(script) else "inline"
    log.line(f"{source}: {len(text.encode())} bytes")
    return text


def make_the_plan(
    workplace: Workplace,
    specification: Specification,
    lock: Lock | None,
    chosen: EngineChosen,
    base: ImageFacts,
    script: str | None,
    build_variant: int,
    log: InspectionLog,
) -> Plan:
    """Plan build and runs from the facts."""
    log.begin("plan")
    wanted = specification.indicator
    plan = make_plan(
        specification,
        lock,
        base,
        workplace.host,
        engine=chosen.name,
        engine_why=chosen.why,
        index_map=IndexMap.parse(workplace.settings.index_map),
        script_text=script,
        indicator_version=indicator_version(wanted.name) if wanted else None,
        build_variant=build_variant,
        host_origin=host_origin(lock),
    )
    for warning in plan.warnings:
        log.line(f"warning: {warning}")
    log.line(
        f"environment {plan.build.environment_key} ({plan.build.mode}), "
        f"{len(plan.build.requirements)} packages, {plan.run.threads} threads "
        f"on CPUs {', '.join(map(str, plan.run.cpu_set))}"
    )
    return plan


def host_origin(lock: Lock | None) -> tuple[str, ...]:
    """Where this host takes files from, where the lock does not pin every one by its hash."""
    if lock is None or all(package.hashes for package in lock.packages):
        return ()
    return IndexSettings.read().places()


def prepare_environment(
    workplace: Workplace,
    holding: Holding,
    chosen: EngineChosen,
    plan: Plan,
    log: InspectionLog,
) -> Environment:
    """Find the environment in this host's cache, or make it while no run is measured here."""
    log.begin("environment")
    holding.check()
    try:
        environment = chosen.engine.find(plan.build)
        if environment is None:
            waiting = "waits for the end of a run: no build disturbs a measurement"
            with (
                log.streaming(),
                workplace.quiet.building(holding.should_stop, lambda: log.line(waiting)),
            ):
                environment = chosen.engine.prepare(plan.build, log.write, holding.should_stop)
    except EngineError:
        workplace.engines.forget(chosen.name)
        raise
    made = "found ready" if environment.reused else f"made in {environment.build_seconds:.2f} s"
    log.line(f"{environment.digest}: {made}")
    return environment


def compare_with_lock(plan: Plan, environment: Environment, log: InspectionLog) -> None:
    """What is installed must be what the lock says, no less, no more, no other version."""
    log.begin("comparison")
    found = differences(
        plan.build.requirements,
        environment.installed,
        allowed_extra=allowed_extra(plan, environment),
    )
    if found:
        raise AttemptFailedError(FailureReason.ENVIRONMENT_CHANGED, "; ".join(found))
    log.line(f"{len(plan.build.requirements)} packages installed as locked")


def allowed_extra(plan: Plan, environment: Environment) -> tuple[str, ...]:
    """Names that may be installed although the lock has them not.

    An image brings its distribution's packages with it; they are part of its digest.
    """
    from_base: tuple[str, ...] = ()
    if plan.build.mode == "image" or not plan.build.requirements:
        locked = {requirement.name for requirement in plan.build.requirements}
        from_base = tuple(one.name for one in environment.installed if one.name not in locked)
    return tuple(dict.fromkeys((*ALLOWED_EXTRA, *from_base)))


def store_what_was_built(
    workplace: Workplace,
    holding: Holding,
    specification: Specification,
    plan: Plan,
    environment: Environment,
) -> None:
    """Building -> built, with the nodes that the build adds to the graph."""
    holding.check()
    built = built_record(workplace, plan, environment)
    holding.write(
        lambda: workplace.store.finish_build(
            holding.claim, built, build_only=specification.build_only
        )
    )


def built_record(workplace: Workplace, plan: Plan, environment: Environment) -> BuiltRecord:
    """The environment and what it is made of, as the graph keeps them."""
    base = plan.build.base
    packages = [
        (one.name, one.version, environment.artifacts.get(one.name))
        for one in plan.build.requirements
    ]
    return BuiltRecord(
        stack=StackRecord(digest=plan.build.stack_digest, packages=packages),
        environment_key=environment.key,
        environment_digest=environment.digest,
        engine=plan.build.engine,
        mode=plan.build.mode,
        base_reference=base.reference,
        base_digest=base.digest,
        operating_system=base.operating_system.model_dump(mode="json"),
        python_version=base.python.version,
        host_id=workplace.host.host_id,
        host=workplace.describe().model_dump(mode="json"),
        build_seconds=environment.build_seconds,
        reused=environment.reused,
    )
