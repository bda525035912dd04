/** What is published is said in one place each, and the places agree. */
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PUBLISHED } from "../../tools/packages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (...path: readonly string[]): Promise<string> => readFile(join(root, ...path), "utf8");

describe("the published packages", () => {
  it("are those that are not private, and share one version", async () => {
    const versions = new Map<string, string>();
    for await (const file of glob("packages/*/package.json", { cwd: root })) {
      const manifest = JSON.parse(await read(file));
      if (manifest.private !== true) versions.set(manifest.name, manifest.version);
    }
    expect([...versions.keys()].sort()).toEqual(PUBLISHED.map((name) => `@worker-watchdog/${name}`).sort());
    expect(new Set(versions.values()).size).toBe(1);
    const { fixed, access } = JSON.parse(await read(".changeset", "config.json"));
    expect([...fixed.flat()].sort()).toEqual([...versions.keys()].sort());
    expect(access).toBe("public");
  });

  it.each(PUBLISHED)("%s carries the license, and says in its README how to install it", async (name) => {
    expect(await read("packages", name, "LICENSE")).toBe(await read("LICENSE"));
    const readme = await read("packages", name, "README.md");
    expect(readme).toMatch(new RegExp(`^npm install .*@worker-watchdog/${name}\\b`, "m"));
  });
});
