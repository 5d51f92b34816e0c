-- The file as format 1 made it; never changed.
CREATE TABLE conversations (
    key TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_expiry ON conversations (expires_at);

CREATE TABLE queue (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, grp TEXT NOT NULL, account TEXT NOT NULL,
    body TEXT NOT NULL, received_at INTEGER NOT NULL, visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0, why TEXT
) STRICT;
CREATE INDEX queue_by_group ON queue (grp, seq);
CREATE INDEX queue_retrying ON queue (seq) WHERE why IS NOT NULL;

CREATE TABLE heads (
    grp TEXT PRIMARY KEY, seq INTEGER NOT NULL, visible_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX heads_by_turn ON heads (visible_at, seq);

CREATE TABLE taken (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX taken_by_time ON taken (at);

CREATE TABLE held (
    kind TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by_time ON held (kind, since, id);
PRAGMA application_id = 1145393995;
PRAGMA user_version = 1;
