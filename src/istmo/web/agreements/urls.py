"""Addresses of agreements, below the workbench."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from istmo.web.agreements import documents, registry, signing, whatif

urlpatterns = [
    path("", registry.index, name="agreements-registry"),
    path(_("documents/"), documents.index, name="agreements-documents"),
    path("documents/file/<path:path>", documents.file, name="agreements-document-file"),
    path(_("documents/of/<path:path>"), documents.document, name="agreements-document"),
    path(_("sign/"), signing.page, name="agreements-sign"),
    path("sign/file/", signing.download, name="agreements-sign-file"),
    path(_("what-if/"), whatif.page, name="agreements-whatif"),
    path("<str:id_>/<int:version>/", registry.agreement, name="agreements-one"),
    path("<str:id_>/<int:version>/signed.jws.json", registry.signed_file, name="agreements-signed"),
    path("<str:id_>/<int:version>/source.yaml", registry.source_file, name="agreements-source"),
]
