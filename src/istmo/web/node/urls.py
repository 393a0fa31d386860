"""Every address of a node's site: its own pages, those of files and profiles, accounts, and the reference."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from istmo.web.accounts import urls as accounts_urls
from istmo.web.agreements import urls as agreements_urls
from istmo.web.common import addresses, errors, metrics
from istmo.web.exchange import urls as exchange_urls
from istmo.web.node import desk, protection, releases
from istmo.web.protection import urls as protection_urls
from istmo.web.public import conference, profiles, reference
from istmo.web.workbench import DRAFTS, FILES, MAPPINGS

addresses.register()

RELEASES = [
    path("", releases.index, name="releases"),
    path("propose/", releases.propose, name="release-propose"),
    path("<int:release_id>/", releases.one, name="release"),
    path("<int:release_id>/release/", releases.release, name="release-now"),
    path(_("<int:release_id>/withheld/"), protection.protection, name="release-protection"),
    path("<int:release_id>/drop/", releases.drop, name="release-drop"),
]
WORKBENCH = [
    path("", desk.desk, name="workbench"),
    path(_("files/"), include(FILES)),
    path(_("mappings/"), include(MAPPINGS)),
    path(_("drafts/"), include(DRAFTS)),
    path(_("releases/"), include(RELEASES)),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="home"), name="root"),
    path("metrics", metrics.metrics, name="metrics"),
    *i18n_patterns(
        path("", desk.home, name="home"),
        path(_("profiles/<str:profile_id>/"), profiles.profile, name="profile"),
        path("profiles/<str:profile_id>/yaml", profiles.profile_file, name="profile-file"),
        path(_("conference/"), conference.page, name="conference"),
        path(_("method/"), reference.method, name="method"),
        path(_("glossary/"), reference.glossary, name="glossary"),
        path(_("codes/"), reference.codes, name="codes"),
        path(_("codes/<str:list_id>/"), reference.code_list, name="code-list"),
        path(_("about/"), reference.about, name="about"),
        *accounts_urls.SIGN_IN,
        path(_("account/"), include(accounts_urls.OWN)),
        path(_("workbench/accounts/"), include(accounts_urls.MANAGED)),
        path(_("workbench/audit/"), include(accounts_urls.AUDIT)),
        path(_("workbench/exchange/"), include(exchange_urls)),
        path(_("workbench/agreements/"), include(agreements_urls)),
        path(_("workbench/protection/"), include(protection_urls)),
        path(_("workbench/"), include(WORKBENCH)),
    ),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.server_error
