/** Stand-ins of the services that cannot be had here: they take what Alertmanager sends to Slack, PagerDuty and a mail server, and keep it. */
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

/** Something that takes messages on loopback. */
export interface StandIn<T> {
  /** `host:port`. */
  readonly address: string;
  readonly taken: readonly T[];
  close(): Promise<void>;
}

/** A request with a JSON body. */
export interface JsonRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a foreign body, whose parts each test compares
  readonly body: any;
}

/** Takes every POST of JSON and answers with `status` and `answer`: Slack's `ok`, PagerDuty's 202. */
export async function startJsonStandIn(status: number, answer: string): Promise<StandIn<JsonRequest>> {
  const taken: JsonRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    taken.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
    response.writeHead(status).end(answer);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** A mail server without TLS and authentication (RFC 5321, as much of it as a client needs); keeps each message as it came. */
export async function startMailStandIn(): Promise<StandIn<string>> {
  const taken: string[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let message: string[] | undefined;
    let rest = "";
    const say = (line: string) => socket.write(`${line}\r\n`);
    say("220 stand-in");
    socket.on("data", (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString("utf8")}`.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (message !== undefined && line === ".") {
          taken.push(message.join("\r\n"));
          message = undefined;
          say("250 taken");
        } else if (message !== undefined) message.push(line.replace(/^\./, ""));
        else if (/^DATA/i.test(line)) {
          message = [];
          say("354 go on");
        } else if (/^QUIT/i.test(line)) {
          say("221 bye");
          socket.end();
        } else say("250 ok");
      }
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
