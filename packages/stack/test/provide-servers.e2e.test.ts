import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideServers } from "@worker-watchdog/stack";
import { expect, it } from "vitest";

const BUILD_TIMEOUT_MILLIS = 900_000;

it(
  "builds once when two ask at the same moment, and takes it from the cache the next time, also without Go",
  async () => {
    const cache = await mkdtemp(join(tmpdir(), "provide-servers-"));
    const env = {
      ...process.env,
      PATH: "",
      WATCHDOG_CACHE_DIR: cache,
      WATCHDOG_GO: process.env["WATCHDOG_GO"] ?? "go",
    };
    for (const name of ["ALERTMANAGER", "AMTOOL"]) Object.assign(env, { [`WATCHDOG_${name}`]: "" });
    const options = { names: ["alertmanager", "amtool"], env, onProgress: () => {} } as const;
    const both = await Promise.all([provideServers(options), provideServers(options)]);
    expect(both.map((servers) => servers.amtool.source).sort()).toEqual(["build", "cache"]);
    expect(both[0].alertmanager.path).toBe(both[1].alertmanager.path);
    const entries = await readdir(join(cache, "servers"));
    expect(entries).toHaveLength(1);

    const later = await provideServers({ ...options, env: { ...env, WATCHDOG_GO: join(cache, "no-go") } });
    expect(later.alertmanager).toMatchObject({ source: "cache", path: both[0].alertmanager.path });
    const named = await provideServers({ ...options, env: { ...env, WATCHDOG_AMTOOL: later.amtool.path } });
    expect(named.amtool).toMatchObject({ source: "named", version: "0.34.2" });
    await rm(cache, { recursive: true });
  },
  BUILD_TIMEOUT_MILLIS,
);
