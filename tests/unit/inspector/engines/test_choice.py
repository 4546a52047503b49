from __future__ import annotations

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.specification import EngineChoice, Specification
from inspector.engines import choice
from inspector.engines.choice import EngineShelf, choose_engine
from inspector.engines.fake import FakeEngine


def shelf(*, container: str = "", process: str = "") -> EngineShelf:
    """Two engines; a reason makes one of them unusable."""
    return EngineShelf(
        {
            "process": FakeEngine("process", usable=not process, why=process),
            "container": FakeEngine("container", usable=not container, why=container),
        }
    )


def specification(engine: str = "auto", base: str | None = None) -> Specification:
    return Specification(engine=EngineChoice(engine), base=base)


@pytest.mark.parametrize(
    ("wanted", "base", "container", "chosen", "why"),
    [
        ("auto", None, "", "container", "the trial run of fake 1 worked"),
        ("auto", "debian:12", "", "container", "the trial run of fake 1 worked"),
        ("auto", None, "no docker", "process", "no container engine works on this host (no docker)"),
        ("process", None, "", "process", "asked for in the specification"),
        ("container", None, "", "container", "asked for in the specification"),
        ("container", "debian:12", "", "container", "asked for in the specification"),
    ],
)  # fmt: skip
def test_the_engine_and_why_it_was_taken(wanted, base, container, chosen, why):
    found = choose_engine(specification(wanted, base), shelf(container=container))
    assert (found.name, found.engine.name, found.why) == (chosen, chosen, why)


@pytest.mark.parametrize(
    ("wanted", "base", "reason", "blamed", "words"),
    [
        ("auto", "debian:12", "engine_unavailable", "host", "needs a container engine.*no docker"),
        ("container", None, "engine_unavailable", "host", "'container' does not work.*no docker"),
        ("process", "debian:12", "base_image_unsuitable", "request", "never on the base image"),
    ],
)
def test_what_this_host_cannot_do_is_said(wanted, base, reason, blamed, words):
    with pytest.raises(AttemptFailedError, match=words) as raised:
        choose_engine(specification(wanted, base), shelf(container="no docker"))
    assert (raised.value.reason, raised.value.attributed_to) == (reason, blamed)


def test_a_host_without_any_engine_names_both_reasons():
    with pytest.raises(AttemptFailedError, match="container: no docker; process: no uv"):
        choose_engine(specification(), shelf(container="no docker", process="no uv"))


def test_a_process_engine_that_does_not_work_is_said():
    with pytest.raises(AttemptFailedError, match="'process' does not work on this host: no uv"):
        choose_engine(specification("process"), shelf(process="no uv"))


def test_an_engine_of_another_host_is_not_known_here():
    with pytest.raises(AttemptFailedError, match="no engine 'kubernetes'; known: process, contai"):
        shelf().get("kubernetes")


@pytest.mark.parametrize(("usable", "kept"), [(True, "USABLE"), (False, "UNUSABLE")])
def test_a_trial_run_is_remembered_for_a_while(monkeypatch, usable, kept):
    engine = FakeEngine("container", usable=usable)
    on_shelf = EngineShelf({"container": engine})
    assert on_shelf.known_probes() == ()
    assert on_shelf.probe("container").usable is usable
    engine.usable = not usable
    assert on_shelf.probe("container").usable is usable
    monkeypatch.setattr(choice, f"{kept}_SECONDS", 0.0)
    assert on_shelf.probe("container").usable is not usable


def test_an_engine_that_failed_is_tried_again():
    engine = FakeEngine("container")
    on_shelf = EngineShelf({"container": engine})
    assert on_shelf.probe("container").usable
    engine.usable = False
    on_shelf.forget("container")
    assert not on_shelf.probe("container").usable
