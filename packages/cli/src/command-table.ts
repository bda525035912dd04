/** The commands of `watchdog`. Each is loaded when it is asked for: `exec` runs many times a minute, and needs no dashboards. */
import type { CommandEntry } from "./command.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "exec",
    summary: "Runs a command as a phase of a worker: any command, in any language.",
    load: async () => (await import("./commands/exec.ts")).execCommand,
  },
  {
    name: "session",
    summary: "Runs a whole agent (Codex, Claude Code, Gemini CLI), and reports when its session waits or dies.",
    load: async () => (await import("./commands/session.ts")).sessionCommand,
  },
  {
    name: "status",
    summary: "Shows what a worker of this machine is at: health, job, lease, what is stuck and what to do.",
    load: async () => (await import("./commands/status.ts")).statusCommand,
  },
  {
    name: "doctor",
    summary: "Checks this machine's set-up: versions, Collector, clock, policy and journal; says what to do.",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "settle",
    summary: "Closes the pages of a job that nobody else can, on record as the operator's. The queue is not touched.",
    load: async () => (await import("./commands/settle.ts")).settleCommand,
  },
  {
    name: "retire",
    summary: "Says that a worker is gone for good: its pages end, and do not come back.",
    load: async () => (await import("./commands/retire.ts")).retireCommand,
  },
  {
    name: "page-test",
    summary: "Sends a synthetic page to every owner's receivers, and says which must show it.",
    load: async () => (await import("./commands/page-test.ts")).pageTestCommand,
  },
  {
    name: "generate",
    summary: "Writes rules, their tests, Alertmanager's configuration, runbooks and dashboards from the policy.",
    load: async () => (await import("./commands/generate.ts")).generateCommand,
  },
  {
    name: "check",
    summary: "Checks a policy: errors, warnings, keys that took defaults, and the page latency of each alert.",
    load: async () => (await import("./commands/check.ts")).checkCommand,
  },
  {
    name: "line-bridge",
    summary: "Takes Alertmanager's notifications and sends them to LINE chats, until it is stopped.",
    load: async () => (await import("./commands/line-bridge.ts")).lineBridgeCommand,
  },
];
