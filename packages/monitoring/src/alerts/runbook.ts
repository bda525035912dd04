/** The hand-written part of a runbook. The frame round it is generated. */

/** A query to look with, and what it shows. */
export interface RunbookQuery {
  readonly shows: string;
  readonly expr: string;
}

/** What a person who is paged needs, in plain words. Markdown is allowed. */
export interface Runbook {
  /** What the alert says, in two or three sentences. */
  readonly meaning: string;
  /** What is lost while it lasts. */
  readonly impact: string;
  /** First look: exact queries, to be run as they stand. `$pool`, `$worker` and `$job` are the page's fields. */
  readonly firstLook: readonly RunbookQuery[];
  /** What the worker did by itself before the page went out. */
  readonly alreadyTried: string;
  /** Steps, in order. */
  readonly steps: readonly string[];
  readonly never: readonly string[];
  /** Whom to tell, when, and what to write. */
  readonly escalation: string;
}
