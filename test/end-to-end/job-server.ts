/** The in-memory job service of `@worker-watchdog/sdk/testing` over HTTP, with an artifact beside it: a stand-in for a queue, for tests of the chain. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@worker-watchdog/sdk";
import { type JobServiceClient, type MemoryJobService, memoryJobService } from "@worker-watchdog/sdk/testing";

/** A job service on a loopback port. */
export interface JobServer {
  readonly url: string;
  readonly service: MemoryJobService;
  close(): Promise<void>;
}

/** Starts a job service whose leases are `leaseSeconds` long. */
export async function startJobServer(leaseSeconds: number): Promise<JobServer> {
  const service = memoryJobService({ clock: systemClock, leaseSeconds });
  const server = createServer(async (request, response) => {
    const command = request.url?.slice(1) ?? "";
    if (command === "report.html") return void response.end("<h1>report</h1>");
    if (command === "files.json") return void response.end('["report.html"]');
    const { worker = "", job = "" } = await body(request);
    const client: JobServiceClient = service.client(worker);
    const call = Object.hasOwn(client, command) ? client[command as keyof JobServiceClient] : undefined;
    response.writeHead(call === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(call === undefined ? { ok: false } : await call(job)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    service,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function body(request: IncomingMessage): Promise<{ readonly worker?: string; readonly job?: string }> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}");
}
