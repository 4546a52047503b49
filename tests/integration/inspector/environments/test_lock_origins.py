"""Where a lock's files come from: obeyed by our installer, with the real uv and pip beside it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.index_map import IndexMap
from amun_core.lock import read_lock, select
from amun_core.lock_files import NoFittingFileError
from amun_core.plan import BuildPlan, ImageFacts
from amun_core.specification import LockFormat
from amun_core.states import AttributedTo, FailureReason
from amun_core.wheel_tags import tags_of_base
from inspector.environments import Installer, read_installed
from inspector.host import host_image_facts
from inspector.index_settings import IndexSettings
from tests.support.index_server import IndexServer
from tests.support.installable import pip_installs, put, uv_installs

HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n'
LINUX = "cp{0}-cp{0}-linux_x86_64"
MANYLINUX = "cp{0}-cp{0}-manylinux_2_17_x86_64"


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield server


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ImageFacts:
    return host_image_facts(None, tmp_path_factory.mktemp("home"))


@pytest.fixture
def tag(base: ImageFacts) -> str:
    """cp311 for Python 3.11, without its letters."""
    return "".join(base.python.version.split(".")[:2])


@dataclass
class Built:
    """What was installed, by name, and what was said."""

    installed: dict[str, str]
    answer: int | None
    said: list[str] = field(default_factory=list)


Install = Callable[..., Built]


@pytest.fixture
def install(tmp_path: Path, base: ImageFacts, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a lock with our installer: its text, and the settings of this host."""
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)

    def installed(
        text: str,
        settings: IndexSettings,
        lock_format: LockFormat = LockFormat.REQUIREMENTS,
        module: str = "a",
    ) -> Built:
        plan = plan_of(text, base, lock_format)
        said: list[str] = []
        environment = tmp_path / f"environment-{len(list(tmp_path.iterdir()))}"
        installer = Installer(tmp_path / "uv-cache", index=settings)
        installer.install(plan, environment, lambda _, line: said.append(line), lambda: False)
        sites = list(environment.glob(f"lib/python*/site-packages/{module}.py"))
        answer = int(sites[0].read_text().split("=")[1]) if sites else None
        return Built({one.name: one.version for one in read_installed(environment)}, answer, said)

    return installed


def plan_of(text: str, base: ImageFacts, lock_format: LockFormat) -> BuildPlan:
    lock = read_lock(text, lock_format)
    return BuildPlan(
        engine="process",
        engine_why="test",
        mode="host_environment",
        environment_key="amun-environment-1:" + "e" * 64,
        base=base,
        stack_digest="",
        lock_digest="",
        requirements=select(lock, base.python.markers, tags_of_base(base)),
        sources=tuple(map(IndexMap().source, lock.sources)),
        main_source=lock.origin.main,
        find_links=lock.origin.find_links,
        no_index=lock.origin.no_index,
        choices=lock.origin.choices,
        timeout_seconds=120,
    )


def of(index: IndexServer) -> IndexSettings:
    return IndexSettings(index_url=index.url)


def pylock(name: str, version: str, url: str, sha256: str, more: str = "") -> str:
    return (
        f'{HEAD}[[packages]]\nname = "{name.split("-")[0]}"\nversion = "{version}"\n'
        f'wheels = [{{ name = "{name}", url = "{url}", {more}hashes = {{ sha256 = "{sha256}" }} }}]\n'
    )


def failure(install: Install, *arguments: object) -> AttemptFailedError:
    with pytest.raises(AttemptFailedError) as caught:
        install(*arguments)
    return caught.value


# Addresses in pylock.toml ---------------------------------------------------------------------


def test_a_file_that_no_index_has_is_taken_from_its_address(
    install: Install, index: IndexServer, tmp_path: Path
) -> None:
    with IndexServer() as elsewhere:
        name, sha256 = put(elsewhere, "a", "1.0")
        text = pylock(name, "1.0", f"{elsewhere.origin}/files/{name}", sha256)
        assert install(text, of(index), LockFormat.PYLOCK).installed == {"a": "1.0"}
        file = tmp_path / "pylock.toml"
        file.write_text(text)
        assert uv_installs(tmp_path, file, "--no-index") == {"a-1.0"}
        assert pip_installs(tmp_path, file, "--no-index") == {"a-1.0"}
    assert index.asked("a") == 0


