"""A stored lock in the format that is wanted: the same stack, read back by our own readers and pip's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_client.errors import ClientError, UsageFaultError
from amun_client.lock_writing import StoredLock, stored_lock, written
from amun_core.lock import lock_digest, read_lock
from amun_core.specification import LockFormat

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
REQUIREMENTS = (
    f"numpy==2.4.5 --hash={A} --hash={B}\n"
    f"uvicorn[standard]==0.30.0 ; python_version >= '3.8' --hash={A}\n"
)
PIPFILE_LOCK = json.dumps(
    {
        "_meta": {"requires": {}, "sources": []},
        "default": {
            "numpy": {"version": "==2.4.5", "hashes": [A, B]},
            "uvicorn": {
                "version": "==0.30.0",
                "hashes": [A],
                "extras": ["standard"],
                "markers": "python_version >= '3.8'",
            },
        },
    }
)
PYLOCK = f"""lock-version = "1.0"
created-by = "test"
[[packages]]
name = "numpy"
version = "2.4.5"
[[packages.wheels]]
url = "https://files.example/numpy-2.4.5-cp311-cp311-manylinux_2_28_x86_64.whl"
hashes = {{sha256 = "{"a" * 64}"}}
"""
STORED = {
    LockFormat.REQUIREMENTS: REQUIREMENTS,
    LockFormat.PIPFILE_LOCK: PIPFILE_LOCK,
    LockFormat.PYLOCK: PYLOCK,
}
WAYS = [
    (own, wanted)
    for own in LockFormat
    for wanted in LockFormat
    if own is wanted or wanted is not LockFormat.PYLOCK
]


@pytest.mark.parametrize(("own", "wanted"), WAYS)
def test_the_stack_stays_the_same(own: LockFormat, wanted: LockFormat) -> None:
    text = written(StoredLock(own, STORED[own]), wanted, ["why"])
    before, after = read_lock(STORED[own], own), read_lock(text, wanted)
    assert lock_digest(before) == lock_digest(after)
    extras = [(one.name, one.extras) for one in before.packages]
    assert [(one.name, one.extras) for one in after.packages] == extras
    assert text.startswith("# why\n") is (wanted is not LockFormat.PIPFILE_LOCK)


@pytest.mark.parametrize("own", [LockFormat.REQUIREMENTS, LockFormat.PIPFILE_LOCK])
def test_files_that_nobody_told_are_not_invented(own: LockFormat) -> None:
    with pytest.raises(UsageFaultError, match="does not say which files"):
        written(StoredLock(own, STORED[own]), LockFormat.PYLOCK, [])


def test_what_a_format_cannot_say_is_refused() -> None:
    grouped = PYLOCK.replace('version = "2.4.5"', 'version = "2.4.5"\nmarker = "\'x\' in extras"')
    with pytest.raises(UsageFaultError, match="cannot say that"):
        written(StoredLock(LockFormat.PYLOCK, grouped), LockFormat.REQUIREMENTS, [])
    twice = "six==1.16 ; python_version < '3'\nsix==1.17 ; python_version >= '3'\n"
    with pytest.raises(UsageFaultError, match="six stands in it twice"):
        written(StoredLock(LockFormat.REQUIREMENTS, twice), LockFormat.PIPFILE_LOCK, [])


@given(st.text(max_size=60))
def test_no_justification_ends_its_comment(why: str) -> None:
    text = written(
        StoredLock(LockFormat.REQUIREMENTS, REQUIREMENTS), LockFormat.REQUIREMENTS, [why]
    )
    assert lock_digest(read_lock(text, LockFormat.REQUIREMENTS)) == lock_digest(
        read_lock(REQUIREMENTS, LockFormat.REQUIREMENTS)
    )


def test_a_lock_is_found_in_either_place_of_a_specification() -> None:
    document = {"format": "requirements.txt", "content": REQUIREMENTS}
    assert stored_lock({"python": {"lock": document}}).content == REQUIREMENTS
    found = stored_lock({"python": {"requirements_locked": json.loads(PIPFILE_LOCK)}})
    assert found.format is LockFormat.PIPFILE_LOCK
    for none in ({}, {"python": None}, {"python": {"lock": None}}):
        with pytest.raises(ClientError, match="no lock"):
            stored_lock(none)
