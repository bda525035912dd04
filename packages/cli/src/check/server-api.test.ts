import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serverApi, serverUrl } from "./server-api.ts";

let server: Server;
let address: string;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const path = new URL(request.url ?? "", "http://x").pathname;
    if (path === "/base/json") response.end('{"a":1}');
    else if (path === "/base/large") response.end(`"${"x".repeat(5_000)}"`);
    else if (path === "/base/text") response.end("<html>");
    else if (path === "/base/denied") response.writeHead(401).end();
    else if (path === "/base/away") response.writeHead(302, { location: "/base/json" }).end();
    else if (path !== "/base/silent") response.writeHead(404).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const api = (timeoutMillis = 60_000) =>
  serverApi(new URL(`${address}/base/?token=secret`), { maxBytes: 1_000, timeoutMillis });

test("reads JSON below the address's path, by GET, with the query alone", async () => {
  expect(await api().get("/json", { query: 'a{b="c d"}' })).toEqual({ json: { a: 1 } });
  expect(asked.at(-1)).toBe("GET /base/json?query=a%7Bb%3D%22c+d%22%7D");
});

test("a path that the server does not know is no failure", async () => {
  expect(await api().get("/elsewhere")).toEqual({ unknown: true });
});

test.each([
  ["/large", "more than 1000 bytes for /large"],
  ["/text", "no JSON for /text"],
  ["/denied", "status 401 for /denied"],
  ["/away", "no answer to /away"],
  ["/silent", "no answer to /silent (nothing within 0.3 s)"],
])("%s is a failure that says %s", async (path, message) => {
  const failed = api(path === "/silent" ? 300 : undefined).get(path);
  await expect(failed).rejects.toMatchObject({
    code: "service_unavailable",
    message: expect.stringContaining(`${address}: found ${message}`),
  });
});

test.each([
  ["ftp://a", "found --prometheus ftp://a"],
  ["prometheus:9090", "found --prometheus prometheus:9090"],
  ["not an address", "found --prometheus not an address"],
  ["http://user:password@a", "found --prometheus an address with a user name or password"],
])("%s is no address of a server", (text, message) => {
  expect(serverUrl("prometheus", text)).toContain(message);
});

test("http and https addresses are taken, with a path", () => {
  expect(serverUrl("prometheus", "https://mimir.example/prometheus")).toEqual(
    new URL("https://mimir.example/prometheus"),
  );
});
