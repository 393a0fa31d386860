"""Every address of the site. Pages live under /es/ and /en/ with translated paths; the page for migrants has five."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from istmo.web.accounts import urls as accounts_urls
from istmo.web.agreements import urls as agreements_urls
from istmo.web.common import addresses, errors, metrics
from istmo.web.exchange import urls as exchange_urls
from istmo.web.hub import directory
from istmo.web.hub import urls as hub_urls
from istmo.web.protection import urls as protection_urls
from istmo.web.public import (
    agreements,
    briefs,
    comparability,
    home,
    pairs,
    profiles,
    reference,
    reporters,
    rights,
)
from istmo.web.public.explorer import urls as explorer_urls

addresses.register()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="home"), name="root"),
    path("metrics", metrics.metrics, name="metrics"),
    path("derechos/<str:language>/", rights.page, name="rights"),
    path("derechos/istmo.html", rights.one_file, name="rights-file"),
    path("derechos/offline.js", rights.offline_script, name="rights-offline"),
    path("derechos/worker.js", rights.worker, name="rights-worker"),
]

BRIEFS = [
    path("", briefs.index, name="briefs"),
    path("<month:month>/", briefs.latest, name="brief-latest"),
    path("<month:month>/<int:number>/", briefs.edition, name="brief"),
    path("<month:month>/<int:number>/<str:name>", briefs.download, name="brief-file"),
]
REPORTERS = [
    path("", reporters.index, name="reporters"),
    path("<slug:code>/", reporters.reporter, name="reporter"),
    path("<slug:code>/series.csv", reporters.series_file, name="reporter-file"),
]
COMPARABILITY = [
    path("", comparability.comparability, name="comparability"),
    path("<slug:first>/<slug:second>/", pairs.pair, name="pair"),
    path("<slug:first>/<slug:second>/series.csv", pairs.pair_file, name="pair-file"),
]
AGREEMENTS = [
    path("", agreements.index, name="agreements"),
    path("counts.csv", agreements.counts_file, name="agreement-counts"),
    path("<str:id_>/<int:version>/", agreements.agreement, name="agreement"),
    path("<str:id_>/<int:version>/signed.jws.json", agreements.signed_file, name="agreement-signed"),
    path("<str:id_>/<int:version>/source.yaml", agreements.source_file, name="agreement-source"),
]
PROFILES = [
    path("<str:profile_id>/", profiles.profile, name="profile"),
    path("<str:profile_id>/yaml", profiles.profile_file, name="profile-file"),
]
CODES = [
    path("", reference.codes, name="codes"),
    path("<str:list_id>/", reference.code_list, name="code-list"),
]

urlpatterns += i18n_patterns(
    path("", home.home, name="home"),
    path(_("briefs/"), include(BRIEFS)),
    path(_("data/"), include(explorer_urls)),
    path(_("reporters/"), include(REPORTERS)),
    path(_("profiles/"), include(PROFILES)),
    path(_("comparability/"), include(COMPARABILITY)),
    path(_("agreements/"), include(AGREEMENTS)),
    path(_("conference/"), directory.public_page, name="conference"),
    path(_("method/"), reference.method, name="method"),
    path(_("glossary/"), reference.glossary, name="glossary"),
    path(_("codes/"), include(CODES)),
    path(_("about/"), reference.about, name="about"),
    *accounts_urls.SIGN_IN,
    path(_("account/"), include(accounts_urls.OWN)),
    path(_("workbench/accounts/"), include(accounts_urls.MANAGED)),
    path(_("workbench/audit/"), include(accounts_urls.AUDIT)),
    path(_("workbench/exchange/"), include(exchange_urls)),
    path(_("workbench/agreements/"), include(agreements_urls)),
    path(_("workbench/protection/"), include(protection_urls)),
    path(_("workbench/"), include(hub_urls)),
)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.server_error
