import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One alert of a page. */
export interface PagedAlert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly text: string;
  readonly due: string;
}

/** What the webhook got. */
export interface Page {
  readonly receiver: string;
  readonly status: string;
  readonly text: string;
  readonly alerts: readonly PagedAlert[];
  readonly atMillis: number;
}

/** A webhook that keeps what it gets. */
export interface PageReceiver {
  readonly url: string;
  readonly pages: readonly Page[];
  close(): Promise<void>;
}

/** Listens on a free loopback port. */
export async function startPageReceiver(): Promise<PageReceiver> {
  const pages: Page[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      pages.push({ ...(JSON.parse(Buffer.concat(chunks).toString()) as Omit<Page, "atMillis">), atMillis: Date.now() });
      response.end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/page`,
    pages,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

/** Asks until `found` gives a value, for `forMillis` at most. */
export async function eventually<T>(
  what: string,
  found: () => T | undefined | Promise<T | undefined>,
  forMillis = 60_000,
): Promise<T> {
  const end = Date.now() + forMillis;
  for (;;) {
    const value = await found();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`Not within ${forMillis} ms: ${what}`);
    await new Promise((again) => setTimeout(again, 100));
  }
}
