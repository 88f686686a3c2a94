"""What an operator sets, read once from the environment into one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_DEVELOPMENT_SECRET = "only-for-development"


class SettingsError(Exception):
    """The environment lacks something the product cannot run without; the text names it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """How the audit chains' heads are sent: `security` is `plain`, `starttls` or `tls`. `to` get all of them,
    addresses of organisations (which the database has) what concerns them."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """`keys_dir` holds the signing and identity keys: apart from the database and from its backups."""

    production: bool
    database_url: str
    secret_key: str
    public_url: str
    keys_dir: Path
    pwa_dir: Path
    behind_proxy: bool
    session_days: int = 30
    mail: Mail | None = None

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


def from_environment(environ: Mapping[str, str], root: Path) -> Settings:
    """Settings from `XUNYUE_*` variables; in production nothing secret has a default."""
    production = _is_production(environ)
    var = Path(environ.get("XUNYUE_VAR", root / "var"))
    return Settings(
        production=production,
        database_url=_database_url(environ, var, production),
        secret_key=_required(environ, "XUNYUE_SECRET_KEY", production, _DEVELOPMENT_SECRET),
        public_url=_public_url(environ, production),
        keys_dir=Path(_required(environ, "XUNYUE_KEYS", production, str(var / "keys"))),
        pwa_dir=Path(environ.get("XUNYUE_PWA", root / "pwa" / "dist")),
        behind_proxy=environ.get("XUNYUE_BEHIND_PROXY", "") == "1",
        mail=_mail(environ),
    )


def _is_production(environ: Mapping[str, str]) -> bool:
    """A misspelt word must not start a county's server with the secret of a developer's."""
    kind = environ.get("XUNYUE_ENV", "development")
    if kind not in ("development", "production"):
        raise SettingsError("XUNYUE_ENV must be development or production")
    return kind == "production"


def _required(environ: Mapping[str, str], name: str, production: bool, development: str) -> str:
    value = environ.get(name, "")
    if production and not value:
        raise SettingsError(f"{name} must be set in production")
    return value or development


def _public_url(environ: Mapping[str, str], production: bool) -> str:
    port = environ.get("PORT", "8000")
    url = _required(environ, "XUNYUE_PUBLIC_URL", production, f"http://127.0.0.1:{port}")
    if not url.startswith(("http://", "https://")):
        raise SettingsError("XUNYUE_PUBLIC_URL must start with http:// or https://: it is printed on posters")
    return url.rstrip("/")


def _database_url(environ: Mapping[str, str], var: Path, production: bool) -> str:
    """`DATABASE_URL` as hosts give it; the driver is always psycopg 3."""
    url = environ.get("XUNYUE_DATABASE_URL") or environ.get("DATABASE_URL", "")
    if not url:
        if production:
            raise SettingsError("DATABASE_URL must be set in production")
        var.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{var / 'xunyue.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


_SMTP = {"smtp": ("plain", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}


def _mail(environ: Mapping[str, str]) -> Mail | None:
    """None where nothing is to be mailed; addresses without a server are a mistake, and a server without them
    mails to those of organisations alone."""
    url = _smtp_url(environ.get("XUNYUE_SMTP_URL", ""))
    to = tuple(filter(None, (each.strip() for each in environ.get("XUNYUE_DIGEST_TO", "").split(","))))
    if url is None and not to:
        return None
    if url is None:
        raise SettingsError("XUNYUE_DIGEST_TO needs XUNYUE_SMTP_URL")
    sender = environ.get("XUNYUE_DIGEST_FROM", "") or f"xunyue@{url.hostname}"
    if not all("@" in address for address in (sender, *to)):
        raise SettingsError("XUNYUE_DIGEST_TO and XUNYUE_DIGEST_FROM take addresses: name@example.cn")
    security, standard_port = _SMTP[url.scheme]
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return Mail(url.hostname or "", url.port or standard_port, security, user, password, sender, to)


def _smtp_url(text: str) -> SplitResult | None:
    if not text:
        return None
    url = urlsplit(text)
    try:
        known = url.scheme in _SMTP and url.hostname and url.port != 0
    except ValueError:  # no number, or too high
        known = False
    if not known:
        raise SettingsError("XUNYUE_SMTP_URL must be smtp://, smtp+starttls:// or smtps:// and a host")
    return url
