from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "istmo.installation.submissions"
    label = "submissions"
