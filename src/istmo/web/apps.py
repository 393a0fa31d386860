"""The Django app of the site: templates, static files, translations, template tags."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "istmo.web"
    label = "web"
