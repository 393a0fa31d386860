"""Addresses of the workbench."""

from django.urls import path

from istmo.web.hub import desk, editions, submissions

urlpatterns = [
    path("", desk.desk, name="workbench"),
    path("submissions/", submissions.index, name="submissions"),
    path("submissions/new/", submissions.new, name="submission-new"),
    path("submissions/<uuid:submission_id>/", submissions.submission, name="submission"),
    path("submissions/<uuid:submission_id>/findings.<str:kind>", submissions.findings_file, name="submission-findings"),
    path("briefs/", editions.index, name="editions"),
]
