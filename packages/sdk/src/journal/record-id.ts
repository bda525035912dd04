/** Ids of records: no two alike, over processes, threads and time. */

let origin: string | undefined;
let count = 0;

/**
 * A new id. Random once for each process (and thread), then counted: a random one for each record would be the dearest part of a phase that writes
 * one.
 */
export function recordId(): string {
  origin ??= crypto.randomUUID();
  count += 1;
  return `${origin}-${count}`;
}