def test_the_name_of_the_file_need_not_stand_in_its_address(
    install: Install, index: IndexServer
) -> None:
    with IndexServer() as elsewhere:
        name, sha256 = put(elsewhere, "a", "1.0")
        elsewhere.projects["odd"] = {"download": elsewhere.projects["a"][name]}
        text = pylock(name, "1.0", f"{elsewhere.origin}/files/download", sha256)
        assert install(text, of(index), LockFormat.PYLOCK).installed == {"a": "1.0"}


def test_what_is_no_longer_at_its_address_is_found_on_the_index_by_its_hash(
    install: Install, index: IndexServer
) -> None:
    name, sha256 = put(index, "a", "1.0")
    for url in (f"{index.origin}/gone/x{name}", f"http://127.0.0.1:9/{name}"):
        built = install(pylock(name, "1.0", url, sha256), of(index), LockFormat.PYLOCK)
        assert built.installed == {"a": "1.0"}
        assert "The files are looked for on the index, by their hashes.\n" in built.said


def test_another_file_at_the_address_is_told_as_that(install: Install, index: IndexServer) -> None:
    with IndexServer() as elsewhere:
        name, _ = put(elsewhere, "a", "1.0")
        url = f"{elsewhere.origin}/files/{name}"
        found = failure(install, pylock(name, "1.0", url, "0" * 64), of(index), LockFormat.PYLOCK)
    assert found.reason is FailureReason.HASH_MISMATCH


def test_step_6_the_size_in_the_lock_is_checked(install: Install, index: IndexServer) -> None:
    with IndexServer() as elsewhere:
        name, sha256 = put(elsewhere, "a", "1.0")
        text = pylock(name, "1.0", f"{elsewhere.origin}/files/{name}", sha256, "size = 7, ")
        found = failure(install, text, of(index), LockFormat.PYLOCK)
    assert found.reason is FailureReason.HASH_MISMATCH
    assert "another size than the lock says" in str(found)


def test_step_6_an_archive_is_checked_by_size_and_hash(
    install: Install, index: IndexServer
) -> None:
    with IndexServer() as elsewhere:
        name, sha256 = put(elsewhere, "a", "1.0")
        url = f"{elsewhere.origin}/files/{name}"
        size = len(elsewhere.projects["a"][name].content)

        def archive(size: int, sha256: str) -> str:
            table = f'{{ url = "{url}", size = {size}, hashes = {{ sha256 = "{sha256}" }} }}'
            return f'{HEAD}[[packages]]\nname = "a"\narchive = {table}\n'

        for text in (archive(7, sha256), archive(size, "0" * 64)):
            found = failure(install, text, of(index), LockFormat.PYLOCK)
            assert found.reason is FailureReason.HASH_MISMATCH
            assert str(found).startswith("a: the file ")
        built = install(archive(size, sha256), of(index), LockFormat.PYLOCK)
    assert built.installed == {"a": "1.0"}


def test_the_login_of_a_private_index_comes_from_the_host(
    install: Install, index: IndexServer, base: ImageFacts
) -> None:
    name, sha256 = put(index, "a", "1.0")
    index.login = "Basic " + base64.b64encode(b"me:hunter2").decode()
    text = pylock(name, "1.0", f"{index.origin}/files/{name}", sha256)
    settings = IndexSettings(index_url=index.url.replace("//", "//me:hunter2@"))
    built = install(text, settings, LockFormat.PYLOCK)
    assert built.installed == {"a": "1.0"}
    assert "hunter2" not in "".join(built.said)
    assert "hunter2" not in plan_of(text, base, LockFormat.PYLOCK).model_dump_json()
    refused = failure(install, text, of(index), LockFormat.PYLOCK)
    assert refused.reason is FailureReason.INDEX_UNREACHABLE


def test_no_wheel_for_this_platform_is_told_without_any_download(
    index: IndexServer, base: ImageFacts, tag: str
) -> None:
    name, sha256 = put(index, "a", "1.0", tag=f"cp{tag}-cp{tag}-win_amd64")
    text = pylock(name, "1.0", f"{index.origin}/files/{name}", sha256)
    with pytest.raises(NoFittingFileError, match=r"a 1\.0 has no wheel for this platform"):
        plan_of(text, base, LockFormat.PYLOCK)
    assert index.requests == []


