/** Sends what is left while the process is already exiting: a short child process does it, as nothing asynchronous runs any more. */
import { spawnSync } from "node:child_process";
import { type HttpPost, type HttpPostResult, httpPost } from "./http-post.ts";

/**
 * Posts all requests at once, waiting at most `timeoutMillis` in all. The results are in the order of the requests.
 * Costs the start of a Node process, some 40 ms. Never throws.
 */
export function postWhileExiting(posts: readonly HttpPost[], timeoutMillis: number): readonly HttpPostResult[] {
  try {
    // The child gives up a little earlier than it is killed, to be able to say what was sent.
    const childTimeoutMillis = Math.max(50, timeoutMillis - 250);
    const input = JSON.stringify(
      posts.map(({ body, ...post }) => ({
        ...post,
        timeoutMillis: Math.min(post.timeoutMillis, childTimeoutMillis),
        body: Buffer.from(body).toString("base64"),
      })),
    );
    const child = spawnSync(process.execPath, ["--input-type=commonjs", "-e", childSource()], {
      input,
      timeout: timeoutMillis,
      killSignal: "SIGKILL",
      stdio: ["pipe", "pipe", "ignore"],
      env: childEnvironment(),
      windowsHide: true,
    });
    if (child.error !== undefined && (child.stdout ?? "").length === 0) return failed(posts, describe(child.error));
    const results = JSON.parse(child.stdout.toString()) as { error?: string; status?: number; body?: string }[];
    return results.map((result) =>
      result.error === undefined
        ? { status: result.status ?? 0, body: Buffer.from(result.body ?? "", "base64") }
        : { error: result.error },
    );
  } catch (error) {
    return failed(posts, describe(error));
  }
}

function failed(posts: readonly HttpPost[], error: string): readonly HttpPostResult[] {
  return posts.map(() => ({ error }));
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code === "ETIMEDOUT" ? "no response before the exit deadline" : error.message;
}

// NODE_OPTIONS may preload this very package; the child needs nothing of the worker's environment but the way to its certificates.
function childEnvironment(): NodeJS.ProcessEnv {
  const names = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "SystemRoot", "PATH", "TMPDIR", "TEMP"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

// Bundlers that keep names wrap functions in calls of __name.
function childSource(): string {
  return `const __name = (f) => f; const httpPost = (${httpPost.toString()}); (${sendAll.toString()})(httpPost);`;
}

function sendAll(post: typeof httpPost): void {
  const fs = process.getBuiltinModule("node:fs");
  const posts = JSON.parse(fs.readFileSync(0, "utf8")) as (HttpPost & { body: string })[];
  const results: unknown[] = [];
  let left = posts.length;
  posts.forEach((request, index) => {
    post({ ...request, body: Buffer.from(request.body, "base64") }, (result) => {
      results[index] = "error" in result ? result : { ...result, body: Buffer.from(result.body).toString("base64") };
      left -= 1;
      if (left > 0) return;
      fs.writeSync(1, JSON.stringify(results));
      process.exit();
    });
  });
}
