-- Moves the inbox to the stream, one drain at a time. Its INSERT is a statement of its own, after the lock is granted:
-- READ COMMITTED then sees every commit before it, and positions become visible in rising order (matrix.md §2.2).
CREATE FUNCTION chatops_drain(at_most int) RETURNS TABLE (head bigint, moved int)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(x'745A0002'::bigint);
    RETURN QUERY
    WITH taken AS (
        DELETE FROM chatops_inbox WHERE id IN (SELECT id FROM chatops_inbox ORDER BY id LIMIT at_most)
        RETURNING id, kind, room_id, staff_id, ref, body
    ), counted AS (
        SELECT count(*)::int AS many FROM taken
    ), advanced AS (
        UPDATE chatops_streamhead h SET pos = h.pos + counted.many FROM counted
        WHERE h.id = 1 AND counted.many > 0 RETURNING h.pos, counted.many
    ), laid AS (
        INSERT INTO chatops_stream (pos, kind, room_id, staff_id, ref, body)
        SELECT advanced.pos - advanced.many + row_number() OVER (ORDER BY taken.id),
            taken.kind, taken.room_id, taken.staff_id, taken.ref, taken.body
        FROM taken, advanced
    )
    SELECT coalesce((SELECT advanced.pos FROM advanced), (SELECT h.pos FROM chatops_streamhead h WHERE h.id = 1)),
        (SELECT many FROM counted);
END $$;
