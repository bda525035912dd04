/** Says who listens on a port, where the system tells. */
import { readdir, readFile, readlink } from "node:fs/promises";

const LISTEN_STATE = "0A";

/**
 * Describes the process that listens on a TCP port, as `process 4242 (/usr/bin/prometheus --config…)`.
 *
 * Linux alone tells (through /proc); elsewhere, and for another user's process, the answer names the tool that does.
 */
export async function describePortOwner(port: number): Promise<string> {
  const inodes = new Set([
    ...(await listeningInodes("/proc/net/tcp", port)),
    ...(await listeningInodes("/proc/net/tcp6", port)),
  ]);
  if (inodes.size > 0) {
    for (const pid of await processIds()) {
      if (await holdsSocket(pid, inodes)) return `process ${pid} (${await commandLine(pid)})`;
    }
  }
  return `another process (\`lsof -i :${port}\` or \`ss -ltnp\` names it)`;
}

async function listeningInodes(table: string, port: number): Promise<string[]> {
  const text = await readFile(table, "utf8").catch(() => "");
  const inodes: string[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const localPort = Number.parseInt(local?.split(":")[1] ?? "", 16);
    if (localPort === port && state === LISTEN_STATE && inode !== undefined) inodes.push(inode);
  }
  return inodes;
}

async function processIds(): Promise<string[]> {
  const entries = await readdir("/proc").catch(() => []);
  return entries.filter((entry) => /^\d+$/.test(entry));
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function commandLine(pid: string): Promise<string> {
  const raw = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const command = raw.replaceAll("\0", " ").trim();
  return command.length > 120 ? `${command.slice(0, 117)}…` : command || "command unknown";
}
