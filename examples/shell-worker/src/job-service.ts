/** A job service and an artifact host on loopback: the sdk's queue in memory behind HTTP, for this example alone. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@worker-watchdog/sdk";
import { type JobServiceClient, type MemoryJobService, memoryJobService } from "@worker-watchdog/sdk/testing";

/** The running service. */
export interface JobService {
  /** Where commands are posted to. */
  readonly url: string;
  /** Where artifacts are put and fetched. */
  readonly filesUrl: string;
  readonly queue: MemoryJobService;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startJobService(): Promise<JobService> {
  const queue = memoryJobService({ clock: systemClock });
  const files = new Map<string, { readonly type: string; readonly body: string }>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    if (path.startsWith("/files/")) {
      const { "content-type": type = "text/plain" } = request.headers;
      if (request.method === "PUT") files.set(path, { type, body: await text(request) });
      const file = files.get(path);
      response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.type ?? "text/plain" });
      return void response.end(request.method === "PUT" ? "" : file?.body);
    }
    const { worker = "", job = "", kinds = [] } = JSON.parse((await text(request)) || "{}");
    const answer = await ask(queue.client(worker), path.slice(1), job, kinds);
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { ok: false, error: "no_such_command" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    filesUrl: `${url}/files`,
    queue,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function ask(client: JobServiceClient, command: string, job: string, kinds: readonly string[]): Promise<unknown> {
  if (command === "complete") return client.complete(job, kinds);
  if (command === "upload") return { ok: true };
  return Object.hasOwn(client, command) ? client[command as keyof JobServiceClient](job) : undefined;
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
