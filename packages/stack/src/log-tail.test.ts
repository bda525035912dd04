import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readLogTail } from "./log-tail.ts";

it("reads the last lines of a long file, and nothing of a missing one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "log-tail-"));
  const file = join(directory, "server.log");
  await writeFile(file, `${Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join("\n")}\n\n`);
  expect(await readLogTail(file, 2)).toEqual(["line 4998", "line 4999"]);
  expect(await readLogTail(join(directory, "missing"), 2)).toEqual([]);
  await rm(directory, { recursive: true });
});
