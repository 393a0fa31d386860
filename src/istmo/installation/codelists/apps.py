from django.apps import AppConfig


class CodelistsConfig(AppConfig):
    name = "istmo.installation.codelists"
    label = "codelists"
