"""How is Django told about an installation? There is no settings module: its `Settings` and `Home` decide.

What the site needs stands in `istmo.web.composition`; here it is put together with the apps of the role, the database
and the secret key. `configure` may be called again with another home of the same role: only the database and the key
change.
"""

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from istmo.app.database import django_database
from istmo.app.exchange import Registry, access_point_maker
from istmo.app.home import Home, Role
from istmo.app.settings import MailServer, Settings

INSTALLATION = (
    "istmo.installation.codelists",
    "istmo.installation.accounts",
    "istmo.installation.audit",
    "istmo.installation.observations",
    "istmo.installation.submissions",
    "istmo.installation.mapping",
    "istmo.installation.drafts",
    "istmo.installation.alarms",
    "istmo.installation.evidence",
    "istmo.installation.delivery",
    "istmo.installation.releases",
)
SHORTEST_PASSWORD = 12
BY_ROLE = {
    Role.HUB: (
        "istmo.hub.briefs",
        "istmo.hub.deliveries",
        "istmo.hub.anomalies",
        "istmo.hub.directory",
        "istmo.hub.arrivals",
    ),
    Role.NODE: ("istmo.node.release",),
}


def installed_apps(*roles: Role) -> tuple[str, ...]:
    from istmo.web import composition

    return (*composition.INSTALLED_APPS, *INSTALLATION, *(app for role in roles for app in BY_ROLE[role]))


def configure(
    settings: Settings, home: Home, *, also: tuple[Role, ...] = (), over: Mapping[str, Any] | None = None
) -> None:
    """Configure Django for `home`. No connection is made yet. `also`: tests of both roles in one process; `over`: what
    a process other than the site has otherwise.
    """
    import django
    from django.conf import settings as django_settings

    if django_settings.configured:
        _change_home(home)
        return
    django_settings.configure(**{**django_values(settings, home, also=also), **(over or {})})
    django.setup()


def received(home: Home) -> Path:
    """Where files that were sent lie until they have been read."""
    return home.path / "received"


def kept(home: Home) -> Path:
    """Where files of figures lie for some days after they have been read, so that their report can be made."""
    return home.path / "kept"


def drafts(home: Home) -> Path:
    """Where files lie for which a profile is being drafted."""
    return home.path / "drafts"


def disconnect() -> None:
    from django.db import connections

    connections.close_all()


def django_values(settings: Settings, home: Home, *, also: tuple[Role, ...] = ()) -> dict[str, Any]:
    from istmo.web import composition

    mimetypes.add_type("font/woff2", ".woff2")
    return {
        "SECRET_KEY": home.secret_key,
        "DEBUG": False,
        "ALLOWED_HOSTS": [*settings.hosts, "testserver"] if home.demonstration else list(settings.hosts),
        "ROOT_URLCONF": composition.NODE_URLCONF if home.role is Role.NODE else composition.ROOT_URLCONF,
        "INSTALLED_APPS": list(installed_apps(home.role, *also)),
        "MIDDLEWARE": list(composition.MIDDLEWARE),
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": list(composition.CONTEXT_PROCESSORS)},
            }
        ],
        "DATABASES": {"default": django_database(home.app)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "AUTH_USER_MODEL": "accounts.User",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}"}
            for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
        ]
        + [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": SHORTEST_PASSWORD},
            }
        ],
        "USE_I18N": True,
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LANGUAGES": list(composition.LANGUAGES),
        "LANGUAGE_CODE": composition.LANGUAGE_CODE,
        "LOCALE_PATHS": composition.locale_paths(),
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_MAX_AGE": 300,
        "CONTENT_SECURITY_POLICY": dict(composition.CONTENT_SECURITY_POLICY),
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "CSRF_COOKIE_SECURE": settings.https,
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in settings.hosts] if settings.https else [],
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if settings.https else None,
        "SECURE_HSTS_SECONDS": 31_536_000 if settings.https else 0,
        # The server in front tells the visitor's address in X-Forwarded-For; without one the header is not believed.
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1 if settings.https else 0,
        **_mail(settings.mail),
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 200,
        "LOGGING_CONFIG": None,
        "ISTMO_DEMONSTRATION": home.demonstration,
        "ISTMO_NODE_OF": home.member if home.role is Role.NODE else "",
        "ISTMO_RECEIVED": received(home),
        "ISTMO_KEPT": kept(home),
        "ISTMO_DRAFTS": drafts(home),
        "ISTMO_SECOND_FACTOR_REQUIRED": home.second_factor_required,
        "ISTMO_ACCOUNTS_KEY": home.accounts_key,
        "ISTMO_METRICS_TOKEN": home.metrics_token,
        "ISTMO_DISCLOSURE_KEY": home.disclosure_key,
        "ISTMO_ACCESS_POINT": access_point_maker(home),
        "ISTMO_REGISTRY_HELD": Registry(home),
        **composition.SIGN_IN,
    }


def _mail(server: MailServer | None) -> dict[str, Any]:
    if server is None:
        return {"ISTMO_MAIL_FROM": "", "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    return {
        "ISTMO_MAIL_FROM": server.sender,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": server.host,
        "EMAIL_PORT": server.port,
        "EMAIL_HOST_USER": server.user,
        "EMAIL_HOST_PASSWORD": server.password,
        "EMAIL_USE_SSL": server.tls,
        "EMAIL_USE_TLS": not server.tls,
        "EMAIL_TIMEOUT": 10,
    }


def _change_home(home: Home) -> None:
    from django.conf import settings as django_settings
    from django.db import connections

    wanted = set(BY_ROLE[home.role])
    if not wanted <= set(django_settings.INSTALLED_APPS):
        raise RuntimeError("one process serves homes of one role")
    connections.close_all()
    connections.databases["default"].update(django_database(home.app))
    django_settings.SECRET_KEY = home.secret_key
    django_settings.ISTMO_DEMONSTRATION = home.demonstration
    django_settings.ISTMO_NODE_OF = home.member if home.role is Role.NODE else ""
    django_settings.ISTMO_SECOND_FACTOR_REQUIRED = home.second_factor_required
    django_settings.ISTMO_ACCOUNTS_KEY = home.accounts_key
    django_settings.ISTMO_METRICS_TOKEN = home.metrics_token
    django_settings.ISTMO_DISCLOSURE_KEY = home.disclosure_key
    django_settings.ISTMO_ACCESS_POINT = access_point_maker(home)
    django_settings.ISTMO_REGISTRY_HELD = Registry(home)
    django_settings.ISTMO_RECEIVED = received(home)
    django_settings.ISTMO_KEPT = kept(home)
    django_settings.ISTMO_DRAFTS = drafts(home)
