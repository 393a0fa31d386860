"""Every address of the exchange listener. Nothing else is served there."""

from django.urls import path

from istmo.api.exchange import api

urlpatterns = [path("exchange/", api.urls)]
