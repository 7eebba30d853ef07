-- A partition of `parent` for [lower, upper), made beside it so that what lies in the partition for the rest is moved
-- first. Nothing happens where it is there already.
CREATE FUNCTION connectors_make_partition(
    parent text, moment text, part text, lower_end timestamptz, upper_end timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('connectors_make_partition'), hashtext(parent));
    IF to_regclass(quote_ident(part)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
    EXECUTE format(
        'WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
        parent || '_rest', moment, lower_end, moment, upper_end, part
    );
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, lower_end, upper_end);
    RETURN true;
END
$$;
