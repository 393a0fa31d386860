from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "istmo.installation.audit"
    label = "audit"
