/** A job service and an artifact host on loopback, for workers of other people: the job service in memory of the sdk, over HTTP. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@worker-watchdog/sdk";
import { type JobServiceClient, type MemoryJobService, memoryJobService } from "@worker-watchdog/sdk/testing";

/** The running service. */
export interface OutsideJobService {
  readonly url: string;
  /** Where artifacts are put (PUT) and fetched (GET). */
  readonly filesUrl: string;
  readonly service: MemoryJobService;
  /** The commands that were asked, in order, as `command job`. */
  readonly asked: readonly string[];
  /** Makes the build of a job take until the returned function is called. */
  holdBuild(job: string): () => void;
  close(): Promise<void>;
}

/** What a worker sends; every command takes the same shape. */
interface Ask {
  readonly worker?: string;
  readonly job?: string;
  readonly kinds?: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = { html: "text/html; charset=utf-8", json: "application/json" };

/** Starts the service; leases are `leaseSeconds` long. */
export async function startOutsideJobService(leaseSeconds: number): Promise<OutsideJobService> {
  const service = memoryJobService({ clock: systemClock, leaseSeconds });
  const files = new Map<string, string>();
  const asked: string[] = [];
  const builds = new Map<string, Promise<void>>();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/files/")) {
      if (request.method === "PUT") files.set(pathname, await text(request));
      const found = files.get(pathname);
      const type = TYPES[pathname.split(".").at(-1) ?? ""] ?? "application/octet-stream";
      response.writeHead(found === undefined ? 404 : 200, { "content-type": type });
      return void response.end(found);
    }
    const command = pathname.slice(1);
    const { worker = "", job = "", kinds }: Ask = JSON.parse((await text(request)) || "{}");
    asked.push(`${command} ${job}`.trim());
    if (command === "build") await builds.get(job);
    try {
      const answer = await ask(service.client(worker), command, job, kinds);
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { ok: false, error: "no_such_command" }));
    } catch {
      // A fault that throws is a service that broke.
      response.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    filesUrl: `${url}/files`,
    service,
    asked,
    holdBuild(job) {
      const { promise, resolve } = Promise.withResolvers<void>();
      builds.set(job, promise);
      return resolve;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function ask(
  client: JobServiceClient,
  command: string,
  job: string,
  kinds?: readonly string[],
): Promise<unknown> {
  if (command === "complete") return client.complete(job, kinds);
  if (["build", "upload", "add-kind"].includes(command)) return { ok: true };
  return Object.hasOwn(client, command) ? client[command as keyof JobServiceClient](job) : undefined;
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
