/** One page in a line, for the person who ends it. */
import type { OpenPage } from "./open-rows.ts";

/** Such as `LeaseExpired (high), job J1, worker w1`. */
export function pageLine({ alert, severity, kind, reason, job, worker }: OpenPage): string {
  const why = kind === undefined || reason === undefined ? "" : `, ${reason}`;
  return `${alert} (${severity}${why})${job === "" ? "" : `, job ${job}`}${worker === "" ? "" : `, worker ${worker}`}`;
}
