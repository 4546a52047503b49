"""What this host's settings add: sources of a lock, folders to mount, certificates, pip itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from amun_core import index_reader
from amun_core.index_map import IndexMap
from amun_core.plan import IndexSource
from inspector.index_settings import IndexSettings, ca_bundle, parse_pip_configuration
from tests.support.container_plans import build_plan


def settings(listing: str, **environment: str) -> IndexSettings:
    return IndexSettings.from_configuration(
        parse_pip_configuration(listing), environment, exists=Path.exists
    )


class TestSources:
    def source(self, url: str) -> IndexSource:
        return IndexSource(name="n", url=url)

    def test_index_in_use_is_not_passed_twice(self) -> None:
        found = settings("global.index-url='https://mirror.example/simple'")
        same = found.with_sources(
            [
                self.source("https://index.example/simple"),
                self.source("https://mirror.example/simple/"),
                self.source(""),
            ]
        )
        assert same == found

    def test_pips_own_index_means_the_one_in_use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            index_reader, "pip_default_index", lambda: "https://usual.example/simple"
        )
        found = settings("global.index-url='https://mirror.example/simple'")
        assert found.with_sources([self.source("https://usual.example/simple")]) == found

    def test_unknown_index_is_an_extra_one(self) -> None:
        found = settings("").with_sources([self.source("https://other.example/simple")])
        assert found.extra_index_urls == ("https://other.example/simple",)

    def test_map_replaces_an_index(self) -> None:
        mapping = IndexMap.parse(
            "https://old.example/simple=https://new.example/simple,https://gone.example/simple="
        )
        found = settings("").with_sources(
            [
                self.source("https://old.example/simple/"),
                self.source("https://gone.example/simple"),
            ],
            mapping,
        )
        assert found.extra_index_urls == ("https://new.example/simple",)

    def test_a_lock_cannot_make_us_read_folders_of_this_host(self) -> None:
        found = settings("").with_sources(
            [self.source("file:///etc/simple"), self.source("/etc"), self.source("ssh://x/simple")]
        )
        assert found == settings("")


def test_local_paths_are_what_a_container_build_must_mount(tmp_path: Path) -> None:
    for name in ("links", "mirror/simple"):
        (tmp_path / name).mkdir(parents=True)
    found = settings(
        f"global.find-links='{tmp_path}/links https://files.example/x {tmp_path}/gone'\n"
        f"global.extra-index-url='file://{tmp_path}/mirror/simple https://a.example/simple'"
    )
    # files lie beside the pages of a local index
    assert found.local_paths() == (tmp_path / "links", tmp_path / "mirror")


def test_ca_bundle_takes_the_configured_one_first(tmp_path: Path) -> None:
    configured, other = tmp_path / "a.crt", tmp_path / "b.crt"
    configured.touch()
    other.touch()
    found = settings(f"global.cert='{configured}'")
    assert ca_bundle(found, {"SSL_CERT_FILE": str(other)}) == configured
    assert ca_bundle(None, {"SSL_CERT_FILE": str(other)}) == other
    assert ca_bundle(None, {"PIP_CERT": str(tmp_path / "gone"), "CURL_CA_BUNDLE": str(other)}) == (
        other
    )


def test_pip_itself_is_asked(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://file.example/simple\nextra-index-url =\n"
        "    https://a.example/simple\n    https://b.example/simple\n"
    )
    found = IndexSettings.read(
        {
            "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
            "PIP_INDEX_URL": "https://variable.example/simple",
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
        }
    )
    assert found.index_url == "https://variable.example/simple"
    assert found.extra_index_urls[-2:] == ("https://a.example/simple", "https://b.example/simple")


def test_pips_own_index_is_named_where_there_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_reader, "pip_default_index", lambda: "https://usual.example/simple")
    around = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull}
    assert IndexSettings.read(around).index_url is None
    further = {**around, "PIP_EXTRA_INDEX_URL": "https://a.example/simple"}
    assert IndexSettings.read(further).uv_arguments()[3:] == [
        *("--index", "https://usual.example/simple"),
        *("--default-index", "https://a.example/simple"),
    ]


def test_a_lock_comes_before_the_further_indexes_of_this_host() -> None:
    a, b, other = (f"https://{name}.example/simple" for name in ("a", "b", "other"))
    around = settings(f"global.extra-index-url='{a} {b}'")
    assert around.with_sources([IndexSource(name="n", url=other)]).extra_index_urls == (other, a, b)
    # also where this host knows it already
    assert around.with_sources([IndexSource(name="n", url=b)]).extra_index_urls == (b, a)


class TestPlans:
    """What a plan's lock says, put into the settings of this host."""

    MAIN = "https://main.example/simple"
    SECOND = "https://second.example/simple"

    def of(self, host: str, **changes: object) -> IndexSettings:
        sources = (IndexSource(name="m", url=self.MAIN), IndexSource(name="s", url=self.SECOND))
        return settings(host).for_plan(build_plan(sources=sources, **changes))

    def test_the_main_index_of_a_lock_takes_the_place_of_the_hosts(self) -> None:
        host = "global.index-url='https://host.example/simple'"
        found = self.of(host, main_source="m")
        assert found.index_url == self.MAIN
        assert found.extra_index_urls == (self.SECOND, "https://host.example/simple")
        further = self.of(host)
        assert further.index_url == "https://host.example/simple"
        assert further.extra_index_urls == (self.MAIN, self.SECOND)

    def test_the_usual_index_stays_what_the_host_has(self) -> None:
        for url in ("", "https://index.example/simple"):
            plan = build_plan(sources=(IndexSource(name="m", url=url),), main_source="m")
            host = settings("global.index-url='https://host.example/simple'")
            assert host.for_plan(plan) == host

    def test_indexes_have_the_names_by_which_packages_are_bound(self) -> None:
        words = self.of("global.index-url='https://host.example/simple'").uv_arguments()
        assert f"source0={self.MAIN}" in words
        assert f"source1={self.SECOND}" in words

    def test_the_login_of_the_host_opens_the_index_of_a_lock(self) -> None:
        private = "https://me:hunter2@second.example/simple/"
        found = self.of(f"global.extra-index-url='{private}'")
        assert private in found.extra_index_urls
        assert self.SECOND not in found.extra_index_urls
        assert "hunter2" not in " ".join(found.uv_arguments())
        assert found.uv_environment()["UV_INDEX_SOURCE1_PASSWORD"] == "hunter2"

    def test_pages_of_files_are_asked_before_those_of_the_host(self, tmp_path: Path) -> None:
        links = ("https://w.example/x.html", "file:///etc", "/etc")
        found = self.of(f"global.find-links='{tmp_path}'", find_links=links, no_index=True)
        assert found.find_links == ("https://w.example/x.html", str(tmp_path))
        assert found.no_index

    def test_where_the_host_asks_no_index_a_plan_names_none(self) -> None:
        plan = build_plan()
        assert settings("global.no-index='true'").settled(plan).no_index
        assert settings("").settled(plan) == plan

    def test_places_tell_hosts_apart_without_their_logins(self, tmp_path: Path) -> None:
        one = settings("global.index-url='https://me:hunter2@a.example/simple'").places()
        assert one == settings("global.index-url='https://a.example/simple'").places()
        assert "hunter2" not in str(one)
        others = [
            settings("").places(),
            settings("global.index-url='https://b.example/simple'").places(),
            settings("global.extra-index-url='https://a.example/simple'").places(),
            settings(f"global.find-links='{tmp_path}'").places(),
            settings("global.no-index='true'").places(),
        ]
        assert len({one, *others}) == 6
