"""The audit trail is append-only: a trigger lets only the sealer's columns be filled, once."""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION common_auditentry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the audit trail is append-only';
    END IF;
    IF OLD.seal_no IS NOT NULL OR (to_jsonb(OLD) - '{seal_no,previous_hash,hash}'::text[])
            IS DISTINCT FROM (to_jsonb(NEW) - '{seal_no,previous_hash,hash}'::text[]) THEN
        RAISE EXCEPTION 'the audit trail is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER common_auditentry_guard BEFORE UPDATE OR DELETE ON common_auditentry
    FOR EACH ROW EXECUTE FUNCTION common_auditentry_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = [
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER common_auditentry_guard ON common_auditentry; DROP FUNCTION common_auditentry_guard"
        )
    ]
