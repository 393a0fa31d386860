"""The addresses of the explorer, below `datos/` and `data/`."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from istmo.web.public.explorer import breakdowns, origins, pages, places

NATIONALITIES = [
    path("", origins.nationalities, name="nationalities"),
    path("<slug:code>/", origins.nationality, name="nationality"),
]
BY_NATIONALITY = [
    path("", origins.by_nationality, name="by-nationality"),
    path("data.csv", origins.by_nationality_file, name="by-nationality-file"),
]
REGIONS = [
    path("", origins.regions, name="regions"),
    path("<slug:code>/", origins.one_region, name="region"),
]
AGE_AND_SEX = [
    path("", breakdowns.age_and_sex, name="age-and-sex"),
    path("data.csv", breakdowns.age_and_sex_file, name="age-and-sex-file"),
]
REVISIONS = [
    path("", breakdowns.revisions, name="data-revisions"),
    path("vintages.csv", breakdowns.revisions_file, name="data-revisions-file"),
]

urlpatterns = [
    path("", pages.explore, name="data"),
    path("data.csv", pages.download, {"kind": "csv"}, name="data-csv"),
    path("data.xlsx", pages.download, {"kind": "xlsx"}, name="data-xlsx"),
    path(_("by-nationality/"), include(BY_NATIONALITY)),
    path(_("nationalities/"), include(NATIONALITIES)),
    path(_("regions/"), include(REGIONS)),
    path(_("extra-regional/"), origins.extra_regional, name="extra-regional"),
    path(_("age-and-sex/"), include(AGE_AND_SEX)),
    path(_("revisions/"), include(REVISIONS)),
    path(_("map/"), places.places_map, name="data-map"),
]
