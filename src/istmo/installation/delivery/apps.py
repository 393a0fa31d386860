from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "istmo.installation.delivery"
    label = "delivery"
