from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "istmo.installation.delivery"
    label = "delivery"

    def ready(self) -> None:
        from istmo.installation.delivery.measures import register_measures
        from istmo.installation.delivery.restorations import register_restorations
        from istmo.installation.delivery.trials import register_trials

        register_measures()
        register_restorations()
        register_trials()
