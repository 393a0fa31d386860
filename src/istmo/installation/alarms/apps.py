from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    name = "istmo.installation.alarms"
    label = "alarms"
