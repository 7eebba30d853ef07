-- Moves the inbox to the stream, one drain at a time. Its INSERT is a statement of its own, after the lock is granted:
-- READ COMMITTED then sees every commit before it, and positions become visible in rising order (matrix.md §2.2).
-- A row with a span stands for that many further events of its room. `moved` counts rows of the inbox.
CREATE OR REPLACE FUNCTION chatops_drain(at_most int) RETURNS TABLE (head bigint, moved int)
LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(x'745A0002'::bigint);
    RETURN QUERY
    WITH taken AS (
        DELETE FROM chatops_inbox
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM chatops_inbox ORDER BY id LIMIT at_most FOR UPDATE))
        RETURNING id, kind, room_id, staff_id, ref, body, span
    ), counted AS (
        SELECT count(*)::int AS many, sum(span + 1)::int AS places FROM taken
    ), advanced AS (
        UPDATE chatops_streamhead h SET pos = h.pos + counted.places FROM counted
        WHERE h.id = 1 AND counted.many > 0 RETURNING h.pos, counted.places
    ), laid AS (
        INSERT INTO chatops_stream (pos, kind, room_id, staff_id, ref, body)
        SELECT advanced.pos - advanced.places + row_number() OVER (ORDER BY taken.id, step),
            taken.kind, taken.room_id, taken.staff_id, taken.ref + step, taken.body
        FROM advanced, taken, generate_series(0, taken.span) step
    )
    SELECT coalesce((SELECT advanced.pos FROM advanced), (SELECT h.pos FROM chatops_streamhead h WHERE h.id = 1)),
        (SELECT many FROM counted);
END $$;
