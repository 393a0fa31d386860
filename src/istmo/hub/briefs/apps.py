from django.apps import AppConfig


class BriefsConfig(AppConfig):
    name = "istmo.hub.briefs"
    label = "briefs"
