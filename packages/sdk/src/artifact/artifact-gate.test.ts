import { createHash } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { createArtifactGate } from "./artifact-gate.ts";
import {
  artifactHost,
  closeHosts,
  type Handler,
  inTurn,
  loginForm,
  manifest,
  page,
  redirect,
  report,
  sha256,
  verify,
  waits,
} from "./testing/gate-harness.ts";
import { isVerifiedArtifact } from "./verified-artifact.ts";

afterEach(closeHosts);

test("an artifact that is there passes, with what was found", async () => {
  const host = await artifactHost();
  const outcome = await verify(host, { claim: { fileCount: 2, sha256: sha256.toUpperCase(), kinds: ["html_report"] } });
  if (!outcome.passed) throw new Error(outcome.message);
  const { artifact, check } = outcome;
  expect({ ...artifact }).toEqual({
    jobId: "job-1",
    attemptId: "trace-1",
    url: `${host.origin}/report`,
    filesUrl: `${host.origin}/files.json`,
    recordUrl: `${host.origin}/report`,
    checkId: check.id,
    httpStatus: 200,
    finalStatus: 200,
    fileCount: 2,
    sha256,
    kinds: ["html_report"],
    checkedAt: 1_790_000_000_000,
    evidenceRef: `artifact-check/${check.id}`,
  });
  expect(check).toEqual({
    id: artifact.checkId,
    jobId: "job-1",
    attemptId: "trace-1",
    url: `${host.origin}/report`,
    filesUrl: `${host.origin}/files.json`,
    statuses: [200],
    fileListStatuses: [200],
    httpStatus: 200,
    fileCount: 2,
    sha256,
    tries: 1,
    checkedAt: 1_790_000_000_000,
    reason: undefined,
  });
  expect(Object.isFrozen(check)).toBe(true);
  expect(isVerifiedArtifact(artifact, "job-1", "trace-1")).toBe(true);
  expect(isVerifiedArtifact(artifact, "job-1", "trace-2")).toBe(false);
  expect(waits).toEqual([]);
});

test("a redirect on the same host passes by its first status, and each status is recorded", async () => {
  const host = await artifactHost({
    "/report": redirect("/v2/report"),
    "/v2/report": redirect("final", 307),
    "/v2/final": page(report),
    "/files.json": redirect("/list", 301),
    "/list": page(manifest, "application/json"),
  });
  const outcome = await verify(host);
  expect(outcome.passed && outcome.artifact.httpStatus).toBe(302);
  expect(outcome.passed && outcome.artifact.finalStatus).toBe(200);
  expect(outcome.check.statuses).toEqual([302, 307, 200]);
  expect(outcome.check.fileListStatuses).toEqual([301, 200]);
});

test.each<[string, Readonly<Record<string, Handler>>]>([
  ["404", { "/report": inTurn(page("", "text/plain", 404), page(report)) }],
  ["503", { "/report": inTurn(page("", "text/plain", 503), page(report)) }],
  ["a cut connection", { "/report": inTurn((request) => request.socket.destroy(), page(report)) }],
  ["404 of the file list", { "/files.json": inTurn(page("", "text/plain", 404), page(manifest, "application/json")) }],
])("%s and then 200 passes on the one retry", async (_, routes) => {
  const outcome = await verify(await artifactHost(routes));
  expect(outcome.passed).toBe(true);
  expect(outcome.check.tries).toBe(2);
  expect(outcome.check.statuses).toEqual([200]);
  expect(waits).toEqual([3_000]);
});

test("there is one retry in all, whichever request failed", async () => {
  const host = await artifactHost({
    "/report": inTurn(page("", "text/plain", 404), page(report)),
    "/files.json": inTurn(page("", "text/plain", 404), page(manifest, "application/json")),
  });
  const outcome = await verify(host);
  expect(outcome.passed).toBe(false);
  expect(host.requests.map(({ path }) => path)).toEqual(["/report", "/report", "/files.json"]);
});

test.each([
  [5, true],
  [6, false],
])("%i redirects pass: %j", async (count, passes) => {
  const routes = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`/r${index}`, redirect(`/r${index + 1}`)]),
  );
  const host = await artifactHost({ ...routes, [`/r${count}`]: page(report) });
  const outcome = await verify(host, { claim: { url: `${host.origin}/r0` } });
  expect(outcome.passed).toBe(passes);
});

