from django.apps import AppConfig


class ArrivalsConfig(AppConfig):
    name = "istmo.hub.arrivals"
    label = "arrivals"

    def ready(self) -> None:
        from istmo.exchange.manifest import Kind
        from istmo.hub.arrivals.taking import take_submission
        from istmo.installation.delivery.handling import register

        register(Kind.SUBMISSION, take_submission)
