"""`amun sweep submit`: choose stacks, and have them measured."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from amun_client import option_values
from amun_client.command import AmunCommand
from amun_client.commands.stack_options import space_options
from amun_client.dry_check import check_sweep
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_client.stack.process import Where, ask
from amun_client.stack.progress import watching
from amun_client.submission import Overrides
from amun_client.sweep.campaign import Campaign, CampaignFiles, files_in, read_campaign
from amun_client.sweep.members import Member, member_from, members_in
from amun_client.sweep.request import SweepOptions, request_of
from amun_client.sweep.selection import Selection, choose, selection_option
from amun_core.comparison import LARGEST_SEED
from amun_core.specification import EngineChoice
from amun_core.sweep import DEFAULT_IN_FLIGHT, MOST_IN_FLIGHT, MOST_ROUNDS

Document = dict[str, Any]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_CHOOSING = (
    click.argument("what", nargs=-1, metavar="[FILE|REQUIREMENT...]"),
    click.option(
        "--select",
        "selection",
        callback=selection_option,
        metavar="HOW",
        help="sample:100, uniform:100, cover:1, cover:2, enumerate, nearest:LOCK:2 or best:20.",
    ),
    click.option("--locks", type=_FOLDER, metavar="FOLDER", help="Measure the locks below FOLDER."),
    click.option(
        "--reference",
        metavar="NAME|LOCK",
        help="The stack that is run in every round; default: the newest, or the first of --locks.",
    ),
)
_CAMPAIGN = (
    click.option(
        "--campaign", type=_FOLDER, metavar="FOLDER", help="Pipfile, context and pipeline of one."
    ),
    click.option(
        "--context", type=_FILE, metavar="FILE", help="A specification; its lock is idle."
    ),
    click.option(
        "--runtime-environment", type=_FILE, metavar="FILE", help="Python and system, as JSON."
    ),
    click.option(
        "--pipeline", type=_FILE, metavar="FILE", help="Of the prior system; see the page."
    ),
)
_MEASURING = (
    click.option("--indicator", help="Performance indicator; see `amun indicator list`."),
    click.option("--framework", help="Its framework; guessed where the packages tell it."),
    click.option("--script", type=_FILE, help="Your own script instead of an indicator."),
    click.option("--preset", help="A named set of parameters; `amun indicator show NAME`."),
    click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE"),
    click.option("--engine", type=click.Choice([choice.value for choice in EngineChoice])),
    click.option(
        "--runs",
        type=click.IntRange(1, MOST_ROUNDS),
        help="Rounds: fresh runs of each stack; default 6.",
    ),
    click.option(
        "--in-flight",
        type=click.IntRange(1, MOST_IN_FLIGHT),
        help=f"Stacks that are built and measured together; default {DEFAULT_IN_FLIGHT}.",
    ),
    click.option(
        "--band",
        callback=option_values.share,
        metavar="SHARE",
        help="Differences up to this do not matter; default 2%.",
    ),
    click.option(
        "--seed", type=click.IntRange(0, LARGEST_SEED), help="Of the sample and of all orders."
    ),
    click.option("--again", is_flag=True, help="Measure also what the graph has already."),
    click.option("--label", "labels", multiple=True, metavar="KEY=VALUE"),
    click.option("--identifier", help="Becomes part of the id."),
    click.option("--dry-run", is_flag=True, help="Choose the stacks and show them; send nothing."),
)


def _options(command: Any) -> Any:
    for option in reversed((*_CHOOSING, *_MEASURING)):
        command = option(command)
    command = space_options(command)
    for option in reversed(_CAMPAIGN):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class _Stacks:
    """What is measured: the stacks, their reference, and where they come from."""

    members: list[Member]
    reference: str
    origin: Document


@click.command(cls=AmunCommand)
@_options
@click.pass_obj
def submit(session: Session, /, what: tuple[str, ...], dry_run: bool, **given: Any) -> int:
    """Measure many stacks in rounds, beside one reference; prints the id.

    \b
    amun sweep submit Pipfile --select sample:100 --indicator matmul --framework tensorflow \\
         -p matrix_size=512 --runs 6
    amun sweep submit numpy --last 24 --select cover:1 --indicator matmul
    amun sweep submit flask --select nearest:requirements.txt:2 --context inspection.yaml
    amun sweep submit --locks locks/ --indicator matmul --framework numpy
    amun sweep submit --campaign campaign/ --select sample:300

    Stacks of which the graph has a result already, for the same environment, indicator and class of
    hosts, are not measured again; --again measures them.
    """  # noqa: D301
    what, files = _campaign_files(what, given)
    campaign = read_campaign(files)
    _tell_pipeline(session, campaign)
    stacks = _stacks(session, what, given, campaign)
    request = request_of(
        stacks.members, stacks.reference, campaign.context, _options_of(given), stacks.origin
    )
    if dry_run:
        return _show(session, request, stacks)
    accepted = session.client.sweep(request, key=str(uuid.uuid4()))
    for warning in accepted["warnings"]:
        session.console.warning(warning["message"], pointer=warning["pointer"])
    if session.taste.json:
        session.console.document(accepted)
        return ExitCode.DONE
    session.console.answer(accepted["id"])
    if accepted["known"]:
        session.console.story(
            f"{accepted['known']} of {accepted['members']} stacks are known and not measured again"
        )
    session.console.story(f"watch it with `amun sweep status {accepted['id']} --watch`")
    return ExitCode.DONE


def _campaign_files(
    what: tuple[str, ...], given: Mapping[str, Any]
) -> tuple[tuple[str, ...], CampaignFiles]:
    named = CampaignFiles(given["context"], given["runtime_environment"], given["pipeline"])
    if given["campaign"] is None:
        return what, named
    if what:
        raise UsageFaultError("--campaign names the Pipfile already: no further words")
    pipfile, found = files_in(given["campaign"])
    files = CampaignFiles(
        named.context or found.context,
        named.environment or found.environment,
        named.pipeline or found.pipeline,
    )
    return (str(pipfile),), files


def _tell_pipeline(session: Session, campaign: Campaign) -> None:
    """What became of each unit: a campaign must not lose a wish in silence."""
    for one in campaign.honoured:
        word = "honoured" if one.honoured else "no effect"
        session.console.story(f"{one.unit}: {word}: {one.why}")


def _stacks(
    session: Session, what: tuple[str, ...], given: Mapping[str, Any], campaign: Campaign
) -> _Stacks:
    locks, selection = given["locks"], given["selection"]
    if (locks is None) == (not what):
        raise UsageFaultError(
            "what is to be measured? Requirements with --select, or --locks FOLDER",
            hint="amun sweep submit Pipfile --select sample:24 --indicator matmul",
        )
    if locks is not None:
        if selection is not None:
            raise UsageFaultError("--select chooses from requirements; --locks brings its stacks")
        return _from_folder(locks, given["reference"])
    if selection is None:
        raise UsageFaultError("--select is missing: which of the valid stacks?",
                              hint="sample:24, cover:1, enumerate, nearest:LOCK:2, best:10")  # fmt: skip
    return _from_space(session, what, given, campaign, selection)


def _from_folder(folder: Path, reference: str | None) -> _Stacks:
    members = members_in(folder)
    names = [member.name for member in members]
    if reference is not None and reference not in names:
        if not Path(reference).is_file():
            raise UsageFaultError(
                f"--reference {reference}: neither a lock file nor the name of a stack",
                hint=f"the first are: {', '.join(names[:5])}",
            )
        standard = member_from(Path(reference))
        same = next((one for one in members if one.pins == standard.pins), None)
        members = members if same else [standard, *members]
        reference = (same or standard).name
    return _Stacks(members, reference or names[0], {"select": f"locks:{folder.name}"})


def _from_space(
    session: Session,
    what: tuple[str, ...],
    given: Mapping[str, Any],
    campaign: Campaign,
    selection: Selection,
) -> _Stacks:
    lock = given["reference"] or selection.near
    if lock is not None and not Path(lock).is_file():
        raise UsageFaultError(f"--reference {lock}: no such lock file")

    def asking(request: Document, where: Where) -> Document:
        with watching(session.console) as watcher:
            answer = ask(request, where, watcher, session.configuration.environ)
        for warning in answer["warnings"]:
            session.console.warning(warning)
        return answer

    chosen = choose(
        selection,
        _space(given, campaign),
        what,
        asking,
        seed=given["seed"],
        reference=None if lock is None else member_from(Path(lock)),
    )
    session.console.story(
        f"{len(chosen.members)} stacks chosen of {chosen.answer['count']} valid ones"
    )
    return _Stacks(chosen.members, chosen.reference, chosen.origin)


def _space(given: Mapping[str, Any], campaign: Campaign) -> Document:
    """Options of the space; what the campaign says holds where no option says otherwise."""
    space = dict(given)
    context_base = campaign.context.get("base")
    space["base"] = given["base"] or context_base
    for name, value in campaign.space.items():
        left_open = given.get(name) in (None, (), "if-necessary")
        if left_open and not (given["base"] and name in {"python_version", "libc"}):
            space[name] = value
    return space


def _options_of(given: Mapping[str, Any]) -> SweepOptions:
    names = ("indicator", "framework", "preset", "base", "engine")
    overrides = Overrides(
        parameters=given["parameters"],
        script=given["script"],
        **{name: given[name] for name in names},
    )
    return SweepOptions(
        overrides=overrides,
        runs=given["runs"],
        in_flight=given["in_flight"],
        band=given["band"],
        seed=given["seed"],
        again=given["again"],
        labels=given["labels"],
        identifier=given["identifier"],
    )


def _show(session: Session, request: Document, stacks: _Stacks) -> int:
    """What would be sent, after the checks that the service makes of it; ours where there is none."""
    if session.names_a_server:
        for warning in session.client.check_sweep(request)["warnings"]:
            session.console.warning(warning["message"], pointer=warning["pointer"])
    else:
        check_sweep(request)
        session.console.story("no service runs: checked by the indicators of this installation")
    if session.taste.json:
        session.console.document(request)
    else:
        rows = [
            [member.name, "reference" if member.name == stacks.reference else "-",
             str(len(member.pins))]
            for member in stacks.members
        ]  # fmt: skip
        session.console.table(["stack", "role", "packages"], rows, right=[2])
    session.console.story("nothing was sent")
    return ExitCode.DONE
