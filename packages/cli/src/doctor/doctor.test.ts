import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileSystemOf, openJournal } from "@worker-watchdog/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noteExport } from "../exec/export-record.ts";
import { runCommand } from "../run-command.ts";
import { checkCollector, clockFinding } from "./check-collector.ts";
import { checkJournal } from "./check-journal.ts";
import { checkNode } from "./check-node.ts";
import { checkPackages } from "./check-packages.ts";
import { compareVersions } from "./compare-versions.ts";
import { installedPackages, ownDependencies } from "./installed-packages.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "watchdog-doctor-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const levels = (findings: readonly { readonly level: string; readonly subject: string }[]) =>
  findings.map(({ level, subject }) => `${level} ${subject}`);

test.each([
  ["22.15.0", "22.15.0", 0],
  ["22.14.9", "22.15.0", -1],
  ["24.0.0", "22.15.0", 1],
  ["v1.10.0-rc.1", "1.9.9", 1],
])("compareVersions %s, %s: %i", (left, right, sign) => {
  expect(Math.sign(compareVersions(left, right))).toBe(sign);
});

test.each([
  ["22.14.0", "fail"],
  ["22.15.0", "ok"],
  ["24.20.0", "ok"],
])("Node %s: %s", (version, level) => {
  expect(checkNode(version).level).toBe(level);
});

describe("the project's packages", () => {
  const install = (path: string, name: string, version: string): void => {
    const folder = join(directory, path, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version }));
  };

  test("one copy of each is found wherever it is, also through links, once", () => {
    install("", "@opentelemetry/api", "1.10.0");
    install("node_modules/.pnpm/sdk@1", "@opentelemetry/sdk-metrics", "3.1.0");
    mkdirSync(join(directory, "node_modules/@opentelemetry"), { recursive: true });
    symlinkSync(
      join(directory, "node_modules/.pnpm/sdk@1/node_modules/@opentelemetry/sdk-metrics"),
      join(directory, "node_modules/@opentelemetry/sdk-metrics"),
    );
    mkdirSync(join(directory, "packages/inner"), { recursive: true });
    const copies = installedPackages(join(directory, "packages/inner"));
    expect(copies.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "@opentelemetry/api 1.10.0",
      "@opentelemetry/sdk-metrics 3.1.0",
    ]);
    expect(levels(checkPackages(copies, new Set()))).toEqual(["ok OpenTelemetry API", "ok OpenTelemetry copies"]);
  });

  test("a second copy within a dependency is named, with what to do", () => {
    install("", "@opentelemetry/sdk-metrics", "3.1.0");
    install("node_modules/other", "@opentelemetry/sdk-metrics", "2.0.0");
    const findings = checkPackages(installedPackages(directory), new Set());
    expect(findings[1]).toMatchObject({
      level: "fail",
      found: expect.stringMatching(/sdk-metrics (3\.1\.0, 2\.0\.0|2\.0\.0, 3\.1\.0)/),
      action: expect.stringContaining("overrides"),
    });
  });

  test.each([
    ["1.9.0", "fail"],
    ["2.0.0", "fail"],
    ["1.10.0", "ok"],
  ])("API %s: %s", (version, level) => {
    install("", "@opentelemetry/api", version);
    expect(checkPackages(installedPackages(directory), new Set())[0]?.level).toBe(level);
  });

  test("its own MeterProvider without our rows is a warning", () => {
    writeFileSync(join(directory, "package.json"), '{"dependencies":{"@opentelemetry/sdk-node":"1"}}');
    expect(levels(checkPackages([], ownDependencies(directory)))).toContain("warn MeterProvider");
    writeFileSync(
      join(directory, "package.json"),
      '{"dependencies":{"@opentelemetry/sdk-node":"1","@worker-watchdog/node":"1"}}',
    );
    expect(levels(checkPackages([], ownDependencies(directory)))).toContain("ok MeterProvider");
  });
});

describe("the clock", () => {
  const at = Date.parse("2026-03-01T12:00:00Z");
  test.each([
    [0, "ok"],
    [9, "ok"],
    [-9, "ok"],
    [11, "warn"],
    [-11, "warn"],
    [29, "warn"],
    [32, "fail"],
    [-31, "fail"],
  ])("%i s off: %s", (seconds, level) => {
    const now = at + seconds * 1_000;
    const finding = clockFinding(
      new Date(at).toUTCString(),
      now,
      now + 20,
      { warnSeconds: 10, failSeconds: 30 },
      "its",
    );
    expect(finding.level).toBe(level);
  });
});

