from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "istmo.installation.drafts"
    label = "drafts"
