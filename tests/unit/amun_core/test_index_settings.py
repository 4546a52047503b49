"""Golden cases: what pip and uv were told becomes what uv is told."""

from __future__ import annotations

from pathlib import Path

from amun_core.index_settings import IndexSettings, parse_pip_configuration
from amun_core.redaction import redact_text

FIXED = ["--no-config", "--index-strategy", "unsafe-best-match"]


def settings(listing: str, *gone: Path, **environment: str) -> IndexSettings:
    """Where every path exists but those in `gone` and the netrc file."""
    return IndexSettings.from_configuration(
        parse_pip_configuration(listing),
        environment,
        exists=lambda path: path not in gone and path.name != ".netrc",
    )


def test_nothing_configured_says_nothing_but_the_strategy() -> None:
    found = settings("")
    assert found.uv_arguments() == FIXED
    assert found.uv_environment() == {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_CONNECT_TIMEOUT": "10"}


def test_file_settings_of_pip_become_arguments(tmp_path: Path) -> None:
    found = settings(
        "global.cert='/etc/bundle.crt'\n"
        "global.client-cert='/etc/client.pem'\n"
        "global.extra-index-url='https://one.example/simple https://two.example/simple'\n"
        f"global.find-links='{tmp_path} https://files.example/wheels/'\n"
        "global.index-url='https://index.example/simple'\n"
        "global.proxy='proxy.example:3128'\n"
        "global.timeout='30'\n"
        "global.trusted-host='one.example two.example:8443'\n"
    )
    assert found.uv_arguments() == [
        *FIXED,
        # uv asks its default index last, and takes what the first has
        *("--index", "https://index.example/simple"),
        *("--index", "https://one.example/simple"),
        *("--default-index", "https://two.example/simple"),
        *("--find-links", str(tmp_path)),
        *("--find-links", "https://files.example/wheels/"),
        *("--allow-insecure-host", "one.example"),
        *("--allow-insecure-host", "two.example:8443"),
    ]
    assert found.uv_environment() == {
        "ALL_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "HTTP_PROXY": "http://proxy.example:3128",
        "SSL_CERT_FILE": "/etc/bundle.crt",
        "SSL_CLIENT_CERT": "/etc/client.pem",
        "UV_HTTP_CONNECT_TIMEOUT": "10",
        "UV_HTTP_TIMEOUT": "30",
    }


def test_values_over_several_lines_are_several_values() -> None:
    found = settings(
        r"global.extra-index-url='\nhttps://a.example/simple\nhttps://b.example/simple'"
    )
    assert found.extra_index_urls == ("https://a.example/simple", "https://b.example/simple")


def test_variable_replaces_command_section_replaces_global() -> None:
    listing = (
        ":env:.find-links='/from/variable'\n"
        "global.find-links='/from/global'\n"
        "global.index-url='https://global.example/simple'\n"
        "install.find-links='/from/install'\n"
        "install.index-url='https://install.example/simple'\n"
        "download.index-url='https://download.example/simple'\n"
    )
    found = settings(listing)
    assert found.find_links == ("/from/variable",)
    assert found.index_url == "https://install.example/simple"


def test_pip_spells_its_time_bound_in_two_ways() -> None:
    assert settings(":env:.default-timeout='180'").timeout_seconds == 180
    assert settings("global.timeout='7'").timeout_seconds == 7
    # an index that hangs must not hang a build for minutes
    assert settings("global.timeout='180'").uv_environment()["UV_HTTP_TIMEOUT"] == "60"


def test_no_index_leaves_only_links(tmp_path: Path) -> None:
    found = settings(
        f"global.no-index='yes'\nglobal.find-links='{tmp_path}'\n"
        "global.index-url='https://user:pw@index.example/simple'"
    )
    assert found.uv_arguments() == [*FIXED, "--no-index", "--find-links", str(tmp_path)]
    assert not [name for name in found.uv_environment() if name.startswith("UV_INDEX_")]


def test_links_to_folders_that_are_gone_are_passed_over_as_pip_does(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    found = settings(f"global.find-links='{gone}'", gone)
    assert found.uv_arguments() == FIXED


def test_variables_of_uv_count_too() -> None:
    found = settings(
        "global.index-url='https://pip.example/simple'\n"
        "global.extra-index-url='https://both.example/simple'",
        UV_DEFAULT_INDEX="https://uv.example/simple",
        UV_INDEX_URL="https://older.example/simple",
        UV_INDEX="named=https://named.example/simple https://both.example/simple",
        UV_EXTRA_INDEX_URL="https://extra.example/simple",
        UV_INSECURE_HOST="uv.example",
        SSL_CERT_FILE="/etc/uv-bundle.crt",
    )
    assert found.index_url == "https://uv.example/simple"
    assert found.extra_index_urls == (
        "https://named.example/simple",
        "https://both.example/simple",
        "https://extra.example/simple",
    )
    assert found.trusted_hosts == ("uv.example",)
    assert found.certificate == Path("/etc/uv-bundle.crt")


def test_passwords_travel_in_variables_and_are_never_shown() -> None:
    found = settings(
        "global.index-url='https://joe:s3cr%40t@index.example/simple'\n"
        "global.extra-index-url='https://t0ken@extra.example/simple'"
    )
    arguments = found.uv_arguments()
    assert arguments == [
        *FIXED,
        *("--index", "amun0=https://index.example/simple"),
        *("--default-index", "amun1=https://extra.example/simple"),
    ]
    environment = found.uv_environment()
    assert environment["UV_INDEX_AMUN0_USERNAME"] == "joe"
    assert environment["UV_INDEX_AMUN0_PASSWORD"] == "s3cr@t"
    assert environment["UV_INDEX_AMUN1_USERNAME"] == "t0ken"
    for shown in (repr(found), str(found), repr(found.redacted()), f"{found}"):
        assert "s3cr" not in shown
        assert "t0ken" not in shown
    assert found.redacted().index_url == "https://***@index.example/simple"


def test_small_proxy_variables_do_not_beat_pips_proxy() -> None:
    found = settings(
        "global.proxy='http://pip.example:1'", http_proxy="http://x:2", no_proxy="localhost"
    )
    assert found.proxies == (
        ("ALL_PROXY", "http://pip.example:1"),
        ("HTTPS_PROXY", "http://pip.example:1"),
        ("HTTP_PROXY", "http://pip.example:1"),
        ("no_proxy", "localhost"),
    )


def test_lines_that_are_no_settings_are_passed_over() -> None:
    assert parse_pip_configuration("warning: x\nglobal.cert=not quoted\n=\nglobal=1\n") == {}


def test_pip_conf_says_the_same() -> None:
    found = settings(
        "global.index-url='https://joe:pw@index.example/simple'\n"
        "global.extra-index-url='https://a.example/simple https://b.example/simple'\n"
        "global.find-links='/opt/links'\nglobal.cert='/etc/bundle.crt'\nglobal.timeout='9'"
    )
    assert found.pip_conf_text(certificate="/run/secrets/ca") == (
        "[global]\n"
        "disable-pip-version-check = true\n"
        "index-url = https://joe:pw@index.example/simple\n"
        "extra-index-url = https://a.example/simple\n    https://b.example/simple\n"
        "find-links = /opt/links\n"
        "cert = /run/secrets/ca\n"
        "timeout = 9\n"
    )


def test_redact_text_hides_only_credentials() -> None:
    text = "see https://u:p@a.example/x?y=a@b and http://b.example/@scope"
    assert redact_text(text) == "see https://***@a.example/x?y=*** and http://b.example/@scope"