describe("the Collector", () => {
  const ask = async (status: number, date?: string) => {
    const server = createServer((_, response) => {
      if (date !== undefined) response.setHeader("date", date);
      response.writeHead(status).end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const metricsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
    try {
      return await checkCollector({ metricsUrl, headers: {}, warnSeconds: 10, failSeconds: 30 });
    } finally {
      server.close();
    }
  };

  test("answers", async () => {
    expect(levels(await ask(200))).toEqual(["ok Collector", "ok clock"]);
  });

  test.each([401, 404, 500])("answers %i", async (status) => {
    expect(levels(await ask(status))).toContain("fail Collector");
  });

  test("has another time", async () => {
    expect(levels(await ask(200, new Date(Date.now() - 90_000).toUTCString()))).toContain("fail clock");
  });

  test("is not there", async () => {
    const [finding] = await checkCollector({
      metricsUrl: "http://127.0.0.1:9/v1/metrics",
      headers: {},
      warnSeconds: 10,
      failSeconds: 30,
    });
    expect(finding).toMatchObject({ level: "fail", action: expect.stringContaining("OTEL_EXPORTER_OTLP_ENDPOINT") });
  });
});

describe("the journal", () => {
  const file = () => join(directory, "state", "journal.db");
  const check = (type = 61_267) =>
    checkJournal({
      file: file(),
      open: (path) => openJournal({ file: path }),
      fileSystemOf: () => fileSystemOf("/", type),
    });

  test("is not made by looking at it", () => {
    expect(levels(check())).toEqual(["ok journal"]);
    expect(levels(check())).toEqual(["ok journal"]);
  });

  test("reads and writes, and holds nothing of the check", () => {
    openJournal({ file: file() }).close();
    expect(levels(check())).toEqual(["ok journal", "ok leases"]);
    const journal = openJournal({ file: file() });
    expect(journal.get("doctor", "probe")).toBeUndefined();
    journal.close();
  });

  test("R4.6: a lease that was too short for keep-alive is named", () => {
    const journal = openJournal({ file: file() });
    journal.append({
      kind: "worker_watchdog_event",
      id: "1",
      name: "worker.lease.short",
      atMillis: 1_800_000_000_000,
      workerPool: "p",
      workerId: "w",
      data: { lease_seconds: 300, lease_keepalive_minutes: 7 },
    });
    journal.close();
    expect(check()[1]).toMatchObject({ level: "warn", found: expect.stringContaining("300 s to w") });
  });

  test("exports that did not arrive are named, until one does", () => {
    const journal = openJournal({ file: file() });
    const worker = { pool: "p", id: "w" };
    journal.set("worker/p/w", "claims", {});
    noteExport(journal, worker, undefined, 1);
    expect(journal.get("worker/p/w", "exports")).toBeUndefined();
    noteExport(journal, worker, "connect ECONNREFUSED", 1_800_000_000_000);
    noteExport(journal, worker, "connect ECONNREFUSED", 1_800_000_000_000);
    expect(check().at(-1)).toMatchObject({
      level: "warn",
      subject: "telemetry",
      found: expect.stringMatching(/^the last 2 exports of p\/w did not arrive whole.*ECONNREFUSED/),
    });
    noteExport(journal, worker, undefined, 1_800_000_000_001);
    expect(levels(check())).toEqual(["ok journal", "ok leases"]);
    journal.close();
  });

  test("is no journal", () => {
    mkdirSync(dirname(file()), { recursive: true });
    writeFileSync(file(), "not a database, but a text of some length");
    expect(levels(check())).toEqual(["fail journal"]);
  });

  test("is damaged, also where no question has met the damage", () => {
    const journal = openJournal({ file: file() });
    for (let index = 0; index < 2_000; index += 1) {
      const data = { text: "x".repeat(500) };
      journal.append({ kind: "worker_run", id: `${index}`, atMillis: 1, workerPool: "p", workerId: "w", data });
    }
    journal.close();
    const bytes = readFileSync(file());
    // The first byte of a page says its kind; this page is one of the oldest records'.
    const page = 2_048 * 50;
    bytes.writeUInt8((bytes[page] ?? 0) ^ 0x55, page);
    writeFileSync(file(), bytes);
    expect(check()).toEqual([
      expect.objectContaining({ level: "fail", subject: "journal", found: expect.stringMatching(/damaged|malformed/) }),
    ]);
  });

  test.each<readonly [name: string, type: number, level: string]>([
    ["NFS", 0x6969, "fail"],
    ["FUSE, which may be local", 0x65735546, "warn"],
  ])("is on %s", (_, type, level) => {
    expect(levels(check(type))).toEqual(["ok journal", `${level} journal's disk`]);
  });
});

test("watchdog doctor: lines for people, JSON for machines, and exit code 1 where something fails", async () => {
  const out: string[] = [];
  const context = {
    directory,
    environment: { XDG_STATE_HOME: directory },
    print: (line: string) => void out.push(line),
    complain: () => {},
  };
  writeFileSync(join(directory, "watchdog.yaml"), "version: codex_session_watchdog_v1\nownr: x\n");
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
  try {
    expect(await runCommand(["doctor"], context)).toBe(1);
    expect(out.join("\n")).toMatch(/^ok {4}Node: [\d.]+$/m);
    expect(out.join("\n")).toMatch(/^fail {2}policy: .*ownr.*owner/ms);
    out.length = 0;
    expect(await runCommand(["doctor", "--json"], context)).toBe(1);
    expect(JSON.parse(out.join("\n"))).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([expect.objectContaining({ level: "fail", subject: "Collector" })]),
    });
  } finally {
    delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  }
});
