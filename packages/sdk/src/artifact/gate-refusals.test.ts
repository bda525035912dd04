import { createHash } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { ARTIFACT_REASONS } from "../semconv/index.ts";
import {
  artifactHost,
  closeHosts,
  endless,
  type Handler,
  loginForm,
  page,
  redirect,
  type Setting,
  sha256,
  verify,
  waits,
} from "./testing/gate-harness.ts";

afterEach(closeHosts);

interface Refusal {
  readonly name: string;
  readonly reason: string;
  readonly routes?: Readonly<Record<string, Handler>>;
  readonly setting?: Setting;
  readonly tries?: number;
  readonly message?: string;
}

const refusals: readonly Refusal[] = [
  {
    name: "404, also on the retry",
    reason: "http_status",
    routes: { "/report": page("", "text/plain", 404) },
    tries: 2,
    message: "found status 404, allowed primary_artifact_url_http_status in [200, 302]",
  },
  { name: "500", reason: "http_status", routes: { "/report": page("", "text/plain", 500) }, tries: 2 },
  { name: "403", reason: "http_status", routes: { "/report": page("", "text/plain", 403) } },
  { name: "401", reason: "http_status", routes: { "/report": page("", "text/plain", 401) } },
  {
    name: "301 first, which the default policy does not pass",
    reason: "http_status",
    routes: { "/report": redirect("/files.json", 301) },
  },
  { name: "204 first", reason: "http_status", routes: { "/report": (_, response) => response.writeHead(204).end() } },
  {
    name: "a redirect that ends in 404",
    reason: "http_status",
    routes: { "/report": redirect("/gone") },
    tries: 2,
    message: "found status 404, allowed 200 at the end",
  },
  {
    name: "a redirect that ends in 410",
    reason: "http_status",
    routes: { "/report": redirect("/old"), "/old": page("", "text/html", 410) },
  },
  {
    name: "a file list with 404",
    reason: "http_status",
    routes: { "/files.json": page("", "text/plain", 404) },
    tries: 2,
  },
  {
    name: "a policy that asks for 302",
    reason: "http_status",
    setting: { pass: "primary_artifact_url_http_status == 302" },
  },
  {
    name: "a redirect to another host",
    reason: "redirect_refused",
    routes: { "/report": redirect("https://other.example/report") },
  },
  {
    name: "a redirect to another port",
    reason: "redirect_refused",
    routes: { "/report": redirect("http://127.0.0.1:1/report") },
  },
  { name: "a redirect to a file", reason: "redirect_refused", routes: { "/report": redirect("file:///etc/passwd") } },
  { name: "a redirect to nowhere", reason: "redirect_refused", routes: { "/report": redirect("http://[") } },
  {
    name: "a redirect without an address",
    reason: "redirect_refused",
    routes: { "/report": (_, response) => response.writeHead(302).end() },
  },
  {
    name: "a redirect to itself",
    reason: "redirect_refused",
    routes: { "/report": redirect("/report") },
    message: "found more than 5 redirects, allowed 5",
  },
  {
    name: "a file list on another host by redirect",
    reason: "redirect_refused",
    routes: { "/files.json": redirect("//other.example/") },
  },
  {
    name: "a redirect to a sign-in page",
    reason: "sign_in_page",
    routes: { "/report": redirect("/login?next=/report"), "/login": page(loginForm) },
  },
  {
    name: "a redirect to a sign-in host",
    reason: "sign_in_page",
    routes: { "/report": redirect("https://login.example/") },
  },
  { name: "a sign-in form in the artifact's place", reason: "sign_in_page", routes: { "/report": page(loginForm) } },
  {
    name: "a sign-in form with a digest that is not the stated one",
    reason: "sign_in_page",
    routes: { "/report": page(loginForm) },
    setting: { claim: { sha256 } },
  },
  {
    name: "a sign-in form without a type",
    reason: "sign_in_page",
    routes: { "/report": (_, response) => response.end(loginForm) },
  },
  { name: "a sign-in form in the list's place", reason: "sign_in_page", routes: { "/files.json": page(loginForm) } },
  { name: "a loopback address", reason: "address_refused", setting: { settings: { allowed_private_hosts: [] } } },
  {
    name: "another port of an allowed host",
    reason: "address_refused",
    setting: { settings: { allowed_private_hosts: ["127.0.0.1:1"] } },
  },
  {
    name: "a redirect to a private address on an allowed host",
    reason: "address_refused",
    routes: { "/report": redirect("http://169.254.169.254/latest/meta-data") },
    setting: { settings: { allowed_hosts: ["169.254.169.254"] } },
  },
  {
    name: "a redirect to a private address in other clothes",
    reason: "address_refused",
    routes: { "/report": redirect("http://0x7f.1/") },
    setting: { settings: { allowed_hosts: ["127.0.0.1:80"] } },
  },
  {
    name: "an embedded IPv4 address",
    reason: "address_refused",
    routes: { "/report": redirect("http://[::ffff:127.0.0.1]/") },
    setting: { settings: { allowed_hosts: ["[::ffff:127.0.0.1]"] } },
  },
  {
    name: "a connection that is cut",
    reason: "transport",
    routes: { "/report": (request) => request.socket.destroy() },
    tries: 2,
  },
  {
    name: "a body that is cut",
    reason: "transport",
    routes: {
      "/report": (request, response) => {
        response.writeHead(200, { "content-length": "1000" }).write("part", () => request.socket.destroy());
      },
    },
    tries: 2,
  },
  {
    name: "a chunked body that is cut",
    reason: "transport",
    routes: { "/report": (request, response) => response.write("part", () => request.socket.destroy()) },
    tries: 2,
  },
  {
    name: "an encoding that was not asked for",
    reason: "transport",
    routes: { "/report": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x") },
    message: "found content-encoding gzip, allowed identity",
  },
  {
    name: "no HTTP",
    reason: "transport",
    routes: { "/report": (request) => request.socket.end("SSH-2.0-OpenSSH_9\r\n") },
    tries: 2,
  },
  {
    name: "a huge head",
    reason: "transport",
    routes: { "/report": (_, response) => response.writeHead(200, { "x-big": "x".repeat(20_000) }).end() },
    tries: 2,
  },
  {
    name: "a head that never comes",
    reason: "transport",
    routes: { "/report": () => undefined },
    setting: { settings: { request_timeout_seconds: 0.05 } },
    tries: 2,
    message: "found no whole response within 0.05 s",
  },
  {
    name: "a body that comes one byte at a time",
    reason: "transport",
    routes: {
      "/report": (_, response) => {
        const timer = setInterval(() => response.write("x"), 5);
        response.on("close", () => clearInterval(timer));
      },
    },
    setting: { settings: { request_timeout_seconds: 0.05 } },
    tries: 2,
  },
  {
    name: "redirects that each take their time",
    reason: "transport",
    routes: {
      "/report": (_, response) => void setTimeout(() => response.writeHead(302, { location: "/report" }).end(), 30),
    },
    setting: { settings: { request_timeout_seconds: 0.05 } },
    tries: 2,
  },
  {
    name: "a body that says that it is too large",
    reason: "too_large",
    routes: { "/report": (_, response) => response.writeHead(200, { "content-length": "1001" }).write("x") },
    setting: { settings: { max_bytes: 1000 } },
  },
  {
    name: "a body that never ends",
    reason: "too_large",
    routes: { "/report": endless },
    setting: { settings: { max_bytes: 1_000_000 } },
    message: "found a body of more than 1000000 bytes",
  },
  { name: "an artifact of no bytes", reason: "empty_artifact", routes: { "/report": page("") } },
  {
    name: "an artifact of no bytes, with the digest of nothing stated",
    reason: "empty_artifact",
    routes: { "/report": page("") },
    setting: { claim: { sha256: createHash("sha256").update("").digest("hex") } },
  },
  { name: "a file list that never ends", reason: "too_large", routes: { "/files.json": endless } },
  {
    name: "a file list that is no list",
    reason: "file_list_unreadable",
    routes: { "/files.json": page("hello", "text/plain") },
  },
  {
    name: "hostile JSON as the file list",
    reason: "file_list_unreadable",
    routes: { "/files.json": page('{"files":'.repeat(100_000), "application/json") },
  },
  {
    name: "an empty file list",
    reason: "empty_file_list",
    routes: { "/files.json": page('{"files": []}', "application/json") },
  },
  { name: "an empty listing", reason: "empty_file_list", routes: { "/files.json": page('<a href="../">up</a>') } },
  {
    name: "fewer files than stated",
    reason: "count_mismatch",
    setting: { claim: { fileCount: 3 } },
    message: "found 2 files in the list, allowed the stated 3",
  },
  { name: "more files than stated", reason: "count_mismatch", setting: { claim: { fileCount: 1 } } },
  { name: "another digest than stated", reason: "digest_mismatch", setting: { claim: { sha256: "0".repeat(64) } } },
  { name: "a claim that is no claim", reason: "publish_failed", setting: { claim: { url: "report.html" } }, tries: 0 },
];

test.each(refusals)("$name: $reason", async ({ reason, routes, setting, tries = 1, message = "found " }) => {
  const outcome = await verify(await artifactHost(routes), setting);
  if (outcome.passed) throw new Error("it passed");
  expect(outcome.reason).toBe(reason);
  expect(outcome.check.reason).toBe(reason);
  expect(outcome.check.tries).toBe(tries);
  expect(waits).toEqual(tries === 2 ? [3_000] : []);
  if (tries > 0) expect(outcome.message).toContain(message);
  expect(outcome.message).toMatch(
    /^The artifact of job job-1 .*did not pass the gate \([a-z_]+\): .+\. Publish it again, or call job\.fail\(\)\.$/,
  );
});

test("every reason that the gate can give is in the table", () => {
  const given = new Set(refusals.map(({ reason }) => reason));
  // These two are the attempt's, not the gate's.
  expect(ARTIFACT_REASONS.filter((reason) => !given.has(reason))).toEqual(["attempt_ended", "lease_expiring"]);
});
