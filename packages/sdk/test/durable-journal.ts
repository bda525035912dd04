/** A journal that outlives the watchdogs of a test, and fails on demand. It is the memory's: the file's own is tested with the store. */
import { type Journal, memoryJournal, WatchdogError } from "../src/index.ts";

/** What a journal can fail at. */
export type JournalFailure = "none" | "read" | "append" | "all";

/** The journal and its switch. */
export interface DurableJournal extends Journal {
  failure: JournalFailure;
}

/** A journal whose values are copied, as a file's are. */
export function durableJournal(): DurableJournal {
  const memory = memoryJournal({ capacity: 100_000 });
  const journal: DurableJournal = {
    failure: "none",
    isDurable: true,
    append(record, options) {
      fail("append");
      return memory.append(JSON.parse(JSON.stringify(record)), options);
    },
    recordOnce(key) {
      fail("read");
      return memory.recordOnce(key);
    },
    records(query) {
      fail("read");
      return memory.records(query);
    },
    get(scope, key) {
      fail("read");
      return memory.get(scope, key);
    },
    set(scope, key, value) {
      fail("append");
      memory.set(scope, key, value);
    },
    scopes(key) {
      fail("read");
      return memory.scopes(key);
    },
    transaction(action) {
      fail("append");
      return memory.transaction(action);
    },
  };
  const fail = (what: "read" | "append"): void => {
    if (journal.failure !== "all" && journal.failure !== what) return;
    throw new WatchdogError("journal_unusable", `The journal can not be used (${what}).`);
  };
  return journal;
}