# Options of requirement files -----------------------------------------------------------------


def test_find_links_are_obeyed(install: Install, index: IndexServer, tmp_path: Path) -> None:
    with IndexServer(html=True) as page:
        _, sha256 = put(page, "a", "1.0")
        text = f"--find-links {page.url}/a/\na==1.0 --hash=sha256:{sha256}\n"
        index.projects["a"] = {}
        assert install(text, of(index)).installed == {"a": "1.0"}
        file = tmp_path / "requirements.txt"
        file.write_text(text)
        assert uv_installs(tmp_path, file, "--default-index", index.url) == {"a-1.0"}
        assert pip_installs(tmp_path, file, "--index-url", index.url) == {"a-1.0"}


def test_no_index_takes_nothing_from_any_index(install: Install, index: IndexServer) -> None:
    put(index, "a", "1.0", answer=1)
    with IndexServer(html=True) as page:
        put(page, "a", "1.0", answer=2)
        text = f"--no-index\n-f {page.url}/a/\na==1.0\n"
        assert install(text, of(index)).answer == 2
    assert index.asked("a") == 0
    found = failure(install, "--no-index\na==1.0\n", of(index))
    assert found.reason is FailureReason.ARTIFACT_NOT_FOUND


@pytest.mark.parametrize("option", ["--no-binary a", "--no-binary :all:", "--no-binary b,a"])
def test_no_binary_is_obeyed(
    install: Install, index: IndexServer, option: str, tmp_path: Path
) -> None:
    """There is a wheel and no sdist: whoever obeys finds nothing."""
    put(index, "a", "1.0")
    text = f"{option}\na==1.0\n"
    assert failure(install, text, of(index)).reason is FailureReason.ARTIFACT_NOT_FOUND
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    assert uv_installs(tmp_path, file, "--default-index", index.url) is None
    assert pip_installs(tmp_path, file, "--index-url", index.url) is None
    assert install("--only-binary a\na==1.0\n", of(index)).installed == {"a": "1.0"}


# Indexes ---------------------------------------------------------------------------------------


def test_the_index_of_a_lock_comes_before_that_of_the_host(
    install: Install, index: IndexServer, tmp_path: Path
) -> None:
    put(index, "a", "1.0", answer=1)
    put(index, "b", "1.0")
    with IndexServer() as other:
        put(other, "a", "1.0", answer=2)
        assert install(f"-i {other.url}\na==1.0\nb==1.0\n", of(index)).answer == 2
        pipfile = (
            f'{{"_meta": {{"sources": [{{"name": "x", "url": "{other.url}", "verify_ssl": true}}]}}, '
            '"default": {"a": {"version": "==1.0"}}}'
        )
        assert install(pipfile, of(index), LockFormat.PIPFILE_LOCK).answer == 2
        # as with pip, a further index stands behind the main one of the host
        assert install(f"--extra-index-url {other.url}\na==1.0\n", of(index)).answer == 1
        file = tmp_path / "requirements.txt"
        file.write_text(f"-i {other.url}\na==1.0\n")
        assert pip_installs(tmp_path, file, "--index-url", index.url) == {"a-1.0"}
        assert "answer = 2" in (tmp_path / "by-pip" / "a.py").read_text()


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("login", [True, False])
def test_a_package_is_taken_from_the_index_that_its_lock_binds_it_to(
    install: Install, index: IndexServer, hashed: bool, login: bool
) -> None:
    """pipenv asks that index only; both have the version, with other contents."""
    put(index, "a", "1.0", answer=1)
    _, sha_b = put(index, "b", "1.0")
    with IndexServer() as second:
        _, sha_a = put(second, "a", "1.0", answer=2)
        put(second, "b", "1.0", answer=3)
        settings = of(index)
        if login:
            second.login = "Basic " + base64.b64encode(b"me:hunter2").decode()
            private = second.url.replace("//", "//me:hunter2@")
            settings = IndexSettings(index_url=index.url, extra_index_urls=(private,))
        document = {
            "_meta": {
                "sources": [
                    {"name": "main", "url": index.url, "verify_ssl": True},
                    {"name": "second", "url": second.url, "verify_ssl": True},
                ]
            },
            "default": {
                "a": {"version": "==1.0", "index": "second", "hashes": [f"sha256:{sha_a}"]},
                "b": {"version": "==1.0", "index": "main", "hashes": [f"sha256:{sha_b}"]},
            },
        }
        if not hashed:
            for entry in document["default"].values():
                entry.pop("hashes")  # type: ignore[attr-defined]
        text = json.dumps(document)
        built = install(text, settings, LockFormat.PIPFILE_LOCK)
        assert built.answer == 2
        assert "hunter2" not in "".join(built.said)
        built = install(text, settings, LockFormat.PIPFILE_LOCK, "b")
        assert built.answer == 42


