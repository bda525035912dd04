/** The agents whose output can be judged, and what a command line says of the one that it starts. */

/** The agents whose output can be judged. */
export const AGENTS = ["codex", "claude", "gemini"] as const;
/** An agent whose output can be judged. */
export type Agent = (typeof AGENTS)[number];

/** What an agent's standard output is: text for people, one JSON object per line, or whichever of the two its first line is. */
export type OutputFormat = "text" | "json" | "auto";

/** What a command line says of its agent. */
export interface AgentCommand {
  readonly agent: Agent;
  readonly format: OutputFormat;
}

/** Programs that run the package or program which their first argument names. */
const RUNNERS: ReadonlySet<string> = new Set(["npx", "pnpx", "bunx", "env", "nice", "nohup", "timeout", "stdbuf"]);
const PACKAGES: Readonly<Record<string, Agent>> = {
  "@openai/codex": "codex",
  "@anthropic-ai/claude-code": "claude",
  "@google/gemini-cli": "gemini",
};

/**
 * The agent that `command` runs, and the format that its arguments ask for; undefined where the program is none of them. A shell script that runs an
 * agent inside is not seen through: name the agent then.
 */
export function agentOfCommand(command: readonly string[]): AgentCommand | undefined {
  const [program = "", ...rest] = command;
  const agent = agentNamed(program);
  if (agent !== undefined) return { agent, format: formatOf(rest) };
  if (!RUNNERS.has(baseName(program))) return undefined;
  // Flags, NAME=VALUE pairs and a runner's own numbers stand before the program.
  const at = rest.findIndex((word) => agentNamed(word) !== undefined);
  const inner = rest[at];
  if (inner === undefined || rest.slice(0, at).some((word) => !/^-|=|^[\d.]+[smhd]?$/.test(word))) return undefined;
  return { agent: agentNamed(inner) as Agent, format: formatOf(rest.slice(at + 1)) };
}

/** The format that an agent's arguments ask for. */
export function formatOf(args: readonly string[]): OutputFormat {
  for (const [index, word] of args.entries()) {
    if (word === "--") break;
    if (word === "--json" || word === "--experimental-json") return "json";
    const value =
      word === "--output-format" || word === "-o" ? args[index + 1] : /^--output-format=(.*)$/.exec(word)?.[1];
    if (value === "json" || value === "stream-json") return "json";
  }
  return "text";
}

function agentNamed(word: string): Agent | undefined {
  const inPackage = PACKAGES[word.replace(/(?<=.)@[^@/]*$/, "")];
  return inPackage ?? AGENTS.find((agent) => agent === baseName(word));
}

function baseName(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? "").replace(/\.(?:exe|cmd|js)$/, "");
}
