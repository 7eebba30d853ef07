-- Events are hash-partitioned by room: 16 smaller indexes stay in memory where one large one would not.
CREATE TABLE chatops_event (
    room_id     bigint   NOT NULL,
    seq         bigint   NOT NULL,
    n           bigint   NOT NULL,
    event_id    text     NOT NULL,
    type        text     NOT NULL,
    state_key   text,
    sender_id   bigint   NOT NULL,
    ts          bigint   NOT NULL,
    content     jsonb    NOT NULL,
    acting      jsonb,
    device_id   bigint,
    txn_id      text,
    rel_type    text,
    relates_to  text,
    display     boolean  NOT NULL,
    countable   boolean  NOT NULL,
    redacted_by text,
    PRIMARY KEY (room_id, seq)
) PARTITION BY HASH (room_id);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE chatops_event_%s PARTITION OF chatops_event FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            part, part);
    END LOOP;
END $$;

CREATE UNIQUE INDEX chatops_event_id ON chatops_event (room_id, event_id);
CREATE INDEX chatops_event_display ON chatops_event (room_id, seq) WHERE display;
CREATE INDEX chatops_event_own ON chatops_event (room_id, sender_id, seq) WHERE countable;
CREATE INDEX chatops_event_relation ON chatops_event (room_id, relates_to, seq) WHERE relates_to IS NOT NULL;
CREATE INDEX chatops_event_state ON chatops_event (room_id, type, state_key, seq) WHERE state_key IS NOT NULL;
