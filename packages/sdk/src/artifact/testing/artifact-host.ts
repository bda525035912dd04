/** A real web server on loopback for tests of the gate: serves given paths and remembers what it was asked. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** One request that came. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A web server with fixed routes; anything else is 404. */
export class ArtifactHost {
  readonly requests: SeenRequest[] = [];
  /** Called for each request, before it is answered. */
  onRequest: () => void = () => undefined;
  /** `127.0.0.1` with the port. */
  readonly host: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts one on a free port. `$HOST` in a route's redirect address stands for this host. */
  static async start(
    routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>,
  ): Promise<ArtifactHost> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = new ArtifactHost(server);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      host.requests.push({ path: request.url ?? "", headers: request.headers });
      host.onRequest();
      const writeHead = response.writeHead.bind(response);
      response.writeHead = (status: number, headers?: unknown) => {
        const given = { ...(headers as Record<string, string> | undefined) };
        if (given["location"] !== undefined) given["location"] = given["location"].replace("$HOST", host.host);
        return writeHead(status, given);
      };
      const route = routes[request.url?.split("?")[0] ?? ""];
      if (route === undefined) response.writeHead(404).end();
      else route(request, response);
    });
    return host;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  /** Ends every connection and the server. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
