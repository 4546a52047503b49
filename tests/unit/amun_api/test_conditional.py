"""If-None-Match by RFC 9110, the same on every route that gives an ETag."""

from __future__ import annotations

import pytest

from amun_api.conditional import unchanged

TAG = 'W/"1-a"'
SAME = [TAG, '"1-a"', "*", " * ", f'"x", {TAG}', '"x","1-a"', f'W/"x" ,\t{TAG}, "y"', f", {TAG},"]
OTHER = ['"1-b"', 'W/"1-b"', '"x", "y"', '"1-a', "1-a-b", '"*"', "", ",", '"1-A"', 'w"1-a']


@pytest.mark.parametrize("sent", SAME)
def test_what_names_the_tag_is_unchanged(sent):
    answer = unchanged(sent, TAG)
    assert answer is not None
    assert (answer.status_code, answer.headers["ETag"]) == (304, TAG)


@pytest.mark.parametrize("sent", [*OTHER, None])
def test_what_names_another_is_sent_again(sent):
    assert unchanged(sent, TAG) is None


@pytest.mark.parametrize("sent", ["*", "list", "strong", "weak"])
def test_an_inspection_is_not_sent_twice(client, ids, sent):
    path = f"/api/v1/inspections/{ids['succeeded']}"
    etag = client.get(path).headers["ETag"]
    value = {"list": f'"other", {etag}', "strong": etag.removeprefix("W/"), "weak": etag}
    answer = client.get(path, headers={"If-None-Match": value.get(sent, sent)})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_route_with_a_tag_says_that_it_can_be_unchanged():
    from amun_api.app import documented

    for path, methods in documented()["paths"].items():
        for operation in methods.values():
            names = {one["name"] for one in operation.get("parameters", ())}
            assert ("If-None-Match" in names) == ("304" in operation["responses"]), path