test.each([
  [1000, true],
  [1001, false],
])("a body of %i bytes of 1000 passes: %j", async (length, passes) => {
  const host = await artifactHost({
    "/report": (_, response) => void response.write("x".repeat(length - 1), () => response.end("x")),
  });
  const outcome = await verify(host, { settings: { max_bytes: 1000 } });
  expect(outcome.passed).toBe(passes);
});

test.each([
  [4_194_304, true],
  [4_194_305, false],
])("a file list of %i bytes passes: %j", async (length, passes) => {
  const host = await artifactHost({ "/files.json": page(manifest.padEnd(length), "application/json") });
  expect((await verify(host)).passed).toBe(passes);
});

test("a page of the worker's own with a password field passes by its digest", async () => {
  const host = await artifactHost({ "/report": page(loginForm) });
  const digest = createHash("sha256").update(loginForm).digest("hex");
  expect((await verify(host, { claim: { sha256: digest } })).passed).toBe(true);
});

test("a redirect may lead to an allowed host, and the trace context stays behind", async () => {
  const other = await artifactHost({ "/copy": page(report) });
  const host = await artifactHost({ "/report": redirect(`${other.origin}/copy`) });
  const headers = { traceparent: "00-aa-bb-01", tracestate: "k=v", authorization: "Bearer secret" };
  const outcome = await verify(host, {
    settings: { allowed_hosts: [other.host], allowed_private_hosts: [host.host, other.host] },
    context: { headers },
  });
  expect(outcome.passed).toBe(true);
  expect(host.requests.map((request) => request.headers["traceparent"])).toEqual(["00-aa-bb-01", "00-aa-bb-01"]);
  expect(host.requests.map((request) => request.headers["tracestate"])).toEqual(["k=v", "k=v"]);
  expect(other.requests).toHaveLength(1);
  for (const { headers: sent } of other.requests) expect(sent).not.toHaveProperty("traceparent");
  for (const { headers: sent } of [...host.requests, ...other.requests]) {
    expect(sent).not.toHaveProperty("authorization");
    expect(sent["accept-encoding"]).toBe("identity");
    // No pooled connection: its address would not have been checked.
    expect(sent["connection"]).toBe("close");
  }
});

test("a file list on another host gets no trace context", async () => {
  const lists = await artifactHost();
  const host = await artifactHost();
  const outcome = await verify(host, {
    claim: { filesUrl: `${lists.origin}/files.json` },
    settings: { allowed_private_hosts: [host.host, lists.host] },
    context: { headers: { traceparent: "00-aa-bb-01" } },
  });
  expect(outcome.passed).toBe(true);
  expect(lists.requests[0]?.headers).not.toHaveProperty("traceparent");
});

test("credentials are neither sent nor recorded, and the query is not recorded", async () => {
  const host = await artifactHost({
    "/report": redirect(`//me:secret@$HOST/final?signature=secret`),
    "/final": page(report),
  });
  const withSecrets = (path: string): string => `http://user:secret@${host.host}${path}?signature=secret#secret`;
  const outcome = await verify(host, { claim: { url: withSecrets("/report"), filesUrl: withSecrets("/files.json") } });
  if (!outcome.passed) throw new Error(outcome.message);
  expect(JSON.stringify(outcome.check)).not.toContain("secret");
  expect(outcome.artifact.recordUrl).toBe(`${host.origin}/report`);
  expect(outcome.artifact.url).toBe(`${host.origin}/report?signature=secret#secret`);
  for (const { headers } of host.requests) expect(headers).not.toHaveProperty("authorization");
  expect(host.requests.map(({ path }) => path)).toEqual([
    "/report?signature=secret",
    "/final?signature=secret",
    "/files.json?signature=secret",
  ]);
  const refused = await verify(host, { claim: { url: withSecrets("/none"), filesUrl: withSecrets("/files.json") } });
  expect(JSON.stringify(refused)).not.toContain("secret");
});

