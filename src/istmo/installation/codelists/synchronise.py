"""Are the database's types those of the code lists that this program ships, and how are they brought in step?

A list that grew is taken over by replacing the domain's constraint. A list that lost a code which stored rows still use
is refused: figures are never re-coded behind the statistician's back.
"""

import hashlib

import psycopg
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from psycopg import sql

from istmo.installation.codelists.fields import CodelistField, domain
from istmo.installation.codelists.models import CodelistVersion
from istmo.model.codes import Codelist, codelist
from istmo.model.errors import IntegrityFailure
from istmo.model.text import Text


def used_codelists() -> tuple[Codelist, ...]:
    """The lists that columns of this installation take their type from."""
    fields = (field for model in apps.get_models() for field in model._meta.local_fields)
    ids = {field.codelist_id for field in fields if isinstance(field, CodelistField)}
    return tuple(codelist(id_) for id_ in sorted(ids))


def digest(codes: Codelist) -> str:
    return hashlib.sha256("\n".join(codes.ids).encode()).hexdigest()


def outdated() -> tuple[str, ...]:
    """The lists whose type in the database is not that of this program."""
    stored = dict(CodelistVersion.objects.values_list("codelist", "digest"))
    return tuple(codes.id for codes in used_codelists() if stored.get(codes.id) != digest(codes))


def synchronise() -> tuple[str, ...]:
    """Bring the types in step, as the owner of the tables; returns the lists that changed."""
    changed = outdated()
    for id_ in changed:
        codes = codelist(id_)
        try:
            with transaction.atomic():
                _take_over(codes)
        except IntegrityError as exc:
            raise IntegrityFailure(
                Text(
                    es=f"Hay cifras guardadas con códigos que la lista {id_} {codes.version} ya no tiene.",
                    en=f"Stored figures use codes that list {id_} {codes.version} no longer has.",
                ),
                advice=Text(
                    es="Instale la versión anterior o agregue los códigos a la lista.",
                    en="Install the earlier version or add the codes to the list.",
                ),
                rule="F68",
            ) from exc
    return changed


def make_domain(codes: Codelist, cursor: psycopg.Cursor) -> None:
    """Make the type if it is missing."""
    cursor.execute("SELECT 1 FROM pg_type WHERE typname = %s", (domain(codes.id),))
    if cursor.fetchone() is None:
        cursor.execute(_composed("CREATE DOMAIN {name} AS text CONSTRAINT in_codelist CHECK (VALUE IN ({ids}))", codes))


def _take_over(codes: Codelist) -> None:
    with connection.cursor() as cursor:
        make_domain(codes, cursor)
        cursor.execute(_composed("ALTER DOMAIN {name} DROP CONSTRAINT in_codelist", codes))
        cursor.execute(_composed("ALTER DOMAIN {name} ADD CONSTRAINT in_codelist CHECK (VALUE IN ({ids}))", codes))
    CodelistVersion.objects.update_or_create(
        codelist=codes.id, defaults={"version": codes.version, "digest": digest(codes)}
    )


def _composed(statement: str, codes: Codelist) -> sql.Composed:
    ids = sql.SQL(", ").join(map(sql.Literal, codes.ids))
    return sql.SQL(statement).format(name=sql.Identifier(domain(codes.id)), ids=ids)
