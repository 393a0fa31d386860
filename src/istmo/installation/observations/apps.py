from django.apps import AppConfig


class ObservationsConfig(AppConfig):
    name = "istmo.installation.observations"
    label = "observations"
