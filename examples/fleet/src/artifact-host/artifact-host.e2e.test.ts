import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ArtifactHost, type ArtifactRequest, startArtifactHost } from "./start-artifact-host.ts";

let directory: string;
let host: ArtifactHost;
let seen: ArtifactRequest[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "artifact-host-"));
  seen = [];
  host = await startArtifactHost({ directory, onRequest: (request) => seen.push(request) });
});
afterEach(async () => {
  await host.stop();
  await rm(directory, { recursive: true });
});

const put = (path: string, body: string): Promise<Response> => fetch(`${host.url}${path}`, { method: "PUT", body });
const get = (path: string): Promise<Response> => fetch(`${host.url}${path}`);

describe("the artifact host", () => {
  it("gives back what was put, with its type, and lists it", async () => {
    const html = "<h1>Report</h1>";
    expect((await put("/deliverables/r.1/index.html", html)).status).toBe(201);
    await put("/deliverables/r.1/summary.csv", "region,total\n");
    const page = await get("/deliverables/r.1/index.html");
    expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
      200,
      "text/html; charset=utf-8",
      html,
    ]);
    expect(await (await get("/deliverables/r.1/manifest.json")).json()).toEqual({
      files: [
        { name: "index.html", bytes: html.length, sha256: createHash("sha256").update(html).digest("hex") },
        { name: "summary.csv", bytes: 13, sha256: expect.any(String) },
      ],
    });
    expect(seen.map(({ method, path, status }) => `${method} ${path} ${status}`).slice(0, 1)).toEqual([
      "PUT /deliverables/r.1/index.html 201",
    ]);
  });

  it("keeps folders apart, and has an empty list for an unknown one", async () => {
    await put("/shared/job-1/index.html", "one");
    expect((await get("/shared/job-2/index.html")).status).toBe(404);
    expect(await (await get("/shared/job-2/manifest.json")).json()).toEqual({ files: [] });
  });

  it("loses what it is told to lose, and says so to nobody who puts", async () => {
    host.lose("deliverables/lost");
    expect((await put("/deliverables/lost/index.html", "x")).status).toBe(201);
    expect((await get("/deliverables/lost/index.html")).status).toBe(404);
    expect((await get("/deliverables/lost/manifest.json")).status).toBe(404);
  });

  it.each([
    "/",
    "/index.html",
    "/other/x/index.html",
    "/shared/x/%2e%2e%2f%2e%2e%2fescaped",
    "/shared/%2e%2e/escaped",
    "/shared/x/.hidden",
    "/shared/x/y/z",
    "/shared/x/%E0%A4%A",
  ])("takes nothing at %s", async (path) => {
    expect((await put(path, "x")).status).toBe(404);
    expect(await readdir(directory)).toEqual([]);
  });

  it("refuses other methods, a manifest of somebody else, and a file beyond its limit", async () => {
    expect((await fetch(`${host.url}/shared/x/y`, { method: "DELETE" })).status).toBe(405);
    expect((await put("/shared/x/manifest.json", "{}")).status).toBe(409);
    expect((await put("/shared/x/big", "x".repeat(8_388_609))).status).toBe(413);
  });
});
