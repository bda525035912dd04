import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

it("R4.9: prints what its README shows: the killed worker's job is gone on with, and claimed once", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@worker-watchdog/source", main]);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const shown = /```text\n(.*?)```/s.exec(readme)?.[1];
  const withoutPorts = (text: string | undefined): string | undefined => text?.replaceAll(/127\.0\.0\.1:\d+/g, "host");
  expect(withoutPorts(stdout)).toBe(withoutPorts(shown));
});
