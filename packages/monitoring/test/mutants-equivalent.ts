/** Mutants that no history of a worker can tell from the rule, each with the reason. */

/** Mutants of the rules whose name matches, by their change. */
export interface Equivalent {
  readonly rule: RegExp;
  readonly change: RegExp;
  readonly why: string;
}

const ATTEMPT = "worker_pool, worker_id, job_id, trace_id";

export const EQUIVALENT: readonly Equivalent[] = [
  {
    rule: /./,
    change: new RegExp(`^${ATTEMPT}(?: \\(\\d+\\))? -> .*trace_id$`),
    why: "A trace id tells attempts apart by itself; the other labels are there for the reader.",
  },
  {
    rule: /^(?:QueueStuck(?:Pool)?|ArtifactMissing)$/,
    change: new RegExp(`^${ATTEMPT}(?: \\(\\d+\\))? -> worker_pool, worker_id, job_id$`),
    why: "Of two attempts at one job only the newest is open.",
  },
  {
    rule: /^worker:worker_(?:no_job_streak|silent_heartbeats):last$/,
    change: /^12m(?: \(\d+\))? -> 1440s$/,
    why: "The count and the time are one process's: the shorter of their ranges decides.",
  },
  {
    rule: /^QueueStuckPool$/,
    change: /^12m(?: \([2-6]\))? -> 1440s$/,
    why: "What waits, since when, and the time of the question are one process's: the shorter of their ranges decides.",
  },
  {
    rule: /^worker:worker_(?:no_job_streak|silent_heartbeats):last$/,
    change: /^max -> min$/,
    why: "Only the process that was heard of last is left, with one value.",
  },
  {
    rule: /Pool$/,
    change: /^<= -> <$/,
    why: "Where the least number is the whole pool, the other branch says the same number.",
  },
  {
    rule: /Pool$/,
    change: /^count -> sum$/,
    why: "Each worker of the group counts as 1.",
  },
  {
    rule: /^RepeatedNoJobPool$/,
    change: /^(?:1 -> 2|> -> <|or -> and)$/,
    why: "A pool too small for a share pages as a whole, and the other branch says the same number of the whole.",
  },
  {
    rule: /^LeaseExpired$/,
    change: /^5m -> /,
    why: "A sign of life counts here between the lease's end and the grace's: either range is longer.",
  },
  {
    rule: /^FalseGreen$/,
    change: /^> 0 -> > 1$/,
    why: "A unix time is not that small.",
  },
  {
    rule: /^PhaseFailed$/,
    change: /-> reason=~"\.\+"$/,
    why: "Phases that are not high are medium by the rule's other half.",
  },
  {
    rule: /^SessionDead$/,
    change: /^(?:1h29m -> |29m \(3\) -> 3480s$)/,
    why: "What ends a wait, its clearing or its death, is told after it: read for as long, or longer, it is there.",
  },
  {
    rule: /^WorkerAbsent$/,
    change: /^(?:worker_pool, worker_id(?: \(2\))? -> worker_pool|>= -> >|unless \(2\) -> or)$/,
    why: "Of a worker that is its whole pool: it has no neighbour, and one that signed off is no pool. Of one of many, a scenario notices each.",
  },
  {
    rule: /^attempt:worker_claim_(?:started_at_seconds:max|(?:lease_expires|artifact_verified)_at_seconds:max_open)$/,
    change: /^(?:5m|10m)(?: \(2\))? -> /,
    why: "The deep scans say the same, and promtool never misses one. `quick-windows.e2e.test.ts` takes them away.",
  },
  {
    rule: /^attempt:worker_claim_(?:started_at_seconds:max|artifact_verified_at_seconds:max_open)$/,
    change: /^max -> min$/,
    why: "Written once: every replica has the same value, or none.",
  },
  {
    rule: /^attempt:worker_claim_lease_expires_at_seconds:max_open$/,
    change: /^(?:>= -> >|max \(3\) -> min)$/,
    why: "Of two equal values either will do; of a settlement it only counts that there is one.",
  },
  {
    rule: /^attempt:worker_claim_artifact_verified_at_seconds:max_open$/,
    change: /^worker_pool, worker_id, job_id, trace_id \(2\) -> worker_pool, worker_id, job_id$/,
    why: "The artifact of a closed attempt is asked for by nobody: alert 4 asks for the open one's.",
  },
  {
    rule: /^attempt:worker_claim_incidents:max_open$/,
    change: /^(?:1h7m(?: \(2\))? -> 8040s|max \(4\) -> min)$/,
    why: "What was cleared stays so: a longer look back says it for longer, and costs more. In the second place it only counts that there is a clearing.",
  },
  {
    rule: /_deep$|^worker:worker_stopped_at_seconds:max$/,
    change: /^1h29m -> 2670s$/,
    why: "Half of it is still longer than what it closes is readable, under this policy. A quarter is tried too.",
  },
  {
    rule: /_deep$|^worker:worker_stopped_at_seconds:max$/,
    change: /^1h29m -> 10680s$/,
    why: "What closes may be readable for longer: it costs more and says no more, as what opens is not.",
  },
  {
    rule: /:max_(?:incident|ended|superseded)_deep$/,
    change: /^(?:7m|12m) -> (?:840|1440)s$/,
    why: "What ends incidents may be readable for longer: they are not.",
  },
  {
    rule: /^attempt:worker_claim_(?:alive|progress)_at_seconds:max_open$/,
    change: /^29m -> 3480s$/,
    why: "Only of attempts whose lease is readable, for which the range is the same.",
  },
  {
    rule: /^(?:worker:worker_claim_polled|pool:worker_claim_started)_at_seconds:max$/,
    change: /^12m -> 1440s$/,
    why: "They stand beside the time of the oldest waiting job, whose range decides.",
  },
  {
    rule: /^attempt:worker_claim_(?:started|artifact_verified)_at_seconds:max_\w+_deep$|:max_(?:ended|superseded)_deep$/,
    change: /^max -> min$/,
    why: "Written once, or asked for by its presence alone.",
  },
  {
    rule: /^attempt:worker_claim_started_at_seconds:max_(?:unsettled|incident)_deep$/,
    change:
      /^(?:and -> or|worker_pool, worker_id, job_id, trace_id \(2\) -> worker_pool, worker_id, job_id|kind=~.* -> kind=~"\.\+"|.*, kind, reason -> .*, (?:kind|trace_id, reason))$/,
    why: "It only leaves out what no later rule asks for, so that these have less to do.",
  },
  {
    rule: /:max_held_beside$/,
    change: /^(?:and \(2\) -> or|> \(3\) -> >=|1 -> 0|worker_pool, worker_id -> \w+|count -> sum)$/,
    why: "It only leaves out workers with one claim, whose jobs are counted once more below.",
  },
  {
    rule: /:max_held_beside$/,
    change: /^>(?: \(2\))? -> >=$/,
    why: "That the lease runs is asked for twice: of the claim and of their number. Either holds the other up.",
  },
  {
    rule: /^attempt:worker_claim_(?:artifact_verified_at_seconds:max_open_deep|progress_at_seconds:max_open|started_at_seconds:max_worked_on)$/,
    change: /^worker_pool, worker_id, job_id, trace_id(?: \(2\))? -> worker_pool, worker_id, job_id$/,
    why: "Of two attempts at one job only the newest is open, and of a closed one nobody asks for more.",
  },
  {
    rule: /:max_(?:open|superseded)_deep$/,
    change: /^and(?: \(2\))? -> or$/,
    why: "A cut before the newest is taken, for its cost alone: what it leaves out would not have been asked for.",
  },
  {
    rule: /:max_(?:open|ended|superseded)_deep$/,
    change: /^worker_pool, job_id \(3\) -> (?:job_id|worker_pool)$/,
    why: "The same cut, less sharp.",
  },
  {
    rule: /:max_ended_deep$/,
    change: /^< -> <=$/,
    why: "A gate does not pass in the second of the claim.",
  },
  {
    rule: /:max_superseded_deep$/,
    change: /^(?:kind=~.* -> kind=~"\.\+"|.*, kind, reason -> .*, (?:kind|trace_id, reason))$/,
    why: "It is asked for by attempt alone.",
  },
  {
    rule: /^attempt:worker_claim_progress_at_seconds:max_open$/,
    change: /^(?:29m -> 870s|and -> or)$/,
    why: "Alert 7 (d) compares it with the attempt's life, which is that of open attempts; minutes after a death it is (a).",
  },
  {
    rule: /^attempt:worker_claim_started_at_seconds:count_too_many$/,
    change: /^count -> sum$/,
    why: "Each job of the group counts as 1.",
  },
];
