"""Addresses of the workbench."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from istmo.web.common import addresses
from istmo.web.hub import (
    anomalies,
    deliveries,
    desk,
    directory,
    editions,
    replies,
)
from istmo.web.workbench import DRAFTS, FILES, MAPPINGS

addresses.register()

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
    path("<slug:code>/focal-points.json", directory.draft, name="directory-draft"),
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
