from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "istmo.hub.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"
