"""A run of a suite: what the graph has is taken, what is missing is measured, what does not fit is said."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amun_client.api import Client
from amun_client.errors import IndicatorRunError
from amun_client.suite import calibration, identity
from amun_client.suite.ask import Ask, Catalogue, asks
from amun_client.suite.choices import SuiteChoices
from amun_client.suite.fit import Fit, Rule, Skip, fit
from amun_client.suite.measuring import InterruptedMeasuringError, Measuring
from amun_client.suite.prediction import CASE, Observation, Predictor
from amun_client.suite.progress import Eta, SuiteProgress
from amun_client.suite.reading import Reading, read
from amun_client.suite.rows import Outcome, PhaseState
from amun_client.suite.stored import Standing, Step, Stored, by_phase, inspections, standing
from amun_core.states import InspectionState

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """One case: its phases, its rule, whether it fits, and what is to be done for each phase."""

    case: Document
    asks: Sequence[Ask]
    rule: Rule
    fit: Fit | Skip | None
    standings: Sequence[Standing | None]

    @property
    def measures(self) -> bool:
        """Whether anything is to be measured."""
        return any(
            one is not None and one.step in {Step.MEASURE, Step.ADOPT} for one in self.standings
        )


@dataclass(slots=True)
class SuiteRun:
    """One run: the same choices find the same inspections again."""

    client: Client
    suite: Document
    cases: Sequence[Document]
    catalogue: Catalogue
    choices: SuiteChoices
    lock_digest: str
    key: str
    predictor: Predictor = field(default_factory=Predictor)
    host_id: str | None = None
    interrupted: bool = False
    _stored: Stored = field(default_factory=dict)
    _readings: dict[str, Reading | None] = field(default_factory=dict)

    def look(self) -> None:
        """Read what the graph has: inspections of this run, calibrations, the host."""
        every = list(inspections(self.client, [f"{identity.RUN}={self.key}"]))
        self._stored = by_phase(every)
        hosts = [str(one["host"]["id"]) for one in every if one["host"]]
        self.host_id = hosts[0] if hosts else None
        self._take_calibrations(calibration.stored(self.client, self._wanted_calibrations()))
        self._learn()

    def plan(self) -> list[Planned]:
        """What is to be done for each case, as things are now."""
        return [
            self._planned(case, of_case)
            for case, of_case in zip(
                self.cases, asks(self.cases, self.catalogue, self.choices), strict=True
            )
        ]

    def calibrate(self, measuring: Measuring, progress: SuiteProgress) -> None:
        """Measure the calibrations that the graph lacks."""
        ended: dict[str, Document] = {}
        for number, one in enumerate(wanted := self._wanted_calibrations(), 1):
            known = calibration.newest(self.client, one.key)
            if known is None or known["state"] != InspectionState.SUCCEEDED:
                kind, name = one.document["kind"], one.document["request"]["indicator"]
                progress.begin(f"calibration {number}/{len(wanted)}  {name}, {kind}")
                known = measuring.wait(known) if known else measuring.calibrate(one)
            ended[one.key] = known
        found = calibration.observed(self.client, wanted, lambda one: ended[one.key])
        if wanted and not found:
            last = ended[wanted[-1].key]
            raise IndicatorRunError(
                f"the calibration {last['id']} {last['state']}: {_why(last)}",
                hint=f"`amun inspection log {last['id']}` shows what happened",
            )
        self.predictor = Predictor()
        self._readings.clear()
        self._take_calibrations(found)
        self._learn()

    def carry_out(self, measuring: Measuring, progress: SuiteProgress) -> list[list[Outcome]]:
        """Measure what is missing; after Ctrl-C only what the graph has is looked up."""
        plan = self.plan()
        predicted = {
            int(one.case["index"]): one.fit.seconds
            for one in plan
            if one.measures and isinstance(one.fit, Fit) and one.fit.seconds is not None
        }
        eta, found = Eta(predicted, time.monotonic), []
        for position, one in enumerate(plan, 1):
            renewed = self._planned(one.case, one.asks) if one.measures else one
            head = f"case {position}/{len(plan)}  {one.case['name']}"
            eta.begin()
            try:
                outcomes = self._outcomes(renewed, measuring, progress, (head, eta))
            except KeyboardInterrupt:
                self.interrupted = True
                outcomes = self.known(renewed)
            if renewed.measures and not self.interrupted:
                eta.end(int(one.case["index"]))
                progress.end(f"{head}  {told(outcomes)}", eta.seconds)
            found.append(outcomes)
        return found

    def known(self, one: Planned) -> list[Outcome]:
        """What the graph has for a case; nothing is measured."""
        return [
            self._known(ask, at, one.fit) for ask, at in zip(one.asks, one.standings, strict=True)
        ]

    # the parts of a plan

    def _planned(self, case: Document, of_case: Sequence[Ask]) -> Planned:
        rule = Rule(1 if case["warmups"] is None else case["warmups"], case["repeats"])
        possible = [ask for ask in of_case if ask.why_not is None]
        fits = fit(possible, rule, self.choices, self.predictor) if possible else None
        standings = [
            None
            if ask.why_not is not None
            else standing(
                self._stored.get((ask.index, ask.phase), ()),
                rule,
                fits if isinstance(fits, Fit) else None,
                self.choices,
                self.host_id,
            )
            for ask in of_case
        ]
        if isinstance(fits, Skip):
            # what does not fit is not measured, but what is there all the same is shown
            standings = [
                None if one is not None and one.step is Step.MEASURE else one for one in standings
            ]
        return Planned(case, of_case, rule, fits, standings)

    def _wanted_calibrations(self) -> list[calibration.Wanted]:
        return calibration.wanted(self.suite, self.catalogue, self.choices, self.lock_digest)

    def _learn(self) -> None:
        """Learn from what was measured on this host before."""
        for of_case in asks(self.cases, self.catalogue, self.choices):
            for ask in of_case:
                for one in self._stored.get((ask.index, ask.phase), ()):
                    here = one["host"] and one["host"]["id"] == self.host_id
                    if here and one["state"] == InspectionState.SUCCEEDED:
                        self._reading(ask, one)
                        break

    def _take_calibrations(self, found: Sequence[tuple[Observation, Document]]) -> None:
        for observation, inspection in found:
            self.predictor.learn(observation)
            if inspection["host"]:
                self.host_id = str(inspection["host"]["id"])

    # carrying it out

    def _outcomes(
        self,
        one: Planned,
        measuring: Measuring,
        progress: SuiteProgress,
        shown: tuple[str, Eta],
    ) -> list[Outcome]:
        found = []
        for ask, at in zip(one.asks, one.standings, strict=True):
            active = at is not None and at.step in {Step.MEASURE, Step.ADOPT}
            if at is None or not active or self.interrupted:
                found.append(self._known(ask, at, one.fit))
                continue
            head = f"{shown[0]} {ask.phase}" if len(one.asks) > 1 else shown[0]
            progress.begin(head, shown[1].seconds)
            try:
                inspection: Document | None
                if at.step is Step.ADOPT and at.inspection is not None:
                    inspection = measuring.wait(at.inspection)
                else:
                    assert isinstance(one.fit, Fit)  # noqa: S101  only what fits is measured
                    inspection = measuring.measure(
                        self.suite, self.key, ask, one.fit, one.rule, at.earlier
                    )
            except InterruptedMeasuringError as error:
                self.interrupted = True
                inspection = error.inspection
            found.append(self._ended(ask, inspection))
        return found

    def _known(self, ask: Ask, at: Standing | None, fits: Fit | Skip | None) -> Outcome:
        if ask.why_not is not None:
            return Outcome(ask, PhaseState.ABSENT, ask.why_not)
        if at is not None and at.inspection is not None and at.step in {Step.TAKE, Step.LEAVE}:
            return self._ended(ask, at.inspection)
        if isinstance(fits, Skip):
            return Outcome(ask, PhaseState.SKIPPED, fits.why)
        return Outcome(ask, PhaseState.NOT_MEASURED)

    def _ended(self, ask: Ask, inspection: Document | None) -> Outcome:
        if inspection is None or inspection["state"] == InspectionState.CANCELLED:
            return Outcome(ask, PhaseState.CANCELLED, "on request", inspection)
        if inspection["state"] != InspectionState.SUCCEEDED:
            return Outcome(ask, PhaseState.FAILED, _why(inspection), inspection)
        reading = self._reading(ask, inspection)
        if reading is None:
            return Outcome(ask, PhaseState.FAILED, "it has no samples", inspection)
        return Outcome(ask, PhaseState.MEASURED, None, inspection, reading)

    def _reading(self, ask: Ask, inspection: Document) -> Reading | None:
        name = str(inspection["id"])
        if name not in self._readings:
            self._readings[name] = reading = read(self.client, inspection)
            if reading is not None:
                self.predictor.learn(
                    Observation(
                        CASE,
                        str(ask.indicator),
                        ask.phase,
                        ask.flop,
                        ask.moved_bytes,
                        reading.mean_s,
                        reading.startup_s,
                    )
                )
        return self._readings[name]


def told(outcomes: Sequence[Outcome]) -> str:
    """What came of a case, in words."""
    parts = []
    for one in outcomes:
        if one.reading is not None:
            rate = one.ask.flop / one.reading.time_s / 1e9 if one.ask.flop else None
            speed = "" if rate is None else f"  {rate:.4g} GFLOPS"
            mark = "  (disturbed)" if one.reading.disturbed_runs else ""
            parts.append(f"{one.reading.time_s * 1e3:.4g} ms{speed}{mark}")
        elif one.state is not PhaseState.ABSENT:
            parts.append(f"{one.state.value}: {one.why}")
    return ", ".join(parts)


def _why(inspection: Document) -> str:
    failure = inspection["failure"]
    if failure:
        return f"{failure['reason']}: {failure['message']}"
    return str(inspection.get("crash_message") or inspection["state"])
