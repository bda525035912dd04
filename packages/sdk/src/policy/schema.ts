/** Every key of a policy: what it means, its unit and range. Validation, defaults and the reference all read this table. */
import type { Phase } from "../semconv/index.ts";
import type {
  BurnName,
  BurnSettings,
  PhaseCheck,
  Policy,
  RequiredWhen,
  ServiceCommand,
  Severity,
  SeveritySettings,
} from "./policy.ts";
import { ALERT_KEYS, HUMAN_ACTIONS, NOTIFIABLE_ALERT_KEYS, REPAIR_ACTIONS, SEVERITIES } from "./policy-values.ts";
import { lineBridgeSchema, quietHoursSchema, receiversSchema } from "./receiver-schema.ts";
import { flag, type GroupNode, list, number, oneOf, text, whole } from "./schema-node.ts";
import {
  commandFormat,
  hostFormat,
  keyPathFormat,
  labelValueFormat,
  lineFormat,
  nameFormat,
  passFormat,
  seriesLabelFormat,
  timeZoneFormat,
  traceAddressFormat,
  webAddressFormat,
} from "./text-formats.ts";

/** The version of policy that this release reads. */
export const POLICY_VERSION: Policy["version"] = "codex_session_watchdog_v1";

/** What a policy's file may hold beside the {@link Policy}: keys that are for other readers. */
export interface PolicyFile extends Policy {
  readonly foreign_keys: readonly string[];
}

const minutes = "minutes";
const seconds = "seconds";
const days = "days";
const percent = "percent";
const dayMinutes = 1440;
/** An instant query finds a sample for five minutes: of what is recorded more rarely than every half of that it finds none at times. */
const mostSecondsBetweenSamples = 150;

