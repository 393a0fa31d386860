"""Addresses of the workbench."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from istmo.web.common import addresses
from istmo.web.hub import (
    anomalies,
    deliveries,
    desk,
    directory,
    drafts,
    editions,
    mappings,
    replies,
    reports,
    submissions,
)

addresses.register()

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
EDITION = [
    path("", editions.edition, name="edition"),
    path(_("draft/"), editions.preview, name="edition-preview"),
    path("save/", editions.save, name="edition-save"),
    path("comment/", editions.comment_preview, name="edition-comment"),
    path("correction/", editions.correct, name="edition-correct"),
    path("kind/", editions.choose_kind, name="edition-kind"),
    path("approve/", editions.approve, name="edition-approve"),
    path("return/", editions.send_back, name="edition-send-back"),
    path(_("publish/"), editions.confirm, name="edition-confirm"),
    path("publish/now/", editions.publish, name="edition-publish"),
    path("withdraw/", editions.withdraw, name="edition-withdraw"),
    path("word.<str:language>.docx", editions.word, name="edition-word"),
    path(_("against/<int:other>/"), editions.differences, name="edition-differences"),
]
DRAFTS = [
    path("", drafts.index, name="drafts"),
    path(_("new/"), drafts.new, name="draft-new"),
    path("<uuid:draft_id>/", drafts.draft, name="draft"),
    path("<uuid:draft_id>/decide/", drafts.decide, name="draft-decide"),
    path("<uuid:draft_id>/again/", drafts.again, name="draft-again"),
    path(_("<uuid:draft_id>/remove/"), drafts.discard, name="draft-discard"),
    path("<uuid:draft_id>/profile.yaml", drafts.profile_file, name="draft-profile"),
]
ANOMALIES = [
    path("", anomalies.index, name="anomalies-index"),
    path("<month:month>/", anomalies.month, name="anomalies"),
    path("<month:month>/<int:number>/decide/", anomalies.decide, name="anomaly-decide"),
]
DELIVERIES = [
    path("", deliveries.index, name="deliveries"),
    path("remind/", deliveries.remind, name="delivery-remind"),
    path("contact/", deliveries.contact, name="delivery-contact"),
]
DIRECTORY = [
    path("", directory.index, name="directory"),
    path("<slug:code>/", directory.party, name="directory-party"),
    path("<slug:code>/name/", directory.name, name="directory-name"),
    path("<slug:code>/<uuid:point>/change/", directory.change, name="directory-change"),
    path("<slug:code>/<uuid:point>/end/", directory.end, name="directory-end"),
]
REPLIES = [
    path("", replies.index, name="replies"),
    path("<month:month>/<int:number>/", replies.part, name="reply"),
    path("<month:month>/<int:number>/answer/", replies.answer, name="reply-answer"),
]
EDITIONS = [
    path("", editions.index, name="editions"),
    path("open/", editions.open_new, name="edition-open"),
    path("<month:month>/<int:number>/", include(EDITION)),
]

urlpatterns = [
    path("", desk.desk, name="workbench"),
    path(_("files/"), include(FILES)),
    path(_("mappings/"), include(MAPPINGS)),
    path(_("drafts/"), include(DRAFTS)),
    path(_("briefs/"), include(EDITIONS)),
    path(_("replies/"), include(REPLIES)),
    path(_("deliveries/"), include(DELIVERIES)),
    path(_("directory/"), include(DIRECTORY)),
    path(_("outside-the-usual/"), include(ANOMALIES)),
]
