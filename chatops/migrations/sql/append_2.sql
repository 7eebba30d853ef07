-- The one way to append (architecture §9). Locks the rooms in id order, checks each sender, numbers and inserts.
--
-- items: JSON array of {i, room, device, txn, sender, type, state_key, content, event_id, ts, acting, rel_type,
--   relates_to, display, countable, mentions, trusted, target, membership, level}; what is null may be left out
-- rooms: the rooms of the items, each once
-- plain: no item has a state_key, target or mentions
-- wait: false leaves out rooms that somebody else has locked (status 'busy'), so that one slow room holds up no other.
-- Answers one row for each item: status ok | known | busy | not_member | archived | forbidden | no_room.
--
-- Its plans are made once in a session, often while the tables are empty: so they may only look up by index, row by
-- row (LATERAL … LIMIT 1). A plan that joined by reading a whole table cost 5 ms a call an hour later.
CREATE FUNCTION chatops_append(items json, rooms bigint[], plain boolean, wait boolean)
RETURNS TABLE (i int, status text, event_id text, seq bigint, n bigint, ts bigint)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    locked bigint[];
BEGIN
    IF wait THEN
        SELECT array_agg(id) INTO locked
        FROM (SELECT id FROM chatops_room WHERE id = ANY (rooms) ORDER BY id FOR NO KEY UPDATE) held;
    ELSE
        SELECT array_agg(id) INTO locked
        FROM (SELECT id FROM chatops_room WHERE id = ANY (rooms) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) held;
    END IF;

    -- A second statement, so that its snapshot is taken after the locks are held and sees every earlier commit.
    RETURN QUERY
    WITH judged AS (
        SELECT item.*, r.last_seq, r.n AS room_n, t.event_id AS known_id, t.seq AS known_seq, t.ts AS known_ts,
            CASE
                WHEN t.event_id IS NOT NULL THEN 'known'
                WHEN r.id IS NULL THEN 'no_room'
                WHEN NOT item.room = ANY (coalesce(locked, '{}')) THEN 'busy'
                WHEN item.trusted THEN 'ok'
                WHEN m.membership IS DISTINCT FROM 'join' THEN 'not_member'
                WHEN r.archived_at IS NOT NULL THEN 'archived'
                WHEN m.level < coalesce(
                    (r.levels -> 'events' ->> item.type)::int,
                    CASE WHEN item.state_key IS NULL THEN coalesce((r.levels ->> 'events_default')::int, 0)
                         ELSE coalesce((r.levels ->> 'state_default')::int, 50) END) THEN 'forbidden'
                ELSE 'ok'
            END AS verdict
        FROM json_to_recordset(items) AS item (
            i int, room bigint, device bigint, txn text, sender bigint, type text, state_key text, content jsonb,
            event_id text, ts bigint, acting jsonb, rel_type text, relates_to text, display boolean,
            countable boolean, trusted boolean, target bigint)
        LEFT JOIN LATERAL (SELECT * FROM chatops_room WHERE id = item.room LIMIT 1) r ON true
        LEFT JOIN LATERAL (
            SELECT * FROM chatops_membership WHERE room_id = item.room AND staff_id = item.sender LIMIT 1) m ON true
        LEFT JOIN LATERAL (
            SELECT * FROM chatops_txn WHERE device_id = item.device AND room_id = item.room AND txn_id = item.txn
            LIMIT 1) t ON true
    ), fresh AS (  -- the same transaction id twice in one batch: the first counts
        SELECT judged.*,
            row_number() OVER (PARTITION BY device, room, coalesce(txn, i::text) ORDER BY i) AS copy
        FROM judged WHERE verdict = 'ok'
    ), numbered AS (
        SELECT fresh.*,
            last_seq + row_number() OVER (PARTITION BY room ORDER BY i) AS new_seq,
            room_n + count(*) FILTER (WHERE countable) OVER (PARTITION BY room ORDER BY i) AS new_n
        FROM fresh WHERE copy = 1
    ), stored AS (
        INSERT INTO chatops_event (room_id, seq, n, event_id, type, state_key, sender_id, ts, content, acting,
            device_id, txn_id, rel_type, relates_to, display, countable)
        SELECT room, new_seq, new_n, event_id, type, state_key, sender, ts, content, acting,
            device, txn, rel_type, relates_to, display, countable
        FROM numbered
    ), answered AS (
        INSERT INTO chatops_txn (device_id, room_id, txn_id, event_id, seq, ts)
        SELECT device, room, txn, event_id, new_seq, ts FROM numbered WHERE device IS NOT NULL AND txn IS NOT NULL
    ), announced AS (  -- plain events of a room are one row with a span; the drain unfolds it
        INSERT INTO chatops_inbox (kind, room_id, staff_id, ref, span)
        SELECT 1, room, target, min(new_seq), count(*) - 1 FROM numbered
        GROUP BY room, target, CASE WHEN plain THEN 0 ELSE new_seq END ORDER BY room, min(new_seq)
    ), moved AS (
        UPDATE chatops_room r SET (last_seq, n, last_ts) = (
            SELECT coalesce(max(new_seq), r.last_seq), coalesce(max(new_n), r.n), greatest(r.last_ts, max(ts))
            FROM numbered WHERE numbered.room = r.id)
        WHERE r.id = ANY (locked)
    )
    SELECT numbered.i, 'ok', numbered.event_id, numbered.new_seq, numbered.new_n, numbered.ts FROM numbered
    UNION ALL
    SELECT again.i, 'known', first.event_id, first.new_seq, 0, first.ts
    FROM fresh again CROSS JOIN LATERAL (
        SELECT * FROM numbered first
        WHERE first.device = again.device AND first.room = again.room AND first.txn = again.txn) first
    WHERE again.copy > 1
    UNION ALL
    SELECT judged.i, judged.verdict, judged.known_id, judged.known_seq, 0, judged.known_ts
    FROM judged WHERE verdict <> 'ok';

    IF plain THEN
        RETURN;
    END IF;
    -- What few events bring with them: mentions, state, members. Those of a retry are not found by their event id.
    WITH placed AS (
        SELECT item.*, e.seq AS new_seq
        FROM json_to_recordset(items) AS item (
            room bigint, type text, state_key text, event_id text, ts bigint, mentions bigint[], target bigint,
            membership text, level int)
        CROSS JOIN LATERAL (
            SELECT v.seq FROM chatops_event v WHERE v.room_id = item.room AND v.event_id = item.event_id LIMIT 1) e
        WHERE item.state_key IS NOT NULL OR item.target IS NOT NULL OR item.mentions IS NOT NULL
    ), mentioned AS (
        INSERT INTO chatops_mention (room_id, seq, staff_id)
        SELECT DISTINCT room, new_seq, staff FROM placed, unnest(mentions) AS staff
    ), state AS (
        INSERT INTO chatops_roomstate (room_id, type, state_key, seq)
        SELECT DISTINCT ON (room, type, state_key) room, type, state_key, new_seq
        FROM placed WHERE state_key IS NOT NULL ORDER BY room, type, state_key, new_seq DESC
        ON CONFLICT (room_id, type, state_key) DO UPDATE SET seq = excluded.seq
    )
    INSERT INTO chatops_membership (room_id, staff_id, membership, level, seq, history_seq, read_seq, read_ts,
        fully_read_seq, delivered_seq, muted, pinned, forgotten)
    SELECT DISTINCT ON (room, target) room, target, membership, coalesce(level, 0), new_seq,
        CASE WHEN r.history_shared THEN 0 ELSE new_seq - 1 END, new_seq, ts, 0, 0, false, false, false
    FROM placed CROSS JOIN LATERAL (SELECT history_shared FROM chatops_room WHERE id = room LIMIT 1) r
    WHERE target IS NOT NULL ORDER BY room, target, new_seq DESC
    ON CONFLICT (room_id, staff_id) DO UPDATE SET
        membership = excluded.membership,
        level = CASE WHEN excluded.membership IN ('leave', 'ban') THEN 0
                     ELSE greatest(chatops_membership.level, excluded.level) END,
        seq = excluded.seq,
        history_seq = CASE WHEN chatops_membership.membership IN ('join', 'invite')
                           THEN chatops_membership.history_seq ELSE excluded.history_seq END,
        -- who comes back does not find the time away as unread
        read_seq = CASE WHEN excluded.membership = 'join' AND chatops_membership.membership <> 'join'
                        THEN greatest(chatops_membership.read_seq, excluded.read_seq)
                        ELSE chatops_membership.read_seq END,
        forgotten = false;
END $$;