def test_an_index_to_which_a_package_is_bound_and_that_has_it_not_is_told(
    install: Install, index: IndexServer
) -> None:
    put(index, "a", "1.0")
    with IndexServer() as second:
        second.projects["a"] = {}
        text = (
            f'{{"_meta": {{"sources": [{{"name": "main", "url": "{index.url}"}}, '
            f'{{"name": "second", "url": "{second.url}"}}]}}, '
            '"default": {"a": {"version": "==1.0", "index": "second"}}}'
        )
        found = failure(install, text, of(index), LockFormat.PIPFILE_LOCK)
    assert found.reason is FailureReason.ARTIFACT_NOT_FOUND


# Other platforms ------------------------------------------------------------------------------


def test_hashes_of_another_platform_are_no_wrong_hash(
    install: Install, index: IndexServer, tag: str
) -> None:
    name, sha256 = put(index, "a", "1.0", tag=f"cp{tag}-cp{tag}-win_amd64")
    _, here = put(index, "a", "1.0", tag=MANYLINUX.format(tag), answer=7)
    text = f"a==1.0 --hash=sha256:{sha256}\n"
    pipfile = '{"default": {"a": {"version": "==1.0", "hashes": ["sha256:%s"]}}}'
    for lock, lock_format in (
        (text, LockFormat.REQUIREMENTS),
        (pipfile % sha256, LockFormat.PIPFILE_LOCK),
    ):
        found = failure(install, lock, of(index), lock_format)
        assert found.reason is FailureReason.ARTIFACT_NOT_FOUND
        assert found.attributed_to is AttributedTo.REQUEST
        assert f"no wheel for this platform in the lock: its hashes are those of {name}" in str(
            found
        )
    assert install(f"a==1.0 --hash=sha256:{here}\n", of(index)).answer == 7


def test_a_wrong_hash_stays_one(install: Install, index: IndexServer, tag: str) -> None:
    put(index, "a", "1.0", tag=f"cp{tag}-cp{tag}-win_amd64")
    put(index, "a", "1.0", tag=MANYLINUX.format(tag))
    found = failure(install, f"a==1.0 --hash=sha256:{'0' * 64}\n", of(index))
    assert found.reason is FailureReason.HASH_MISMATCH
    assert found.attributed_to is AttributedTo.STACK


# Which file ----------------------------------------------------------------------------------


def test_manylinux_comes_before_plain_linux_whoever_says_where_it_lies(
    install: Install, index: IndexServer, tag: str, tmp_path: Path
) -> None:
    """pip would take the other one: one file defines a version, and uv installs it."""
    plain, sha_plain = put(index, "a", "1.0", tag=LINUX.format(tag), answer=1)
    many, sha_many = put(index, "a", "1.0", tag=MANYLINUX.format(tag), answer=2)
    assert install("a==1.0\n", of(index)).answer == 2
    hashes = f"--hash=sha256:{sha_plain} --hash=sha256:{sha_many}"
    assert install(f"a==1.0 {hashes}\n", of(index)).answer == 2
    files = ", ".join(
        f'{{ name = "{name}", url = "{index.origin}/files/{name}", hashes = {{ sha256 = "{sha}" }} }}'
        for name, sha in ((plain, sha_plain), (many, sha_many))
    )
    text = f'{HEAD}[[packages]]\nname = "a"\nversion = "1.0"\nwheels = [{files}]\n'
    assert install(text, of(index), LockFormat.PYLOCK).answer == 2
    file = tmp_path / "requirements.txt"
    file.write_text("a==1.0\n")
    assert uv_installs(tmp_path, file, "--default-index", index.url) == {"a-1.0"}
    assert pip_installs(tmp_path, file, "--index-url", index.url) == {"a-1.0"}
    assert "answer = 2" in (tmp_path / "by-uv" / "a.py").read_text()
    assert "answer = 1" in (tmp_path / "by-pip" / "a.py").read_text()


