"""Addresses of the exchange, below the workbench."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from istmo.web.exchange import pages

urlpatterns = [
    path("", pages.index, name="exchange"),
    path(_("received/"), pages.received, name="exchange-received"),
    path(_("alarms/"), pages.alarms, name="exchange-alarms"),
    path("alarms/<uuid:alarm_id>/close/", pages.close_alarm, name="exchange-alarm-close"),
    path(_("peers/"), pages.peers, name="exchange-peers"),
    path("peers/trial/", pages.trial, name="exchange-trial"),
    path(_("message/<str:message_id>/"), pages.message, name="exchange-message"),
    path("message/<uuid:message_id>/retry/", pages.retry, name="exchange-retry"),
    path("message/<str:message_id>/evidence.json", pages.evidence, name="exchange-evidence"),
]
