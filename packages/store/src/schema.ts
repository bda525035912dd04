/** The tables of a journal's file. Each version is one step from the version before it; steps are never changed once released. */

/** Raised with each change of the tables; a file of a newer one is refused. */
export const SCHEMA_VERSION = 2;

/** Marks the file as a journal, so that another program's SQLite file is not taken for one. "wwj1" in ASCII. */
export const APPLICATION_ID = 0x77776a31;

/** Size of a new file's pages: half of SQLite's own, for a write costs a whole page of the table and of each index. */
export const PAGE_BYTES = 2_048;

/** Makes what a file of this version holds. */
export const CREATE = `
  CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    at_millis INTEGER NOT NULL,
    worker_pool TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    job_id TEXT,
    trace_id TEXT,
    once_key TEXT,
    data TEXT NOT NULL,
    stored_millis INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX record_once ON record (once_key) WHERE once_key IS NOT NULL;
  -- No other: each index costs every phase of a worker a page for each record that it writes (decision 0071).
  CREATE INDEX record_by_trace ON record (trace_id) WHERE trace_id IS NOT NULL;
  -- With row ids: a value of a kilobyte does not fit on a page of an index, and each would be written to pages of its own.
  CREATE TABLE state (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    set_millis INTEGER NOT NULL,
    UNIQUE (scope, key)
  ) STRICT;
  CREATE INDEX state_by_key ON state (key, scope);
  -- One row: records up to removable_seq may be deleted, once records only if they are older than once_before_millis; and the scope
  -- of the state that was looked at last.
  CREATE TABLE retention (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    removable_seq INTEGER NOT NULL,
    once_before_millis INTEGER NOT NULL,
    state_cursor TEXT NOT NULL
  ) STRICT;
  INSERT INTO retention VALUES (1, 0, 0, '');
  CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
  BEGIN
    SELECT RAISE(ABORT, 'records are append-only');
  END;
  CREATE TRIGGER record_is_kept BEFORE DELETE ON record
  WHEN NOT EXISTS (
    SELECT 1 FROM retention
    WHERE OLD.seq <= removable_seq AND (OLD.once_key IS NULL OR OLD.stored_millis < once_before_millis)
  )
  BEGIN
    SELECT RAISE(ABORT, 'records are append-only: only what retention has outlived is deleted');
  END;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
