/**
 * A small static web server for artifacts: workers PUT files into a folder, the gate GETs them, and each folder has a `manifest.json`
 * that the server writes itself from what it holds.
 *
 * `/deliverables/<id>/<file>` are the queue's slots, `/shared/<job>/<file>` is for jobs without one.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { RequestError, readBody, sendJson, startLoopbackServer } from "../http/loopback-server.ts";

/** One request, as the host answered it. */
export interface ArtifactRequest {
  /** Unix seconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** Options of {@link startArtifactHost}. */
export interface ArtifactHostOptions {
  /** Where files are kept. It exists. */
  readonly directory: string;
  readonly onRequest?: ((request: ArtifactRequest) => void) | undefined;
}

/** A running artifact host. */
export interface ArtifactHost {
  readonly url: string;
  /** From now on the host loses what is put into this folder, such as `deliverables/report-7`: it takes it, and answers 404. */
  lose(folder: string): void;
  stop(): Promise<void>;
}

/** The file list of a folder. */
export const MANIFEST_NAME = "manifest.json";

const AREAS = ["deliverables", "shared"];
const MAX_FILE_BYTES = 8_388_608;
const SAFE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
};

/** Starts the host on a free loopback port. */
export async function startArtifactHost(options: ArtifactHostOptions): Promise<ArtifactHost> {
  const lost = new Set<string>();
  const server = await startLoopbackServer(async (request, response, url) => {
    response.on("finish", () =>
      options.onRequest?.({
        at: Date.now() / 1_000,
        method: request.method ?? "",
        path: url.pathname,
        status: response.statusCode,
      }),
    );
    const { folder, name } = locate(url.pathname);
    const directory = join(options.directory, folder);
    if (request.method === "PUT") return store(request, response, directory, name);
    if (request.method !== "GET" && request.method !== "HEAD") throw new RequestError(405, "Allowed: GET, HEAD, PUT.");
    if (lost.has(folder)) throw new RequestError(404, "No such file.");
    if (name === MANIFEST_NAME) return sendJson(response, 200, { files: await listFiles(directory) });
    await sendFile(response, join(directory, name));
  });
  return { url: server.url, lose: (folder) => void lost.add(folder), stop: () => server.stop() };
}

/** The folder and file of a path. @throws RequestError 404 for any path that names no file of a known area. */
function locate(pathname: string): { readonly folder: string; readonly name: string } {
  const parts = pathname.slice(1).split("/").map(decodePart);
  const [area = "", owner = "", name = ""] = parts;
  const isSafe = parts.length === 3 && AREAS.includes(area) && SAFE_NAME.test(owner) && SAFE_NAME.test(name);
  if (!isSafe) throw new RequestError(404, "Allowed: /deliverables/<id>/<file> and /shared/<job>/<file>.");
  return { folder: `${area}/${owner}`, name };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

async function store(
  request: IncomingMessage,
  response: ServerResponse,
  directory: string,
  name: string,
): Promise<void> {
  if (name === MANIFEST_NAME) throw new RequestError(409, `${MANIFEST_NAME} is written by the server.`);
  const body = await readBody(request, MAX_FILE_BYTES);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), body);
  sendJson(response, 201, { ok: true, sha256: sha256(body) });
}

async function listFiles(directory: string): Promise<readonly object[]> {
  const names = await readdir(directory).catch(() => []);
  return Promise.all(
    names.sort().map(async (name) => {
      const content = await readFile(join(directory, name));
      return { name, bytes: content.length, sha256: sha256(content) };
    }),
  );
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  createReadStream(path)
    .on("error", () => reject(new RequestError(404, "No such file.")))
    .once("open", () =>
      response.writeHead(200, { "content-type": MEDIA_TYPES[extname(path)] ?? "application/octet-stream" }),
    )
    .pipe(response)
    .on("finish", resolve);
  await promise;
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
