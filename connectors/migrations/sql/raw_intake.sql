CREATE TABLE connectors_rawintake (
    id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    connector_id uuid NOT NULL REFERENCES connectors_connector (id),
    sender varchar(120) NOT NULL,
    payload bytea NOT NULL,
    digest varchar(64) NOT NULL,
    outcome varchar(8) NOT NULL,
    error varchar(500) NOT NULL,
    frames integer NOT NULL CHECK (frames >= 0),
    items integer NOT NULL CHECK (items >= 0),
    rejections jsonb NOT NULL,
    replay_of uuid NULL,
    PRIMARY KEY (received_at, id)
) PARTITION BY RANGE (received_at);

CREATE INDEX raw_intake_newest ON connectors_rawintake (connector_id, received_at DESC);
CREATE INDEX raw_intake_bad ON connectors_rawintake (connector_id, received_at DESC) WHERE outcome <> 'taken';
CREATE INDEX raw_intake_id ON connectors_rawintake (id);

CREATE TABLE connectors_rawintake_rest PARTITION OF connectors_rawintake DEFAULT;
