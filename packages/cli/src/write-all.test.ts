import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeAll } from "./write-all.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchdog-write-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const read = (name: string): Promise<string> => readFile(at(name), "utf8");

test("writes, replaces and removes, with the old file's mode, and leaves nothing beside them", async () => {
  await writeFile(at("old"), "old");
  await writeFile(at("gone"), "gone");
  await chmod(at("old"), 0o640);
  await writeAll([
    { path: at("old"), content: "new" },
    { path: at("deep/new"), content: "first" },
    { path: at("gone"), content: undefined },
  ]);
  expect(await read("old")).toBe("new");
  expect((await stat(at("old"))).mode & 0o777).toBe(0o640);
  expect(await read("deep/new")).toBe("first");
  expect(await readdir(folder)).toEqual(["deep", "old"]);
});

test("a change that fails in the middle takes the others back: replaced, new and removed files", async () => {
  await writeFile(at("a"), "old");
  await writeFile(at("gone"), "gone");
  await expect(
    writeAll([
      { path: at("a"), content: "new" },
      { path: at("b"), content: "new" },
      { path: at("gone"), content: undefined },
      // Both can be staged, and only the rename of the first onto the folder of the second fails.
      { path: at("c"), content: "new" },
      { path: at("c/d"), content: "new" },
    ]),
  ).rejects.toThrow("EISDIR");
  expect(await readdir(folder)).toEqual(["a", "c", "gone"]);
  expect(await readdir(at("c"))).toEqual([]);
  expect(await read("a")).toBe("old");
  expect(await read("gone")).toBe("gone");
});

test("a link stays a link, and what it leads to is changed", async () => {
  await writeFile(at("real"), "old");
  await symlink(at("real"), at("link"));
  await writeAll([{ path: at("link"), content: "new" }]);
  expect(await read("real")).toBe("new");
  expect(await readdir(folder)).toEqual(["link", "real"]);
});

test("what a killed process left is cleared; what a living one needs is not", async () => {
  await writeFile(at(".a.yml.999999999.staged"), "half");
  await writeFile(at(`.a.yml.${process.ppid}.staged`), "in use");
  await writeFile(at(".a.yml.staged"), "a person's");
  await writeAll([{ path: at("a.yml"), content: "whole" }]);
  expect(await readdir(folder)).toEqual([`.a.yml.${process.ppid}.staged`, ".a.yml.staged", "a.yml"]);
});