# Local versions and Requires-Python -----------------------------------------------------------


def test_an_unhashed_lock_takes_a_local_version_as_pip_and_uv_do(
    install: Install, index: IndexServer, tmp_path: Path
) -> None:
    put(index, "a", "1.0+cpu")
    assert install("a==1.0\n", of(index)).installed == {"a": "1.0+cpu"}
    file = tmp_path / "requirements.txt"
    file.write_text("a==1.0\n")
    assert uv_installs(tmp_path, file, "--default-index", index.url) == {"a-1.0+cpu"}
    assert pip_installs(tmp_path, file, "--index-url", index.url) == {"a-1.0+cpu"}


@pytest.mark.parametrize("beside", ["", "b==1.0\n"])
def test_a_hashed_lock_of_a_local_version_says_that_installers_differ(
    install: Install, index: IndexServer, tmp_path: Path, beside: str
) -> None:
    _, sha256 = put(index, "a", "1.0+cpu")
    put(index, "b", "1.0")
    text = f"a==1.0 --hash=sha256:{sha256}\n"
    found = failure(install, text + beside, of(index))
    assert found.attributed_to is AttributedTo.REQUEST
    assert "installers differ on this (pip takes it, uv refuses it); lock a==1.0+cpu" in str(found)
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    assert uv_installs(tmp_path, file, "--require-hashes", "--default-index", index.url) is None
    assert pip_installs(tmp_path, file, "--index-url", index.url) == {"a-1.0+cpu"}
    exact = f"a==1.0+cpu --hash=sha256:{sha256}\n"
    assert install(exact, of(index)).installed == {"a": "1.0+cpu"}


def test_an_upper_bound_of_requires_python_holds_as_for_pip(
    install: Install, index: IndexServer, tmp_path: Path
) -> None:
    _, sha256 = put(index, "a", "1.0", python=">=3.8,<3.9")
    text = f"a==1.0 --hash=sha256:{sha256}\n"
    found = failure(install, text, of(index))
    assert found.reason is FailureReason.ARTIFACT_NOT_FOUND
    assert "a 1.0 requires Python >=3.8,<3.9, here is" in str(found)
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    assert uv_installs(tmp_path, file, "--default-index", index.url) == {"a-1.0"}
    assert pip_installs(tmp_path, file, "--index-url", index.url) is None


def test_a_requires_python_that_cannot_be_read_is_taken_as_both_do(
    install: Install, index: IndexServer, tmp_path: Path
) -> None:
    put(index, "a", "1.0", python=">=3.6.*,<4.0")
    assert install("a==1.0\n", of(index)).installed == {"a": "1.0"}
    file = tmp_path / "requirements.txt"
    file.write_text("a==1.0\n")
    assert uv_installs(tmp_path, file, "--default-index", index.url) == {"a-1.0"}
    assert pip_installs(tmp_path, file, "--index-url", index.url) == {"a-1.0"}


def test_names_are_compared_in_their_normal_form(install: Install, index: IndexServer) -> None:
    put(index, "my-tool", "1.0")
    assert install("My_Tool==1.0\n", of(index), LockFormat.REQUIREMENTS, "my_tool").installed == {
        "my-tool": "1.0"
    }


def test_what_names_no_index_is_taken_from_the_main_one_first(
    install: Install, index: IndexServer, tmp_path: Path
) -> None:
    """Resolver and installer read one configuration, and mean the same by it."""
    from amun_core.index_reader import read_index_settings
    from amun_core.index_settings import IndexSettings as OfTheResolver

    around = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_EXTRA_INDEX_URL": index.url,
    }
    for settings in ({}, {"PIP_INDEX_URL": "https://main.example/simple"}):
        found = read_index_settings(OfTheResolver, {**around, **settings})
        assert found.uv_arguments() == IndexSettings.read({**around, **settings}).uv_arguments()
        assert found.uv_arguments()[-1] == index.url
