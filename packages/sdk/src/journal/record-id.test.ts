import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { recordId } from "./record-id.ts";

it("R9.1: no two records have one id, also of two threads", async () => {
  const program = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(new URL("record-id.ts", import.meta.url).href)}).then(({ recordId }) => parentPort.postMessage(recordId()));`;
  const others = [1, 2].map(
    () =>
      new Promise((resolve, reject) =>
        new Worker(program, { eval: true }).once("message", resolve).once("error", reject),
      ),
  );
  const ids = [recordId(), recordId(), ...(await Promise.all(others))];
  expect(new Set(ids).size).toBe(4);
});
