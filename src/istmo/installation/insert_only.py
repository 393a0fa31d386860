"""Tables that only grow: a trigger refuses UPDATE and DELETE to everyone but the owner of the table.

`istmo_app` has no such grant either (`istmo.app.database.grant`); the trigger also holds where somebody grants too
much.
"""

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION istmo_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table % only grows', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def only_grows(table: str) -> migrations.RunSQL:
    """The migration step that makes `table` one that only grows."""
    return migrations.RunSQL(
        [
            _FUNCTION,
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION istmo_only_grows()",
        ],
        [f"DROP TRIGGER only_grows ON {table}"],
    )
