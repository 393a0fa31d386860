from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "istmo.installation.audit"
    label = "audit"

    def ready(self) -> None:
        from istmo.installation.audit.measures import register_measures

        register_measures()
