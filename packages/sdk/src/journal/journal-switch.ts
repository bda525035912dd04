/** A journal that has failed is not asked again until it is known to work: each call to a locked file would hold the worker up. */
import { WatchdogError } from "../errors.ts";
import type { Journal } from "./journal.ts";

/** A journal with a switch. */
export class JournalSwitch implements Journal {
  readonly isDurable: boolean;
  /** What is behind the switch: for what decides whether it works. */
  readonly behind: Journal;
  #isBroken = false;

  constructor(journal: Journal) {
    this.behind = journal;
    this.isDurable = journal.isDurable;
  }

  /** Whether calls are refused. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** From now on, calls are refused at once. */
  off(): void {
    this.#isBroken = true;
  }

  /** From now on, calls go through. */
  on(): void {
    this.#isBroken = false;
  }

  append: Journal["append"] = (record, options) => this.#use().append(record, options);
  recordOnce: Journal["recordOnce"] = (key) => this.#use().recordOnce(key);
  records: Journal["records"] = (query) => this.#use().records(query);
  get: Journal["get"] = (scope, key) => this.#use().get(scope, key);
  set: Journal["set"] = (scope, key, value) => this.#use().set(scope, key, value);
  scopes: Journal["scopes"] = (key) => this.#use().scopes(key);
  transaction: Journal["transaction"] = (action) => this.#use().transaction(action);

  #use(): Journal {
    if (!this.#isBroken) return this.behind;
    throw new WatchdogError(
      "journal_unusable",
      "The worker's journal has failed, and is tried again with the next phase.",
    );
  }
}