/** The table. A key that {@link Policy} has and this table lacks does not compile. */
export const policySchema: GroupNode<PolicyFile> = {
  kind: "group",
  doc: "One file says every threshold, owner and action.",
  keys: {
    version: oneOf("Version of this format; a file must state it.", [POLICY_VERSION]),
    owner: text("Stands for pls_platform_owner in every alert and output.", nameFormat),
    timezone: text("Time zone of the due times in pages.", timeZoneFormat),
    heartbeat_interval_minutes: number("How often a worker wakes up.", { above: 0, max: dayMinutes, unit: minutes }),
    checks: {
      kind: "group",
      doc: "What each phase runs, when it is due, when it passes and how severe its failure is.",
      keys: {
        doctor: phaseCheck("doctor", ["every_heartbeat", "declared"]),
        touch: phaseCheck("touch", ["every_heartbeat", "declared"]),
        claim: phaseCheck("claim", ["every_heartbeat"]),
        context: phaseCheck("context", ["job_claimed", "declared"]),
        progress: phaseCheck("progress", ["context_ok", "job_claimed", "declared"]),
        build: phaseCheck("build", ["declared", "job_claimed", "context_ok"]),
        upload: phaseCheck("upload", ["declared", "job_claimed", "context_ok"]),
        artifact: phaseCheck("artifact", ["job_claimed"]),
        complete: phaseCheck("complete", ["artifact_verified"]),
      },
    },
    job_service: {
      kind: "group",
      doc: "Commands of a shell worker's job service beside its phases, run by `watchdog exec` itself. Each prints a JSON object.",
      keys: {
        read: serviceCommand(
          "Prints the job's state (`status`, `completed_by`, `held_by`) after a complete whose answer was lost.",
        ),
        backlog: serviceCommand(
          "Prints what the queue holds (`pending_jobs`, `oldest_pending_at`, and more) after an empty claim.",
        ),
        release: serviceCommand(
          "Gives the held job back: for `watchdog exec --phase release` without a command of its own.",
        ),
      },
    },
    thresholds: {
      kind: "group",
      doc: "Numbers that decide when something is wrong.",
      keys: {
        lease_remaining_minutes_warn: number("Alert lease_expiring_with_claimed_job fires below this much lease.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        repeated_no_job_warn_count: whole("Consecutive claims without a job at which repeated_no_job fires.", {
          min: 1,
          max: 1000,
          unit: "claims",
        }),
        complete_rejection_warn_count: whole("Unrepaired rejections of one attempt at which complete_rejected fires.", {
          min: 1,
          max: 100,
          unit: "rejections",
        }),
        job_not_found_after_claim_critical_count: whole(
          "Not-found answers of one attempt at which job_not_found_after_claim fires.",
          { min: 1, max: 100, unit: "answers" },
        ),
        missing_deliverable_id_warn_count: whole(
          "Claims of one job without a deliverable id at which missing_deliverable_id fires.",
          { min: 1, max: 100, unit: "claims" },
        ),
        artifact_missing_lease_minutes: number(
          "Alert artifact_missing fires for a job without a verified artifact below this much lease.",
          { above: 0, max: dayMinutes, unit: minutes },
        ),
        lease_expired_grace_seconds: number("Alert lease_expired fires this long after the expiry.", {
          min: 0,
          max: 3600,
          unit: seconds,
        }),
        lease_keepalive_minutes: number("The library renews a lease when less than this is left.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        lease_emergency_minutes: number("Below this much lease one emergency progress heartbeat is sent.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        lease_max_minutes: number("Longest lease; a claim with a longer one is a failed claim.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        page_open_minutes: number("How long a page stays open after the last sign of its worker.", {
          above: 0,
          max: 10_080,
          unit: minutes,
        }),
        event_hold_minutes: number("How long an event's page stays open when nothing clears it.", {
          above: 0,
          max: 10_080,
          unit: minutes,
        }),
        progress_stall_minutes: number("Without a sign of progress for this long, the lease is no longer renewed.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        worker_absent_heartbeats: number("Heartbeat intervals without a sign of life until worker_absent fires.", {
          min: 1,
          max: 1000,
          unit: "heartbeat intervals",
        }),
        queue_stuck_no_life_minutes: number(
          "A running job whose attempt gives no sign of life for this long is stuck (queue_stuck), unless its lease runs out first.",
          { above: 0, max: dayMinutes, unit: minutes },
        ),
        queue_stuck_lease_minutes: number("A job whose lease is over for this long is stuck (queue_stuck).", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        queue_stuck_pending_minutes: number(
          "A pool is stuck (queue_stuck) where a job waits for this long and no claim there got one for as long.",
          { above: 0, max: dayMinutes, unit: minutes },
        ),
        silent_heartbeats_warn_count: whole(
          "Heartbeats in a row that came to nothing at which silent_loop fires; repeated_no_job_warn_count where that is higher.",
          { min: 1, max: 1000, unit: "heartbeats" },
        ),
        pool_affected_percent: number(
          "Alerts of single workers are messages; this share of their pool, and pool_affected_min_workers, make a page.",
          { above: 0, max: 100, unit: percent },
        ),
        pool_affected_min_workers: whole("Least workers of a larger pool whose alerts together make a page.", {
          min: 2,
          max: 1000,
          unit: "workers",
        }),
        advancement_half_life_minutes: number(
          "On dashboards a job counts half as much for the project's advancement once it ended this long ago.",
          { above: 0, max: 10_080, unit: minutes },
        ),
        complete_safety_margin_seconds: number("A complete is refused when less lease than this is left.", {
          min: 0,
          max: 3600,
          unit: seconds,
        }),
        job_command_timeout_seconds: number("Longest time a command of the job service may take.", {
          above: 0,
          max: 3600,
          unit: seconds,
        }),
        repair_wait_seconds: number("Wait before the one retry of a repair.", { min: 0, max: 600, unit: seconds }),
        clock_offset_warn_seconds: number(
          "A worker's clock that is this far off the job service's is named, once a process, and alert telemetry_clock_off fires; jobs that a worker holds at once page after this long.",
          { above: 0, max: 3600, unit: seconds },
        ),
      },
    },
    self_heal: {
      kind: "group",
      doc: "What the watchdog may repair by itself, and what only a person may do.",
      keys: {
        allowed: list("Repairs that are made without asking.", { values: REPAIR_ACTIONS }),
        requires_human: list("Actions that are only ever proposed.", { values: HUMAN_ACTIONS }),
      },
    },
    alerts: {
      kind: "group",
      doc: "Where alerts go and which of them notify.",
      keys: {
        channel: oneOf(
          "Where an owner without a receiver of its own is told: LINE where it is configured (`receivers.line`), else the pls_ops webhook.",
          ["line_or_pls_ops"],
        ),
        notify_on: list("Which of the first five alerts notify; one left out still fires and shows.", {
          values: NOTIFIABLE_ALERT_KEYS,
        }),
        repeated_no_job_needs_backlog: flag(
          "Empty claims count for repeated_no_job only while the queue is known to hold jobs (`helper.backlog`).",
        ),
        disabled: list("Alerts that are switched off.", { values: ALERT_KEYS }),
        page_prefix: text("First line of every page, up to its colon.", lineFormat),
      },
    },
    owners: {
      kind: "map",
      doc: "The people who are paged. A receiver that `receivers` lacks stands for `alerts.channel`.",
      placeholder: "<name>",
      name: nameFormat,
      defaults: (name) => ({ receiver: name }),
      item: {
        kind: "group",
        doc: "Where one owner's alerts go.",
        keys: {
          receiver: text(
            "Receiver of what pages a person, severity critical and high; the owner's name where it is absent.",
            nameFormat,
          ),
          message_receiver: text("Receiver of messages, severity medium; `receiver` where it is absent.", nameFormat),
        },
      },
    },
    receivers: receiversSchema,
    line_bridge: lineBridgeSchema,
    quiet_hours: quietHoursSchema,
    severities: {
      kind: "group",
      doc: "Due time of each severity.",
      keys: {
        critical: severity("critical"),
        high: severity("high"),
        medium: severity("medium"),
        low: severity("low"),
      },
    },
    links: {
      kind: "group",
      doc: "Links in a page; for one that is unset the page gives the runbook's file, the dashboard's UID or the trace id.",
      keys: {
        runbook: text("Address of the runbooks; the alert's anchor is appended.", webAddressFormat),
        dashboard: text("Address of Grafana.", webAddressFormat),
        trace: text("Address of one trace.", traceAddressFormat),
      },
    },
    pipeline: {
      kind: "group",
      doc: "How often things are sent and looked at; the page latency is computed from these.",
      keys: {
        export_interval_seconds: number("How often a worker exports.", { min: 0.1, max: 60, unit: seconds }),
        row_refresh_seconds: number("How often an unchanged row is sent again, and a living worker says so.", {
          min: 0.1,
          max: 240,
          unit: seconds,
        }),
        rule_interval_seconds: number("How often Prometheus evaluates the rules.", {
          min: 0.1,
          max: 300,
          unit: seconds,
        }),
        // What a slow rule records is stale for Prometheus after five minutes: two rounds may be missed.
        slow_rule_interval_seconds: number(
          "How often Prometheus evaluates the rules that look back over hours, and those for what stands still for minutes.",
          { min: 0.1, max: 100, unit: seconds },
        ),
        group_interval_seconds: number("Wait before a page tells of another alert of its group.", {
          min: 0.1,
          max: 3600,
          unit: seconds,
        }),
        repeat_interval_minutes: number("Wait before an open page is sent again.", {
          above: 0,
          max: 10_080,
          unit: minutes,
        }),
        replay_minutes: number(
          "Longest outage that the Collector's queue bridges: Prometheus' out_of_order_time_window is at least this (`watchdog check --prometheus`).",
          { above: 0, max: 10_080, unit: minutes },
        ),
      },
    },
    series: {
      kind: "group",
      doc: "Where the fleet's series are found among those of others. Unset, rules and dashboards read every series of their names.",
      keys: {
        selectors: {
          kind: "texts",
          doc: "A value that every series must have in this label: a matcher in every rule and dashboard.",
          placeholder: "<label>",
          name: seriesLabelFormat,
          item: { kind: "text", doc: "", format: labelValueFormat },
        },
        cluster_label: text(
          "The label that tells clusters apart in one Prometheus: kept by every rule, compared by every join and inhibition, and a variable of the dashboards.",
          seriesLabelFormat,
        ),
      },
    },
    slo: {
      kind: "group",
      doc: "Objectives of each pool, and when their error budgets burn too fast (docs/concepts/slo.md).",
      keys: {
        artifact_objective_percent: number("Share of a pool's claims that end with a verified artifact.", {
          above: 0,
          max: 99.999,
          unit: percent,
        }),
        lease_objective_percent: number("Share of a pool's claims whose lease does not run out.", {
          above: 0,
          max: 99.999,
          unit: percent,
        }),
        period_days: number("The time over which the objectives hold.", { above: 0, max: 366, unit: days }),
        min_events: whole(
          "Fewer bad claims in the long window are no burn, and fewer claims in the short window do not end one: one bad job of three a day is no page.",
          { min: 1, max: 1_000_000, unit: "claims" },
        ),
        late_minutes: number(
          "How late telemetry of a claim may come and still be counted as it is: Prometheus' `out_of_order_time_window`.",
          { above: 0, max: dayMinutes, unit: minutes },
        ),
        rule_interval_seconds: number("How often claims are counted and burn rates are judged.", {
          min: 0.1,
          max: mostSecondsBetweenSamples,
          unit: seconds,
        }),
        burn: {
          kind: "group",
          doc: "The burn rates that alert: so much of the period's error budget, spent within a long window, and being spent still in a short one.",
          keys: {
            page_fast: burn("page_fast"),
            page_slow: burn("page_slow"),
            message_fast: burn("message_fast"),
            message_slow: burn("message_slow"),
          },
        },
      },
    },
    telemetry: {
      kind: "group",
      doc: "How the pipeline's own metrics are found, and when the pipeline itself is failing (alerts telemetry_*).",
      keys: {
        collector_job: text("Name of the scrape job that reads the Collectors.", nameFormat),
        prometheus_job: text("Name of the scrape job with which Prometheus reads itself.", nameFormat),
        alertmanager_job: text("Name of the scrape job that reads Alertmanager.", nameFormat),
        exporter: text("The Collector's exporter to Prometheus.", nameFormat),
        scrape_interval_seconds: number("How often Prometheus reads those three.", {
          min: 0.1,
          max: 60,
          unit: seconds,
        }),
        failing_seconds: number(
          "How long a part of the pipeline fails until that is told; a restart should take less.",
          { above: 0, max: 86_400, unit: seconds },
        ),
        catch_up_seconds: number(
          "How long the Collector's queue may take to drain once it can: pages that only time makes wait for it, and for row_refresh_seconds.",
          { min: 0, max: 3600, unit: seconds },
        ),
        queue_warn_percent: number("A queue of the Collector that is fuller than this is told.", {
          above: 0,
          max: 100,
          unit: "percent",
        }),
        restarts_warn_count: whole("So many restarts of one Collector within four times failing_seconds are told.", {
          min: 1,
          max: 1000,
          unit: "restarts",
        }),
      },
    },
    artifact: {
      kind: "group",
      doc: "Bounds of the artifact gate.",
      keys: {
        allowed_hosts: list("Hosts that a redirect may lead to beside the first one.", { format: hostFormat }),
        allowed_private_hosts: list("Hosts that may have a private or loopback address.", { format: hostFormat }),
        max_redirects: whole("Most redirects of one request.", { min: 0, max: 20, unit: "redirects" }),
        request_timeout_seconds: number("Longest time of one request, its redirects and its body.", {
          above: 0,
          max: 300,
          unit: seconds,
        }),
        max_bytes: whole("Largest body that is read.", { min: 1, max: 4_294_967_296, unit: "bytes" }),
        retry_wait_seconds: number("Wait before the one retry of a transport error, 404 or 5xx.", {
          min: 0,
          max: 60,
          unit: seconds,
        }),
      },
    },
    session: {
      kind: "group",
      doc: "When an agent's session that fails counts as dead.",
      keys: {
        limit_reset_grace_minutes: number(
          "A limit is a wait until its stated reset and this much longer, then a death.",
          {
            min: 0,
            max: dayMinutes,
            unit: minutes,
          },
        ),
        limit_unstated_wait_minutes: number("A limit that states no reset is a wait for this long, then a death.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
        no_success_minutes: number("A session that is asked for work without one success is dead after this long.", {
          above: 0,
          max: dayMinutes,
          unit: minutes,
        }),
      },
    },
    foreign_keys: list("Keys of this file that other programs read: they are warned of, not refused.", {
      format: keyPathFormat,
    }),
    runtime_controls: {
      kind: "group",
      doc: "What ends a run. Other loaders own keys here as well: those are warned of, and not read.",
      keys: {
        run_wall_clock_seconds: whole(
          "Wall-clock budget of a run; 0 is none. WATCHDOG_RUN_WALL_CLOCK_SECONDS wins over it, and works without a policy.",
          { min: 0, max: 31_536_000, unit: seconds },
        ),
      },
      foreign: ["mcp_tool_timeout_seconds", "generation_*_timeout_seconds", "watchdog_poll_seconds"],
    },
    journal: {
      kind: "group",
      doc: "How long a durable journal keeps what it holds; the oldest goes first.",
      keys: {
        retention_days: whole(
          "A record is kept this long, and the state of a worker or job after it was last written.",
          {
            min: 1,
            max: 3_650,
            unit: days,
          },
        ),
        max_records: whole("Most records that are kept, however young.", {
          min: 1_000,
          max: 10_000_000,
          unit: "records",
        }),
        once_retention_days: whole(
          "How long a record that is written only once, such as a run's cancellation, and the state of a run are kept.",
          { min: 1, max: 36_500, unit: days },
        ),
      },
    },
  },
};

