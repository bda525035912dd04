/** A webhook on loopback that keeps the pages it gets, by receiver. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One alert of one notification. */
export interface Page {
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When the alert began, and when it is due in the policy's time zone, as the page says it. */
  readonly startsAt: string;
  readonly due: string;
  /** The page's finished text. */
  readonly text: string;
  readonly atMillis: number;
}

/** The pages that have come. */
export interface PageInbox {
  readonly url: string;
  readonly pages: readonly Page[];
  /** The pages of one pool, or of none (the pipeline's own), as `Alert:worker:status`, each the first time it came. */
  told(pool: string | undefined): readonly string[];
  close(): Promise<void>;
}

/** Starts the webhook; each receiver posts to `<url>/<its name>`. */
export async function startPageInbox(): Promise<PageInbox> {
  const pages: Page[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { alerts, receiver } = JSON.parse(Buffer.concat(chunks).toString());
    for (const alert of alerts) pages.push({ ...alert, receiver, atMillis: Date.now() });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    told(pool) {
      const found = new Set<string>();
      for (const { labels, status } of pages) {
        if (labels["worker_pool"] === pool) found.add(`${labels["alertname"]}:${labels["worker_id"]}:${status}`);
      }
      return [...found];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
