"""What the site asks of Django's settings: apps, middleware in order, languages, content security policy, sign-in.

`istmo.app` builds the settings of an installation from these values, so that the site's needs stand beside the site.
"""

from importlib.resources import files
from types import MappingProxyType

from istmo.installation.accounts.sessions import FRESH, LIFETIME

ROOT_URLCONF = "istmo.web.urls"
NODE_URLCONF = "istmo.web.node.urls"

INSTALLED_APPS = (
    "istmo.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
)

MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "istmo.web.common.limits.UploadLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "istmo.web.common.sessions.SessionRulesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
)

CONTEXT_PROCESSORS = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "istmo.web.common.frame.site",
)

# Nothing inline, nothing from elsewhere. The page for migrants adds the hash of its own style sheet.
CONTENT_SECURITY_POLICY = MappingProxyType(
    {
        "DIRECTIVES": {
            "default-src": ["'none'"],
            "style-src": ["'self'"],
            "script-src": ["'self'"],
            "font-src": ["'self'"],
            "img-src": ["'self'", "data:"],
            "connect-src": ["'self'"],
            "worker-src": ["'self'"],
            "manifest-src": ["'self'"],
            "form-action": ["'self'"],
            "frame-ancestors": ["'none'"],
            "base-uri": ["'none'"],
        }
    }
)

LANGUAGES = (("es", "Español"), ("en", "English"))
LANGUAGE_CODE = "es"

# Tries in a time, by address, by account, or by key (the name that was typed, the account that is being entered). The
# one server process holds the counts in its memory. The names of django-allauth come first, then ours.
RATE_LIMITS = MappingProxyType(
    {
        "login": "30/m/ip",
        "login_failed": "10/m/ip,5/5m/key",
        "reauthenticate": "10/m/user",
        "change_password": "5/m/user",
        "invitation": "20/m/ip",
        "invite": "30/h/user",
        "upload": "60/h/user",
    }
)

PASSKEY_LIMITS = MappingProxyType({"webauthn_login": "10/m/ip"})

# Sign-in with a user name and a password, then the second factor where the account has one; or with a passkey, which is
# both. Wrong tries are limited by address and by name.
SIGN_IN = MappingProxyType(
    {
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "workbench",
        "LOGOUT_REDIRECT_URL": "home",
        "ACCOUNT_ADAPTER": "istmo.web.accounts.adapters.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_RATE_LIMITS": dict(RATE_LIMITS),
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": int(FRESH.total_seconds()),
        "ACCOUNT_LOGIN_TIMEOUT": int(FRESH.total_seconds()),
        "MFA_ADAPTER": "istmo.web.accounts.adapters.SecondFactorAdapter",
        "MFA_FORMS": {
            "authenticate": "istmo.web.accounts.forms.CodeForm",
            "reauthenticate": "istmo.web.accounts.forms.ConfirmingCodeForm",
        },
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_RECOVERY_CODES_SHOW_ONCE": True,
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_TOTP_ISSUER": "Istmo",
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_RATE_LIMITS": dict(PASSKEY_LIMITS),
        "SESSION_COOKIE_AGE": int(LIFETIME.total_seconds()),
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_FAILURE_VIEW": "istmo.web.common.errors.csrf_failed",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 100_000},
            }
        },
    }
)


def locale_paths() -> list[str]:
    return [str(files("istmo.web") / "locale")]
