"""Configure Django for the hub. Secrets are read from the state directory."""

import os
from ipaddress import ip_network
from pathlib import Path

import dj_database_url
from django.utils.translation import to_locale

from hub.core.state_directory import secret, state_dir
from lending.languages import languages

HUB = Path(__file__).resolve().parent
STATE = state_dir()
SECRET_KEY = secret("secret_key")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("KIOSK_HUB_HOSTS", "127.0.0.1,localhost").split(",")

DEMO = bool(os.environ.get("KIOSK_HUB_DEMO"))
"""True if the hub serves the demo library."""
DEMO_OUTBOX = DEMO and bool(os.environ.get("KIOSK_HUB_DEMO_OUTBOX"))
"""True if the demo stores outgoing messages and shows them on a page."""

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "ninja",
    "hub.core",
    "hub.catalogue",
    "hub.circulation",
    "hub.fleet",
    "hub.outreach.patrons",
    "hub.outreach.messaging",
    "hub.outreach.recommendations",
    "hub.outreach.engagement",
    "hub.outreach.statistics",
    "hub.outreach.portal",
    "hub.ils",
    "hub.audit",
    "hub.staff",
    *(["hub.demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hub.core.middleware.secure_cookies",
    "hub.core.middleware.no_store",
    "hub.core.middleware.content_security_policy",
    "hub.core.language.keep_text_languages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hub.staff.sign_in.signs_out",
    "django_otp.middleware.OTPMiddleware",
    "hub.audit.second_step.require_second_step",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "hub.core.middleware.reject_null_byte",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                *(["hub.demo.outbox.link"] if DEMO_OUTBOX else []),
            ],
            "builtins": ["hub.core.templatetags.numbers"],
        },
    }
]
STAFF_FRAME = "hub.staff.frame.FRAME"
"""Menu, rights and guards of the staff pages, for `hub.core.pages`."""
LIBRARY_SYSTEM = "hub.ils.bridge.circulation_adapter.CirculationAdapter"
"""Class by which outreach reaches the system that keeps the loans: an implementation of the `Central` protocol."""

TEXT_LANGUAGES = "hub.circulation.domain_mapping.stored_text_languages"
"""Function that returns the languages of the library's texts for patrons, for `hub.core.language`."""

LOGIN_URL = "staff:sign_in"
ROOT_URLCONF = "hub.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One writer at a time, and every commit on disk before it is answered. DELETE instead of WAL, because SQLite before
# 3.51.3 can lose pages of the WAL when several connections checkpoint at once. Deleted content is overwritten: erasure
# must be physical.
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": STATE / "hub.sqlite3",
    "CONN_MAX_AGE": 60,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON",
    },
}
DATABASES = {
    "default": dj_database_url.config(engine="hub.postgresql", conn_max_age=60, conn_health_checks=True)
    if os.environ.get("DATABASE_URL")
    else SQLITE
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "hub.circulation.pins.PinHasher",
]

PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": PASSWORD_LENGTH}),
        ("CommonPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]

LANGUAGE_CODE = "zh-hans"
CHINESE = {"zh": "zh-hans", "zh_TW": "zh-hant"}
"""Django's codes of the languages whose catalogues it names otherwise than the kiosk."""
LANGUAGES = [
    (code, each.names_beside(languages())[0])
    for code, each in ((CHINESE.get(each.code, each.code), each) for each in languages().values())
    if code == "en" or (HUB / "core" / "locale" / to_locale(code)).is_dir()
]
"""Languages of the pages: those of `lending/languages` that have a catalogue in hub/core."""
LOCALE_PATHS = [HUB / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("KIOSK_HUB_TIME_ZONE", "Asia/Shanghai")

PUBLIC_URL = os.environ.get("KIOSK_HUB_PUBLIC_URL", "http://127.0.0.1:8000")
"""URL at which patrons' phones reach the hub."""
PUBLIC = "KIOSK_HUB_PUBLIC_URL" in os.environ
"""True if the URL was configured, so that kiosks may direct phones to it."""

LINK_NETWORKS = tuple(ip_network(each) for each in os.environ.get("KIOSK_HUB_LINK_NETWORKS", "").split(",") if each)
"""Private networks with the library's e-books, which the link check may contact; other private ones are refused."""

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Sent over TLS only: a browser that has used TLS once does not return without it.
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "hub.core.hub_log.HubFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "hub": {"level": "INFO"},
        # Remove Django's own handlers: no mail, and only the formatter above.
        "django": {"handlers": [], "level": "WARNING"},
        "django.server": {"handlers": [], "propagate": True},
        # The path of a refused request may hold a card hash, and strangers must not be able to fill the log.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
