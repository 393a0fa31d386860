"""Addresses of the protected tables, below the workbench."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from istmo.web.protection import pages

urlpatterns = [
    path("", pages.index, name="protection"),
    path(_("release/<str:vintage>/"), pages.release, name="protection-release"),
    path(_("check/<int:check_id>/"), pages.check, name="protection-check"),
]
