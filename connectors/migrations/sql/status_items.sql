ALTER TABLE connectors_statusitem RENAME TO connectors_statusitem_before;
ALTER TABLE connectors_statusitem_before RENAME CONSTRAINT status_item_once TO status_item_once_before;

CREATE TABLE connectors_statusitem (
    metric_id uuid NOT NULL REFERENCES connectors_metric (id),
    observed_at timestamptz NOT NULL,
    revision smallint NOT NULL CHECK (revision >= 0),
    value numeric(18, 6) NOT NULL,
    received_at timestamptz NOT NULL,
    quality varchar(14) NOT NULL,
    source_ref varchar(120) NOT NULL,
    PRIMARY KEY (metric_id, observed_at, revision)
) PARTITION BY RANGE (observed_at);

CREATE TABLE connectors_statusitem_rest PARTITION OF connectors_statusitem DEFAULT;
