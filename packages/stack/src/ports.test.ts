import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { findFreePorts, isPortFree } from "./free-ports.ts";
import { describePortOwner } from "./port-owner.ts";

it("finds different ports that a server can listen on, below the range of outgoing connections", async () => {
  const ports = await findFreePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(30_000);
  }
  expect(await isPortFree(ports[0] ?? 0)).toBe(true);
});

it("sees a taken port, and says who has it", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await isPortFree(port)).toBe(false);
  const owner = await describePortOwner(port);
  if (process.platform === "linux") expect(owner).toMatch(new RegExp(`^process ${process.pid} \\(.*node`));
  else expect(owner).toContain(`lsof -i :${port}`);
  await new Promise((resolve) => server.close(resolve));
});
