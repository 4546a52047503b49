"""Small package indexes by chance, as wheels with metadata: specifiers, extras, markers, circles.

Each can be read in two ways: as a snapshot, which the program reads as it reads any index, and as a
plain problem for the judge, read here and by nothing of ours.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.problem import Problem, Root
from tests.support.stack_oracle import SELF, Need, Plain, grown_stacks, walk

MOST_STACKS = 10_000
#: What the target answers where markers ask; the judge knows these two things of it.
TARGET = TargetEnvironment("3.11.2", "x86_64", ("glibc", 2, 28))
KNOWN = {"python_version": "3.11", "sys_platform": "linux"}
HOLD = ('python_version < "3.12"', 'sys_platform == "linux"', 'python_version >= "3.8"')
FAIL = ('python_version >= "3.12"', 'sys_platform == "win32"')
NEVER_THERE = "ghost"
#: What versions end in: one of five is a pre-release.
EARLY = ("", "", "", "", "rc1")


@dataclass(frozen=True)
class RandomIndex:
    """`projects[name][version]` are the lines of Requires-Dist; `extras[name]` those it provides."""

    projects: Mapping[str, Mapping[str, tuple[str, ...]]]
    extras: Mapping[str, tuple[str, ...]]
    roots: tuple[str, ...]

    @property
    def problem(self) -> Problem:
        return Problem(tuple(Root(Requirement(root)) for root in self.roots), TARGET)

    def snapshot(self) -> Snapshot:
        """As it would have been read from a server."""
        snapshot = Snapshot()
        snapshot.pages["default", NEVER_THERE] = None
        for name, versions in self.projects.items():
            files = []
            for version, lines in versions.items():
                content = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
                content += [f"Provides-Extra: {extra}" for extra in self.extras[name]]
                content += [f"Requires-Dist: {line}" for line in lines]
                body = ("\n".join(content) + "\n\n").encode()
                key = hashlib.sha256(body).hexdigest()
                wheel = f"{name}-{version}-py3-none-any.whl"
                files.append(IndexFile(wheel, f"https://index.invalid/{wheel}", key))
                snapshot.metadata[key] = body
            canonical = canonicalize_name(name)
            snapshot.pages["default", canonical] = ProjectPage(canonical, "default", tuple(files))
        return snapshot

    def plain(self) -> Plain:
        """As the judge takes it."""
        versions = {name: tuple(own) for name, own in self.projects.items()}
        versions[NEVER_THERE] = ()

        def need(one: Requirement) -> Need:
            admitted = frozenset(
                v for v in versions[one.name] if one.specifier.contains(v, prereleases=True)
            )
            return Need(
                one.name, admitted, frozenset({SELF, *one.extras}), bool(one.specifier.prereleases)
            )

        needs: dict[tuple[object, object, object], tuple[Need, ...]] = {}
        for name, own in self.projects.items():
            for version, lines in own.items():
                read = [Requirement(line) for line in lines]
                always = [one for one in read if _holds(one, "")]
                needs[name, version, SELF] = tuple(map(need, always))
                for extra in self.extras[name]:
                    needs[name, version, extra] = tuple(
                        need(one) for one in read if one not in always and _holds(one, extra)
                    )
        early = {name: frozenset(v for v in own if "rc" in v) for name, own in versions.items()}
        roots = tuple(need(Requirement(root)) for root in self.roots)
        return Plain(roots, versions, needs, early)


def _holds(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**KNOWN, "extra": extra})


@dataclass(frozen=True)
class Judged:
    """An index with its stacks by brute force, and what it is an example of."""

    index: RandomIndex
    plain: Plain
    stacks: list[dict[object, object]]
    kinds: frozenset[str]


def random_index(seed: int, kind: str) -> Judged:
    """One that is of the kind: "large" (100 to 10,000 stacks), "contradictory" or "any"."""
    source = random.Random(f"{kind}:{seed}")
    while True:
        index = _draw(source, kind)
        plain = index.plain()
        stacks = list(islice(grown_stacks(plain), MOST_STACKS + 1))
        if len(stacks) > MOST_STACKS:
            continue
        if kind == "large" and len(stacks) < 100:
            continue
        if kind == "contradictory" and stacks:
            continue
        return Judged(index, plain, stacks, frozenset(_kinds(index, plain, stacks)))


def _draw(source: random.Random, kind: str) -> RandomIndex:
    large = kind == "large"
    names = [
        f"p{number}" for number in range(source.randint(5, 8) if large else source.randint(1, 6))
    ]
    versions = {
        name: [
            f"{1 + n // 3}.{n % 3}{source.choice(EARLY)}"
            for n in range(source.randint(3, 6) if large else source.randint(1, 4))
        ]
        for name in names
    }
    extras = {name: source.choice(((), ("x",), ("x", "y"))) for name in names}
    strictness = {"large": 0.5, "contradictory": 0.9, "any": 0.7}[kind]

    def specifier(name: str) -> str:
        if source.random() > strictness:
            return ""
        pivot = source.choice(versions[name])
        form = source.choice((">={}", "<={}", "!={}", "<{}", ">{}", "=={}", "=={}.*", "~={}"))
        # most requirements do not name a pre-release
        pivot = pivot if source.random() < 0.2 else pivot.removesuffix("rc1")
        return form.format(pivot.partition(".")[0] if form.endswith("*") else pivot)

    def requirement() -> str:
        if source.random() < 0.01:
            return NEVER_THERE
        name = source.choice(names)
        asked = [extra for extra in ("x", "y", "unheard-of") if source.random() < 0.2]
        text = f"{name}[{','.join(asked)}]" if asked else name
        return text + specifier(name)

    def line(owner: str) -> str:
        markers = []
        if source.random() < 0.2:
            markers.append(source.choice(HOLD + FAIL[:1]))
        if extras[owner] and source.random() < 0.4:
            markers.append(f'extra == "{source.choice(extras[owner])}"')
        return requirement() + ("; " + " and ".join(markers) if markers else "")

    def lines(owner: str) -> tuple[str, ...]:
        return tuple(line(owner) for _ in range(source.choice((0, 1, 1, 2, 3))))

    projects: dict[str, dict[str, tuple[str, ...]]] = {}
    for name in names:
        own: dict[str, tuple[str, ...]] = {}
        said = lines(name)
        for version in versions[name]:
            # what only a pre-release brings gives it no leave: it would have to be read to be found
            own[version] = () if version.endswith("rc1") else said
            if source.random() < 0.5:  # versions often ask for the same as the one before
                said = lines(name)
        projects[name] = own
    roots = tuple(
        requirement() for _ in range(source.randint(2, 4) if large else source.randint(1, 3))
    )
    roots = tuple(root for root in roots if root != NEVER_THERE) or (names[0],)
    return RandomIndex(projects, extras, roots)


def _kinds(index: RandomIndex, plain: Plain, stacks: list[dict[object, object]]) -> set[str]:
    """What the index is an example of; an extra or a circle counts where a stack has it."""
    kinds = set()
    if not stacks:
        kinds.add("contradictory")
    if 100 <= len(stacks) <= MOST_STACKS:
        kinds.add("large")
    if any(
        "python_version" in line or "sys_platform" in line
        for own in index.projects.values()
        for lines in own.values()
        for line in lines
    ):
        kinds.add("markers")
    for stack in stacks[:50]:
        met = walk(plain, stack).met
        if any(
            plain.needs.get((name, stack[name], feature))
            for name, features in met.items()
            for feature in features - {SELF}
        ):
            kinds.add("extras")
        edges = {
            name: {
                need.target
                for feature in features
                for need in plain.needs.get((name, stack[name], feature), ())
            }
            for name, features in met.items()
        }
        if _has_circle(edges):
            kinds.add("circles")
    return kinds


def _has_circle(edges: Mapping[object, set[object]]) -> bool:
    """Whether something is left after taking away, again and again, what needs nothing that is left."""
    left = {name: targets - {name} for name, targets in edges.items()}
    while True:
        done = {name for name, targets in left.items() if not targets & left.keys()}
        if not done:
            return bool(left)
        left = {name: targets for name, targets in left.items() if name not in done}
