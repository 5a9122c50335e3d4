-- Every statement that the program runs, by name.

-- name: add_reads
INSERT INTO reads (connection, month, count) VALUES (:connection, :month, :count)
ON CONFLICT (connection, month) DO UPDATE SET count = count + excluded.count;

-- name: reads_of_month
SELECT count FROM reads WHERE connection = :connection AND month = :month;

-- name: watermark
SELECT value FROM watermarks WHERE key = :key;

-- name: set_watermark
INSERT INTO watermarks (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: secret
SELECT sealed FROM secrets WHERE identity = :identity;

-- name: set_secret
INSERT INTO secrets (identity, sealed) VALUES (:identity, :sealed)
ON CONFLICT (identity) DO UPDATE SET sealed = excluded.sealed;

-- name: delete_secret
DELETE FROM secrets WHERE identity = :identity;

-- name: identities
SELECT identity FROM secrets ORDER BY identity;
