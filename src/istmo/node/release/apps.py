from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    name = "istmo.node.release"
    label = "release"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from istmo.exchange.manifest import Kind
        from istmo.installation.delivery.handling import register
        from istmo.node.release.posting import answered

        register(Kind.SUBMISSION_ANSWER, answered)
