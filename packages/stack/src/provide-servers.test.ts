import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BuildProgress } from "./build-progress.ts";
import { provideServers } from "./provide-servers.ts";

// Shell scripts stand in for programs that no machine of ours has: too old, broken, out of disk. The real ones are in
// test/provide-servers.e2e.test.ts.
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "provide-servers-"));
  await mkdir(join(directory, "bin"));
});
afterEach(() => rm(directory, { recursive: true }));

async function script(name: string, body: string): Promise<string> {
  const path = join(directory, "bin", name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

const env = (more: Record<string, string> = {}) => ({
  PATH: join(directory, "bin"),
  WATCHDOG_CACHE_DIR: join(directory, "cache"),
  WATCHDOG_GO: join(directory, "no-go"),
  ...more,
});

describe("a named program", () => {
  it("is used as it is", async () => {
    const path = await script("my-am", 'echo "alertmanager, version 0.35.1 (branch: HEAD)"');
    const servers = await provideServers({ names: ["alertmanager"], env: env({ WATCHDOG_ALERTMANAGER: path }) });
    expect(servers.alertmanager).toEqual({ name: "alertmanager", path, version: "0.35.1", source: "named" });
  });

  it.each([
    ["too old", 'echo "prometheus, version 2.53.0"', "it is 2.53.0; 3.5.0 or later is needed"],
    ["another program", 'echo "hello"', "printed no version"],
    ["broken", 'echo "cannot open shared object libfoo.so" >&2; exit 127', "cannot open shared object libfoo.so"],
  ])("that is %s is refused with its variable and what to do", async (_, body, reason) => {
    const path = await script("prom", body);
    const attempt = provideServers({ names: ["prometheus"], env: env({ WATCHDOG_PROMETHEUS: path }) });
    await expect(attempt).rejects.toMatchObject({
      code: "server_unsupported",
      message: expect.stringContaining(reason),
    });
    await expect(attempt).rejects.toThrow(`WATCHDOG_PROMETHEUS names ${path}`);
    await expect(attempt).rejects.toThrow("unset WATCHDOG_PROMETHEUS");
  });

  it("that is not there is refused", async () => {
    const attempt = provideServers({ names: ["amtool"], env: env({ WATCHDOG_AMTOOL: join(directory, "nowhere") }) });
    await expect(attempt).rejects.toThrow(/WATCHDOG_AMTOOL names .*nowhere.*ENOENT/s);
  });

  it("that is a Collector without our components is refused with what it lacks", async () => {
    const body =
      'if [ "$1" = components ]; then echo "receivers: [{name: otlp}]"; else echo "otelcol version 0.156.0"; fi';
    const attempt = provideServers({
      names: ["collector"],
      env: env({ WATCHDOG_COLLECTOR: await script("otelcol", body) }),
    });
    await expect(attempt).rejects.toThrow(/it lacks .*redaction \(processors\).*span_metrics \(connectors\)/);
    await expect(attempt).rejects.not.toThrow(/it lacks .*otlp \(receivers\)/);
  });
});

describe("a program on PATH", () => {
  it("is used when it is recent enough", async () => {
    const path = await script("promtool", 'echo "promtool, version 3.20.1"');
    const servers = await provideServers({ names: ["promtool"], env: env() });
    expect(servers.promtool).toEqual({ name: "promtool", path, version: "3.20.1", source: "path" });
  });

  it("is passed over with a notice when it is too old", async () => {
    const path = await script("prometheus", 'echo "prometheus, version 2.53.0"');
    const notices: string[] = [];
    const attempt = provideServers({ names: ["prometheus"], env: env(), onNotice: (notice) => notices.push(notice) });
    await expect(attempt).rejects.toMatchObject({ code: "server_missing" });
    expect(notices).toEqual([expect.stringContaining(`Passed over ${path}: it is 2.53.0`)]);
  });
});

describe("with nothing found", () => {
  it("and no Go, the error lists every way to get the programs", async () => {
    const attempt = provideServers({ names: ["prometheus", "promtool"], env: env() });
    await expect(attempt).rejects.toThrow(/Prometheus and promtool not found, and there is no Go/);
    await expect(attempt).rejects.toThrow(/set WATCHDOG_PROMETHEUS to its path, or put prometheus on PATH/);
    await expect(attempt).rejects.toThrow(/set WATCHDOG_PROMTOOL to its path/);
    await expect(attempt).rejects.toThrow(/install Go 1\.26\.0 or later/);
  });

  it("and an old Go, the error says which and what is needed", async () => {
    const go = await script("go", 'echo "go version go1.19.8 linux/amd64"');
    const attempt = provideServers({ names: ["amtool"], env: env({ WATCHDOG_GO: go }) });
    await expect(attempt).rejects.toMatchObject({
      code: "go_too_old",
      message: expect.stringContaining("Go is 1.19.8"),
    });
  });

  it("and a Go that may not update itself, the error says why", async () => {
    const body =
      '[ "$GOTOOLCHAIN" = local ] && { echo "go version go1.24.1 linux/amd64"; exit; }; echo "go: go.mod requires go >= 1.26.0 (running go 1.24.1; GOTOOLCHAIN=local)"; exit 1';
    const attempt = provideServers({ names: ["amtool"], env: env({ WATCHDOG_GO: await script("go", body) }) });
    await expect(attempt).rejects.toThrow(/Go is 1\.24\.1.*could not fetch a newer one.*requires go >= 1\.26\.0/s);
  });
});

describe("a build that fails", () => {
  const failing = (output: string) =>
    script("go", `[ "$1" = version ] && { echo "go version go1.26.8 linux/amd64"; exit; }; echo "${output}"; exit 1`);

  it.each([
    ["disk_full", "write /tmp/go-build1/b001/_pkg_.a: no space left on device", "ran out of disk space"],
    ["build_failed", "dial tcp: lookup proxy.example: no such host", "check the network and GOPROXY"],
    ["build_failed", "components.go:12: undefined: foo", "components.go:12: undefined: foo"],
  ])("ends as %s with its last lines, and leaves nothing behind", async (code, output, expected) => {
    const progress: BuildProgress[] = [];
    const attempt = provideServers({
      names: ["collector"],
      env: env({ WATCHDOG_GO: await failing(output) }),
      onProgress: (update) => progress.push(update),
    });
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(expected) });
    await expect(attempt).rejects.toThrow(output);
    expect(progress[0]).toMatchObject({ title: "Collector 0.155.0", stage: "downloading" });
    expect(await readdir(join(directory, "cache", "servers"))).toEqual([]);
  });
});
