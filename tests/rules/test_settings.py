"""What an operator must set, and what happens to it."""

from pathlib import Path

import pytest

from server.settings import SettingsError, from_environment

PRODUCTION = {
    "XUNYUE_ENV": "production",
    "DATABASE_URL": "postgres://xunyue@db/xunyue",
    "XUNYUE_SECRET_KEY": "s" * 40,
    "XUNYUE_PUBLIC_URL": "https://xunyue.example/",
    "XUNYUE_KEYS": "/var/lib/keys",
}


def test_production_is_taken_as_set(tmp_path: Path) -> None:
    settings = from_environment(PRODUCTION, tmp_path)
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://xunyue@db/xunyue"
    assert (settings.public_url, settings.secure_cookies) == ("https://xunyue.example", True)
    assert settings.keys_dir == Path("/var/lib/keys")


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"XUNYUE_ENV"}))
@pytest.mark.parametrize("value", [None, ""])
def test_production_refuses_to_start_without(name: str, value: str | None, tmp_path: Path) -> None:
    environ = {key: each for key, each in PRODUCTION.items() if key != name}
    if value is not None:
        environ[name] = value
    with pytest.raises(SettingsError, match=name):
        from_environment(environ, tmp_path)


def test_a_misspelt_environment_does_not_start_with_a_public_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="XUNYUE_ENV"):
        from_environment({**PRODUCTION, "XUNYUE_ENV": "prod"}, tmp_path)


def test_development_needs_nothing(tmp_path: Path) -> None:
    settings = from_environment({}, tmp_path)
    assert not settings.production
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'xunyue.db'}"
    assert (tmp_path / "var").is_dir()
    assert not settings.secure_cookies


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgres://a/b", "postgresql+psycopg://a/b"),
        ("postgresql://a/b", "postgresql+psycopg://a/b"),
        ("postgresql+psycopg://a/b", "postgresql+psycopg://a/b"),
        ("sqlite:////data/x.db", "sqlite:////data/x.db"),
    ],
)
def test_the_driver_is_always_ours(given: str, taken: str, tmp_path: Path) -> None:
    assert from_environment({"DATABASE_URL": given}, tmp_path).database_url == taken


def test_posters_need_a_web_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="posters"):
        from_environment({"XUNYUE_PUBLIC_URL": "xunyue.example"}, tmp_path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay.example.cn", ("relay.example.cn", 25, "plain", "", "")),
        ("smtp+starttls://me:a%40b@mail.example.cn", ("mail.example.cn", 587, "starttls", "me", "a@b")),
        ("smtps://me:pw@mail.example.cn:4650", ("mail.example.cn", 4650, "tls", "me", "pw")),
    ],
)
def test_the_mail_server_is_one_address(url: str, expected: tuple[object, ...], tmp_path: Path) -> None:
    environ = {"XUNYUE_SMTP_URL": url, "XUNYUE_DIGEST_TO": "a@example.cn, b@example.cn"}
    mail = from_environment(environ, tmp_path).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.security, mail.user, mail.password) == expected
    assert (mail.sender, mail.to) == (f"xunyue@{mail.host}", ("a@example.cn", "b@example.cn"))


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"XUNYUE_DIGEST_TO": "a@example.cn"}, "needs XUNYUE_SMTP_URL"),
        ({"XUNYUE_SMTP_URL": "http://relay", "XUNYUE_DIGEST_TO": "a@example.cn"}, "must be smtp://"),
        ({"XUNYUE_SMTP_URL": "smtp://relay:port", "XUNYUE_DIGEST_TO": "a@example.cn"}, "must be smtp://"),
        ({"XUNYUE_SMTP_URL": "smtp://relay", "XUNYUE_DIGEST_TO": "nobody"}, "take addresses"),
    ],
)
def test_half_a_mail_server_is_a_mistake(environ: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=named):
        from_environment(environ, tmp_path)


def test_addresses_may_be_those_of_organisations_alone(tmp_path: Path) -> None:
    mail = from_environment({"XUNYUE_SMTP_URL": "smtp://relay"}, tmp_path).mail
    assert mail is not None
    assert mail.to == ()


def test_without_a_mail_server_nothing_is_mailed(tmp_path: Path) -> None:
    assert from_environment({}, tmp_path).mail is None
