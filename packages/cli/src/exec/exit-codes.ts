/** Exit codes of `watchdog exec` that are its own; every other one is the command's. */

/** Its own refusals, in a range that no usual program ends with: the command did not run. */
export const EXEC_EXIT = {
  /** `complete` without a passed artifact check in this attempt. */
  artifactUnverified: 120,
  /** The phase may not run now: no job is held, its lease is over, or another job is held. */
  phaseRefused: 121,
  /** The run's budget is spent (R7). */
  runCancelled: 122,
  /** The journal can not be read or written (R7.3). */
  journalUnusable: 123,
  /** Wrong usage: options, identity or policy. */
  wrongUsage: 125,
} as const;

/** What a phase ends with that was judged failed though its command ended with 0, where that is to be seen. */
export const JUDGED_FAILED = 1;
