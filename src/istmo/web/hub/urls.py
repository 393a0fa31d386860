"""Addresses of the workbench."""

from django.urls import path

from istmo.web.common import addresses
from istmo.web.hub import desk, editions, submissions

addresses.register()

_EDITION = "briefs/<month:month>/<int:number>/"

urlpatterns = [
    path("", desk.desk, name="workbench"),
    path("submissions/", submissions.index, name="submissions"),
    path("submissions/new/", submissions.new, name="submission-new"),
    path("submissions/<uuid:submission_id>/", submissions.submission, name="submission"),
    path("submissions/<uuid:submission_id>/findings.<str:kind>", submissions.findings_file, name="submission-findings"),
    path("briefs/", editions.index, name="editions"),
    path("briefs/open/", editions.open_new, name="edition-open"),
    path(_EDITION, editions.edition, name="edition"),
    path(f"{_EDITION}preview/", editions.preview, name="edition-preview"),
    path(f"{_EDITION}save/", editions.save, name="edition-save"),
    path(f"{_EDITION}approve/", editions.approve, name="edition-approve"),
    path(f"{_EDITION}send-back/", editions.send_back, name="edition-send-back"),
    path(f"{_EDITION}confirm/", editions.confirm, name="edition-confirm"),
    path(f"{_EDITION}publish/", editions.publish, name="edition-publish"),
]
