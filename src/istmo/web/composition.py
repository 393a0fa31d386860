"""What the site asks of Django's settings: apps, middleware in order, languages, content security policy, sign-in.

`istmo.app` builds the settings of an installation from these values, so that the site's needs stand beside the site.
"""

from importlib.resources import files
from types import MappingProxyType

ROOT_URLCONF = "istmo.web.urls"

INSTALLED_APPS = (
    "istmo.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
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

# Sign-in with a user name and a password, nothing else; wrong tries are limited by address and by name.
SIGN_IN = MappingProxyType(
    {
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "workbench",
        "LOGOUT_REDIRECT_URL": "home",
        "ACCOUNT_ADAPTER": "istmo.web.common.signin.NoSignUpAdapter",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_RATE_LIMITS": {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"},
        "CSRF_FAILURE_VIEW": "istmo.web.common.errors.csrf_failed",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
    }
)


def locale_paths() -> list[str]:
    return [str(files("istmo.web") / "locale")]
