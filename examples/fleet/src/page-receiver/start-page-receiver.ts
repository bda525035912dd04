/** Where pages arrive: one address for each receiver name, so that a page proves by its address whose receiver got it. */
import { RequestError, readJsonObject, sendJson, startLoopbackServer } from "../http/loopback-server.ts";
import { type Page, pagesOf } from "./page.ts";

/** A running page receiver. */
export interface PageReceiver {
  /** The address of a receiver. */
  url(receiver: string): string;
  stop(): Promise<void>;
}

/** Starts the receiver on a free loopback port; `onPage` is told of each alert of each delivery. */
export async function startPageReceiver(onPage: (page: Page) => void): Promise<PageReceiver> {
  const server = await startLoopbackServer(async (request, response, url) => {
    const [area, receiver] = url.pathname.slice(1).split("/").map(decodeURIComponent);
    if (request.method !== "POST" || area !== "receivers" || !receiver) return;
    const delivery = await readJsonObject(request);
    let pages: readonly Page[];
    try {
      pages = pagesOf(receiver, delivery, Date.now() / 1_000);
    } catch (error) {
      throw new RequestError(400, error instanceof Error ? error.message : String(error));
    }
    for (const page of pages) onPage(page);
    sendJson(response, 200, { ok: true });
  });
  return {
    url: (receiver) => `${server.url}/receivers/${encodeURIComponent(receiver)}`,
    stop: () => server.stop(),
  };
}
