from django.apps import AppConfig


class AnomaliesConfig(AppConfig):
    name = "istmo.hub.anomalies"
    label = "anomalies"
    default_auto_field = "django.db.models.BigAutoField"
