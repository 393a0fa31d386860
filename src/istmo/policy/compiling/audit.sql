-- $name, version $version; SHA-256 of its text $digest
SELECT direction, peer, message_id, kind, version, clause, purpose, state, reason, created_at, manifest_digest,
       log_index, within
FROM (
    SELECT 'out' AS direction, recipient AS peer, message_id::text AS message_id, kind,
           (permit->>'agreement_version')::int AS version, permit->>'clause' AS clause, permit->>'purpose' AS purpose,
           state, reason, created_at, manifest_digest,
           (SELECT max(leaf."index") FROM evidence_leaf AS leaf WHERE leaf.message_id = message.message_id::text)
               AS log_index,
           (created_at AT TIME ZONE 'UTC')::date BETWEEN $first AND $last AND permit->>'purpose' IN ($purposes)
               AS within
    FROM delivery_outbound AS message
    WHERE permit->>'agreement' = $agreement
    UNION ALL
    SELECT 'in', sender, message_id, kind, agreement_version::int, NULL, NULL, outcome, reason, created_at,
           manifest_digest,
           (SELECT max(leaf."index") FROM evidence_leaf AS leaf WHERE leaf.message_id = message.message_id),
           (created_at AT TIME ZONE 'UTC')::date BETWEEN $first AND $last
    FROM delivery_inbound AS message
    WHERE agreement = $agreement
) AS messages
ORDER BY created_at, message_id;
