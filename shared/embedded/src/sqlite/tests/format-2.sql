-- The file as format 2 made it, after that of format 1; never changed.
ALTER TABLE queue ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
CREATE INDEX queue_urgent ON queue (grp) WHERE lane = 0;
ALTER TABLE heads ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN account TEXT NOT NULL DEFAULT '';
DROP INDEX heads_by_turn;
CREATE INDEX heads_by_turn ON heads (lane, account, visible_at, seq);
PRAGMA user_version = 2;
