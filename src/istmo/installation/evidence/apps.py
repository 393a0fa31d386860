from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "istmo.installation.evidence"
    label = "evidence"
