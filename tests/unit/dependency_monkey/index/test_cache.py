from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from amun_core.errors import SettingsError
from dependency_monkey.index import cache as cache_module
from dependency_monkey.index.cache import CachedPage, IndexCache
from tests.support.index_server import metadata_of
from tests.support.waiting import wait_until

URL = "https://index.example/simple/thing/"
PAGE = CachedPage(URL + "?moved", "text/html", '"etag"', b"a page\n\nof lines\n")


@pytest.fixture
def cache(tmp_path: Path) -> IndexCache:
    return IndexCache(tmp_path / "some" / "folder")


def test_what_was_kept_is_found(cache: IndexCache) -> None:
    assert cache.page(URL) is None
    assert cache.page_age(URL, 0.0) is None
    assert cache.metadata("a" * 64) is None
    cache.keep_page(URL, PAGE)
    cache.keep_metadata("a" * 64, metadata_of("a", "1"))
    cache.close()
    assert cache.page(URL) == PAGE
    assert cache.metadata("a" * 64) == metadata_of("a", "1")
    cache.forget_page(URL)
    cache.forget_page(URL)
    cache.close()
    assert cache.page(URL) is None


def test_the_age_starts_anew_where_a_page_is_unchanged(cache: IndexCache) -> None:
    cache.keep_page(URL, PAGE)
    cache.close()
    [path] = (cache.folder / "pages").iterdir()
    os.utime(path, (1000, 1000))
    assert cache.page_age(URL, 1600.0) == 600
    cache.found_unchanged(URL)
    age = cache.page_age(URL, 1600.0)
    assert age is not None
    assert age < 0


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"url": "x"}\n', b"\xff\n"])
def test_a_page_that_another_version_or_a_dead_machine_left_is_not_there(
    cache: IndexCache, content: bytes
) -> None:
    cache.keep_page(URL, PAGE)
    cache.close()
    [path] = (cache.folder / "pages").iterdir()
    path.write_bytes(content)
    assert cache.page(URL) is None


def test_nothing_is_left_beside_what_was_kept(cache: IndexCache, tmp_path: Path) -> None:
    cache.keep_page(URL, PAGE)
    cache.close()
    target = next((cache.folder / "pages").iterdir())
    target.unlink()
    target.mkdir()  # so that the renaming fails
    cache.keep_page(URL, PAGE)
    with pytest.raises(SettingsError, match=r"the cache .* cannot be written: Is a directory"):
        cache.close()
    cache.close()
    assert list((cache.folder / "pages").iterdir()) == [target]


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = IndexCache(tmp_path / "file")
    cache.keep_metadata("a" * 64, b"content")
    with pytest.raises(SettingsError, match=r"cache .*file cannot be written: Not a directory"):
        cache.close()


def test_metadata_is_found_before_it_is_written_and_is_written_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_WRITTEN_AT_ONCE", 1000)
    cache = IndexCache(tmp_path)
    for number in range(45):
        cache.keep_metadata(f"key{number}", b"x" * 100)
        assert cache.metadata(f"key{number}") == b"x" * 100
    wait_until(lambda: IndexCache(tmp_path).metadata("key39") is not None)
    assert IndexCache(tmp_path).metadata("key44") is None  # as if the process were killed now
    cache.flush()
    wait_until(lambda: IndexCache(tmp_path).metadata("key44") is not None)
    assert cache.metadata("key44") == b"x" * 100
    cache.close()


def test_a_page_that_the_disk_takes_in_part_is_not_kept(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        cache.keep_page(URL, CachedPage(URL, "text/html", None, b"x" * 50_000))
        with pytest.raises(SettingsError, match="cannot be written"):
            cache.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert cache.page(URL) is None
    assert not list((tmp_path / "pages").iterdir())
