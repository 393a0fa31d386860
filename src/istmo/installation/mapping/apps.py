from django.apps import AppConfig


class MappingConfig(AppConfig):
    name = "istmo.installation.mapping"
    label = "mapping"
