-- The bigrams of a folded text as a tsvector: what PostgreSQL's own parsers cannot cut, since Chinese has no blanks.
-- COST: dear enough that no plan computes it row by row where the index knows it.
CREATE FUNCTION chatops_grams(body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2000
AS $$
    SELECT array_to_tsvector(array_agg(one || two)) FROM (
        SELECT sign AS one, lead(sign) OVER (ORDER BY place) AS two
        FROM unnest(string_to_array(body, NULL)) WITH ORDINALITY AS signs (sign, place)
    ) pairs WHERE one <> ' ' AND two <> ' '
$$;

CREATE INDEX chatops_searchdoc_grams ON chatops_searchdoc USING gin (chatops_grams(body));
CREATE INDEX chatops_searchdoc_time ON chatops_searchdoc (ts, room_id, seq);
CREATE INDEX chatops_searchdoc_files ON chatops_searchdoc (ts, room_id, seq) WHERE kind = 2;
CREATE INDEX chatops_searchdoc_sender ON chatops_searchdoc (sender_id, ts, room_id, seq);
