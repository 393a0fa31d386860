"""Addresses of the workbench that a hub and a node share: files and their reports, mappings, drafts of profiles."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from istmo.web.hub import drafts, mappings, reports, submissions

FILES = [
    path("", submissions.index, name="submissions"),
    path(_("new/"), submissions.new, name="submission-new"),
    path("<uuid:submission_id>/", submissions.submission, name="submission"),
    path("<uuid:submission_id>/again/", submissions.again, name="submission-again"),
    path("<uuid:submission_id>/discard/", submissions.discard, name="submission-discard"),
    path("<uuid:submission_id>/findings.<str:kind>", submissions.findings_file, name="submission-findings"),
    path("<uuid:submission_id>/report.xlsx", reports.workbook, name="submission-workbook"),
    path("<uuid:submission_id>/remove/", reports.remove, name="submission-remove"),
    path(_("<uuid:submission_id>/sheet/<int:number>/"), reports.sheet, name="submission-sheet"),
    path(_("<uuid:submission_id>/changes/"), reports.changes, name="submission-changes"),
    path("<uuid:submission_id>/changes.csv", reports.changes_file, name="submission-changes-file"),
]
MAPPINGS = [
    path("", mappings.index, name="mappings"),
    path(_("<str:profile_id>/label/"), mappings.label, name="mapping-label"),
    path("<str:profile_id>/undo/<int:decision_id>/", mappings.undo, name="mapping-undo"),
    path(_("<str:profile_id>/proposal/"), mappings.proposal, name="mapping-proposal"),
    path("<str:profile_id>/proposal.<str:kind>", mappings.proposal_file, name="mapping-proposal-file"),
    path("<str:profile_id>/take-over/", mappings.take_over, name="mapping-take-over"),
    path("<str:profile_id>/withdraw/", mappings.withdraw, name="mapping-withdraw"),
]
DRAFTS = [
    path("", drafts.index, name="drafts"),
    path(_("new/"), drafts.new, name="draft-new"),
    path("<uuid:draft_id>/", drafts.draft, name="draft"),
    path("<uuid:draft_id>/decide/", drafts.decide, name="draft-decide"),
    path("<uuid:draft_id>/again/", drafts.again, name="draft-again"),
    path(_("<uuid:draft_id>/remove/"), drafts.discard, name="draft-discard"),
    path(_("<uuid:draft_id>/install/"), drafts.install, name="draft-install"),
    path("<uuid:draft_id>/profile.yaml", drafts.profile_file, name="draft-profile"),
]
