from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "istmo.installation.accounts"
    label = "accounts"
