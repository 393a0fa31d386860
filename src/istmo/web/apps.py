"""The Django app of the site: templates, static files, translations, template tags, what is written of signing in."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "istmo.web"
    label = "web"

    def ready(self) -> None:
        from istmo.web.accounts.trail import connect

        connect()
