/** A journal that takes no credentials in: its records are read by people, and sent on (R12). */

import type { OutgoingText } from "../worker/outgoing-text.ts";
import type { Journal, JournalRecord } from "./journal.ts";

/**
 * The journal, with its records redacted as they are appended. A job whose id holds a credential is found by that id all the same. Lasting values are kept
 * as they are: the queue knows the job by nothing else.
 */
export function redactingJournal(journal: Journal, outgoing: OutgoingText): Journal {
  const text = (id: string | undefined): string | undefined =>
    id === undefined ? undefined : outgoing.text(id, "record");
  const clean = (record: JournalRecord): JournalRecord => {
    const jobId = text(record.jobId);
    const data = outgoing.fields(record.data, "record");
    return jobId === record.jobId && data === record.data ? record : { ...record, jobId, data };
  };
  return {
    isDurable: journal.isDurable,
    append: (record, options) =>
      journal.append(clean(record), options?.once === undefined ? options : { once: text(options.once) }),
    recordOnce: (key) => journal.recordOnce(outgoing.text(key, "record")),
    records: (query) => journal.records(query?.jobId === undefined ? query : { ...query, jobId: text(query.jobId) }),
    get: (scope, key) => journal.get(scope, key),
    set: (scope, key, value) => journal.set(scope, key, value),
    scopes: (key) => journal.scopes(key),
    transaction: (action) => journal.transaction(action),
  };
}
