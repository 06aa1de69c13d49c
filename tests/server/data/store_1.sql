-- What cellcall 0.1.0 wrote (data version 1), dumped by sqlite3.Connection.iterdump.
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE auth_tokens (
    sha256 BLOB PRIMARY KEY, uid TEXT NOT NULL REFERENCES users(uid) ON DELETE CASCADE,
    serial INTEGER NOT NULL, created_s INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "auth_tokens" VALUES(X'BF1A0533BFCA45ACF00FA32AE571C3A1F55AD98C247012454A5EE8F64EB84FC8','ana',1,1700000002);
CREATE TABLE moderators (
    session_id TEXT PRIMARY KEY, uid TEXT NOT NULL, asked_s INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "moderators" VALUES('retro','bo',1700000040);
CREATE TABLE presences (
    session_key INTEGER NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    uid TEXT NOT NULL, name TEXT NOT NULL, joined_ms INTEGER NOT NULL, left_ms INTEGER,
    PRIMARY KEY (session_key, uid)
);
INSERT INTO "presences" VALUES(1,'ana','Ana Ruiz',1700000010000,1700000030000);
INSERT INTO "presences" VALUES(1,'bo','Bo Chen',1700000011000,1700000020000);
INSERT INTO "presences" VALUES(2,'bo','Bo Chen',1700000041000,NULL);
CREATE TABLE sessions (
    key INTEGER PRIMARY KEY, session_id TEXT NOT NULL, initiator TEXT NOT NULL DEFAULT '',
    started_ms INTEGER NOT NULL, ended_ms INTEGER
);
INSERT INTO "sessions" VALUES(1,'standup','ana',1700000010000,1700000030000);
INSERT INTO "sessions" VALUES(2,'retro','bo',1700000041000,NULL);
CREATE TABLE users (
    uid TEXT PRIMARY KEY, name TEXT NOT NULL, avatar TEXT NOT NULL, created_s INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "users" VALUES('ana','Ana Ruiz','https://avatars.example/ana.png',1700000000);
INSERT INTO "users" VALUES('bo','Bo Chen','',1700000001);
CREATE INDEX auth_tokens_by_user ON auth_tokens (uid, serial);
CREATE INDEX sessions_by_id ON sessions (session_id);
CREATE INDEX running_sessions ON sessions (session_id) WHERE ended_ms IS NULL;
CREATE INDEX presences_by_user ON presences (uid, session_key);
COMMIT;
PRAGMA user_version = 1;