test("a name is checked after DNS, by every address that it has", async () => {
  const host = await artifactHost();
  const port = host.host.split(":")[1];
  const claim = { url: `http://files.example:${port}/report`, filesUrl: `http://files.example:${port}/files.json` };
  const lookup = (addresses: readonly string[]) => async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["fd00::1"]]) {
    const outcome = await verify(host, { claim, lookup: lookup(addresses) });
    expect(outcome.passed === false && outcome.reason).toBe("address_refused");
  }
  expect(host.requests).toEqual([]);
  const allowed = await verify(host, {
    claim,
    lookup: lookup(["127.0.0.1"]),
    settings: { allowed_private_hosts: ["files.example"] },
  });
  expect(allowed.passed).toBe(true);
});

test("a name that changes its address between two requests is checked on each", async () => {
  const host = await artifactHost({ "/report": redirect("/again"), "/again": page(report) });
  const url = `http://files.example:${host.host.split(":")[1]}/report`;
  const answers = ["93.184.216.34", "127.0.0.1"];
  const outcome = await verify(host, {
    claim: { url },
    lookup: async () => [{ address: answers.pop() ?? "", family: 4 }],
  });
  expect(outcome.passed === false && outcome.reason).toBe("address_refused");
  expect(host.requests).toEqual([]);
});

test("a name that does not resolve is a transport error, tried twice", async () => {
  const host = await artifactHost();
  const claim = { url: "http://files.example/report" };
  const failing = async (): Promise<never> => {
    throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
  };
  for (const lookup of [failing, async () => []]) {
    const outcome = await verify(host, { claim, lookup });
    expect(outcome.passed === false && outcome.reason).toBe("transport");
    expect(outcome.check.tries).toBe(2);
    expect(outcome.check.httpStatus).toBeUndefined();
  }
});

test("localhost is refused by the system's own lookup", async () => {
  const host = await artifactHost();
  const outcome = await verify(host, { claim: { url: `http://localhost:${host.host.split(":")[1]}/report` } });
  expect(outcome.passed === false && outcome.reason).toBe("address_refused");
});

test("an abort ends a request, and verify rejects with the signal's reason", async () => {
  const abort = new AbortController();
  const host = await artifactHost({ "/report": () => abort.abort(new Error("the lease ran out")) });
  await expect(verify(host, { context: { signal: abort.signal } })).rejects.toThrow("the lease ran out");
});

test("an abort ends the wait before the retry", async () => {
  const abort = new AbortController();
  const host = await artifactHost({ "/report": page("", "text/plain", 404) });
  const wait = async (): Promise<void> => abort.abort(new Error("the lease ran out"));
  await expect(verify(host, { wait, context: { signal: abort.signal } })).rejects.toThrow("the lease ran out");
  expect(host.requests).toHaveLength(1);
});

test("an abort ends the real wait as well", async () => {
  const abort = new AbortController();
  const host = await artifactHost({ "/report": page("", "text/plain", 404) });
  host.onRequest = () => void setTimeout(() => abort.abort(new Error("the lease ran out")), 20);
  const waiting = verify(host, {
    wait: undefined,
    settings: { retry_wait_seconds: 60 },
    context: { signal: abort.signal },
  });
  await expect(waiting).rejects.toThrow("the lease ran out");
});

test("a signal that was aborted before sends nothing", async () => {
  const host = await artifactHost();
  await expect(verify(host, { context: { signal: AbortSignal.abort(new Error("stopped")) } })).rejects.toThrow(
    "stopped",
  );
  expect(host.requests).toEqual([]);
});

test("a body far larger than memory should hold is hashed as it streams", async () => {
  const chunk = Buffer.alloc(1_048_576, 7);
  const chunks = 48;
  const host = await artifactHost({
    "/report": (_, response) => {
      let sent = 0;
      const send = (): void => {
        while (sent < chunks) {
          sent += 1;
          if (!response.write(chunk)) return void response.once("drain", send);
        }
        response.end();
      };
      send();
    },
  });
  const hash = createHash("sha256");
  for (let index = 0; index < chunks; index += 1) hash.update(chunk);
  const outcome = await verify(host, { settings: { max_bytes: 64 * 1_048_576 } });
  expect(outcome.check.sha256).toBe(hash.digest("hex"));
});

test("a pass expression that does not compile is refused when the gate is made", () => {
  expect(() => createArtifactGate({ pass: "status = 200" })).toThrow("pass expression, column 8");
});
