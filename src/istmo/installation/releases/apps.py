from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "istmo.installation.releases"
    label = "releases"
