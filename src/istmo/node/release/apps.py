from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    name = "istmo.node.release"
    label = "release"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from istmo.exchange.manifest import Kind
        from istmo.installation.delivery.handling import register
        from istmo.installation.delivery.restorations import on_restoration
        from istmo.node.release.again import send_again
        from istmo.node.release.posting import answered

        register(Kind.SUBMISSION_ANSWER, answered)
        on_restoration(send_again)
