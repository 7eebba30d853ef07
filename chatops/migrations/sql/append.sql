-- The one way to append (architecture §9). Locks the rooms in id order, checks each sender, numbers and inserts.
--
-- items: JSON array of {i, room, device, txn, sender, type, state_key, content, event_id, ts, acting, rel_type,
--   relates_to, display, countable, mentions, trusted, target, membership, level}
-- wait: false leaves out rooms that somebody else has locked (status 'busy'), so that one slow room holds up no other.
-- Answers one row for each item: status ok | known | busy | not_member | archived | forbidden | no_room.
CREATE FUNCTION chatops_append(items jsonb, wait boolean)
RETURNS TABLE (i int, status text, event_id text, seq bigint, n bigint, ts bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    wanted bigint[];
    locked bigint[];
BEGIN
    SELECT array_agg(DISTINCT (item ->> 'room')::bigint) INTO wanted FROM jsonb_array_elements(items) item;
    IF wait THEN
        SELECT array_agg(id) INTO locked
        FROM (SELECT id FROM chatops_room WHERE id = ANY (wanted) ORDER BY id FOR NO KEY UPDATE) held;
    ELSE
        SELECT array_agg(id) INTO locked
        FROM (SELECT id FROM chatops_room WHERE id = ANY (wanted) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) held;
    END IF;

    -- A second statement, so that its snapshot is taken after the locks are held and sees every earlier commit.
    RETURN QUERY
    WITH item AS (
        SELECT * FROM jsonb_to_recordset(items) AS x (
            i int, room bigint, device bigint, txn text, sender bigint, type text, state_key text, content jsonb,
            event_id text, ts bigint, acting jsonb, rel_type text, relates_to text, display boolean,
            countable boolean, mentions bigint[], trusted boolean, target bigint, membership text, level int)
    ), known AS (
        SELECT item.i, t.event_id, t.seq, t.ts
        FROM item JOIN chatops_txn t ON t.device_id = item.device AND t.room_id = item.room AND t.txn_id = item.txn
    ), judged AS (
        SELECT item.*, r.last_seq, r.n AS room_n, r.history_shared,
            CASE
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
        FROM item
        LEFT JOIN chatops_room r ON r.id = item.room
        LEFT JOIN chatops_membership m ON m.room_id = item.room AND m.staff_id = item.sender
        WHERE item.i NOT IN (SELECT known.i FROM known)
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
    ), mentioned AS (
        INSERT INTO chatops_mention (room_id, seq, staff_id)
        SELECT DISTINCT room, new_seq, staff FROM numbered, unnest(mentions) AS staff
    ), state AS (
        INSERT INTO chatops_roomstate (room_id, type, state_key, seq)
        SELECT DISTINCT ON (room, type, state_key) room, type, state_key, new_seq
        FROM numbered WHERE state_key IS NOT NULL ORDER BY room, type, state_key, new_seq DESC
        ON CONFLICT (room_id, type, state_key) DO UPDATE SET seq = excluded.seq
    ), members AS (
        INSERT INTO chatops_membership (room_id, staff_id, membership, level, seq, history_seq, read_seq, read_ts,
            fully_read_seq, delivered_seq, muted, pinned, forgotten)
        SELECT DISTINCT ON (room, target) room, target, membership, coalesce(level, 0), new_seq,
            CASE WHEN history_shared THEN 0 ELSE new_seq - 1 END, new_seq, ts, 0, 0, false, false, false
        FROM numbered WHERE target IS NOT NULL ORDER BY room, target, new_seq DESC
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
            forgotten = false
    ), announced AS (
        INSERT INTO chatops_inbox (kind, room_id, staff_id, ref)
        SELECT 1, room, target, new_seq FROM numbered ORDER BY room, new_seq
    ), moved AS (
        UPDATE chatops_room r SET last_seq = g.last_seq, n = g.n, last_ts = greatest(r.last_ts, g.ts)
        FROM (SELECT room, max(new_seq) AS last_seq, max(new_n) AS n, max(ts) AS ts FROM numbered GROUP BY room) g
        WHERE r.id = g.room
    )
    SELECT numbered.i, 'ok', numbered.event_id, numbered.new_seq, numbered.new_n, numbered.ts FROM numbered
    UNION ALL
    SELECT known.i, 'known', known.event_id, known.seq, 0, known.ts FROM known
    UNION ALL
    SELECT again.i, 'known', first.event_id, first.new_seq, 0, first.ts
    FROM fresh again JOIN numbered first
        ON again.copy > 1 AND first.device = again.device AND first.room = again.room AND first.txn = again.txn
    UNION ALL
    SELECT judged.i, judged.verdict, NULL, NULL, NULL, NULL FROM judged WHERE verdict <> 'ok';
END $$;
