/** A job queue and an artifact host on loopback: stand-ins for your own, so that an example needs nothing else. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@worker-watchdog/sdk";
import { type JobServiceClient, type MemoryJobService, memoryJobService } from "@worker-watchdog/sdk/testing";

/** The running service. */
export interface JobService {
  /** `POST /<command>` with `{ worker, job?, kinds? }`: doctor, touch, claim, context, progress, complete, fail, pause, release, read. */
  readonly url: string;
  /** The queue itself, to put jobs into and to make commands fail. */
  readonly queue: MemoryJobService;
  close(): Promise<void>;
}

/** Options of {@link startJobService}. */
export interface JobServiceOptions {
  /** Length of a lease. Default: 900. */
  readonly leaseSeconds?: number | undefined;
  /** Told each command and its answer. */
  readonly onCommand?: ((command: string, answer: unknown) => void) | undefined;
}

interface Ask {
  readonly worker?: string;
  readonly job?: string;
  readonly kinds?: readonly string[];
}

/** Starts the service on a free port. `PUT /files/<name>` stores a file, `GET` gives it back. */
export async function startJobService(options: JobServiceOptions = {}): Promise<JobService> {
  const queue = memoryJobService({ clock: systemClock, leaseSeconds: options.leaseSeconds });
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const answer = path.startsWith("/files/") ? file(files, path, request, response) : command(path.slice(1), request);
    answer.then(
      (body) => {
        if (body !== undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(body));
      },
      () => response.writeHead(500).end(),
    );
  });

  async function command(name: string, request: IncomingMessage): Promise<unknown> {
    const { worker = "worker", job = "", kinds }: Ask = JSON.parse((await body(request)).toString() || "{}");
    const client = queue.client(worker);
    if (!Object.hasOwn(client, name)) return { ok: false, error: "no_such_command" };
    const answer = await client[name as keyof JobServiceClient](job, kinds);
    options.onCommand?.(name, answer);
    return answer;
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    queue,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function file(
  files: Map<string, Buffer>,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<undefined> {
  if (request.method === "PUT") files.set(path, await body(request));
  const found = files.get(path);
  response.writeHead(found === undefined ? 404 : 200).end(request.method === "PUT" ? undefined : found);
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