function phaseCheck(phase: Phase, requiredWhen: readonly RequiredWhen[]): GroupNode<PhaseCheck> {
  return {
    kind: "group",
    doc: `The ${phase} phase.`,
    keys: {
      command: text(`The command that a shell worker runs for ${phase}.`, commandFormat),
      pass: text(`When the result of ${phase} passes.`, passFormat),
      required_when: oneOf(`When ${phase} is due.`, requiredWhen),
      severity: oneOf(`How severe a failure of ${phase} is.`, SEVERITIES),
    },
  };
}

function burn(name: BurnName): GroupNode<BurnSettings> {
  const severityName: Severity = name.startsWith("page") ? "high" : "medium";
  return {
    kind: "group",
    doc: `The burn rate ${name}.`,
    keys: {
      budget_percent: number(
        `Share of the period's error budget whose loss within ${name}'s long window is ${severityName}.`,
        {
          above: 0,
          max: 100,
          unit: percent,
        },
      ),
      long_window_minutes: number(`The long window of ${name}.`, { above: 0, max: 43_200, unit: minutes }),
      short_window_minutes: number(`The short window of ${name}: whether the budget is being spent still.`, {
        above: 0,
        max: 43_200,
        unit: minutes,
      }),
    },
  };
}

function serviceCommand(doc: string): GroupNode<ServiceCommand> {
  return { kind: "group", doc, keys: { command: text(doc, commandFormat) } };
}

function severity(name: Severity): GroupNode<SeveritySettings> {
  return {
    kind: "group",
    doc: `Alerts of severity ${name}.`,
    keys: {
      due_minutes: number(`An alert of severity ${name} is due this long after it fired.`, {
        above: 0,
        max: 43_200,
        unit: minutes,
      }),
      group_wait_seconds: number(`Wait for other alerts of the group before a ${name} alert's first page.`, {
        min: 0,
        max: 600,
        unit: seconds,
      }),
    },
  };
}
