"""Every address of the exchange listener. Nothing else is served there; the registry only at the hub."""

from django.urls import path

from istmo.api import registry
from istmo.api.exchange import api

urlpatterns = [path("exchange/", api.urls), path("registry/<path:path>", registry.file, name="registry-file")]
