/** A good artifact on a real host, and a gate to verify it with; each test changes one thing. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { defaultPolicy } from "../../policy/default-policy.ts";
import type { ArtifactSettings } from "../../policy/policy.ts";
import type { ArtifactClaim } from "../artifact-claim.ts";
import { type ArtifactGateOptions, createArtifactGate } from "../artifact-gate.ts";
import type { GateOutcome, VerifyContext } from "../gate-outcome.ts";
import { ArtifactHost } from "./artifact-host.ts";

const hosts: ArtifactHost[] = [];

/** Ends the hosts of the test that was run. */
export async function closeHosts(): Promise<void> {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
}

/** The artifact that a good host serves. */
export const report = "<!doctype html><h1>Report</h1>";
/** Its digest. */
export const sha256 = createHash("sha256").update(report).digest("hex");
/** Its file list, of two files. */
export const manifest = JSON.stringify({ files: ["index.html", "data.json"] });
/** A page that asks for a sign-in. */
export const loginForm = '<form action="/session"><input name="user"><input name="p" type="password"></form>';
/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A host that serves a good artifact, with some paths replaced. */
export async function artifactHost(routes: Readonly<Record<string, Handler>> = {}): Promise<ArtifactHost> {
  const host = await ArtifactHost.start({
    "/report": page(report),
    "/files.json": page(manifest, "application/json"),
    ...routes,
  });
  hosts.push(host);
  return host;
}

/** Answers with a body. */
export function page(body: string, type = "text/html; charset=utf-8", status = 200): Handler {
  return (_, response) => response.writeHead(status, { "content-type": type }).end(body);
}

/** Answers with a redirect. */
export function redirect(location: string, status = 302): Handler {
  return (_, response) => response.writeHead(status, { location }).end();
}

/** Answers with each handler in turn; the last one stays. */
export function inTurn(...handlers: readonly Handler[]): Handler {
  let next = 0;
  return (request, response) => handlers[Math.min(next++, handlers.length - 1)]?.(request, response);
}

/** What a test changes. */
export interface Setting extends Omit<ArtifactGateOptions, "settings"> {
  readonly settings?: Partial<ArtifactSettings>;
  readonly claim?: Partial<ArtifactClaim>;
  readonly context?: Partial<VerifyContext>;
}

/** Milliseconds of each wait of the last {@link verify}. */
export const waits: number[] = [];
/** Verifies the host's artifact with a gate that may reach it. */
export async function verify(
  host: ArtifactHost,
  { settings, claim, context, ...options }: Setting = {},
): Promise<GateOutcome> {
  waits.length = 0;
  const gate = createArtifactGate({
    settings: { ...defaultPolicy.artifact, allowed_private_hosts: [host.host], ...settings },
    now: () => 1_790_000_000_000,
    wait: async (millis) => waits.push(millis),
    ...options,
  });
  return gate.verify(
    { url: `${host.origin}/report`, filesUrl: `${host.origin}/files.json`, ...claim },
    { jobId: "job-1", attemptId: "trace-1", ...context },
  );
}

/** Sends for ever. */
export function endless(_: IncomingMessage, response: ServerResponse): void {
  const block = "x".repeat(65_536);
  const send = (): void => {
    while (!response.destroyed && response.write(block));
    if (!response.destroyed) response.once("drain", send);
  };
  response.on("error", () => undefined);
  send();
}
