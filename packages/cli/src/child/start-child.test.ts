import { createHash } from "node:crypto";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { EVIDENCE_BYTES } from "./output-recorder.ts";
import { type ChildOptions, startChild } from "./start-child.ts";

/** What comes out at the other end. */
class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    done();
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

const start = (script: string, options: Partial<ChildOptions> = {}) => {
  const stdout = new Sink();
  const stderr = new Sink();
  const child = startChild({ command: ["sh", "-c", script], stdin: "ignore", stdout, stderr, ...options });
  return { child, stdout, stderr };
};

describe("R2.3: a command as a child", () => {
  test("output passes through byte for byte, and is hashed as it is", async () => {
    const { child, stdout, stderr } = start("printf 'a\\377\\000b\\n'; printf 'oops' >&2; exit 7");
    const end = await child.ended;
    expect(Buffer.concat(stdout.chunks)).toEqual(Buffer.from([0x61, 0xff, 0, 0x62, 0x0a]));
    expect(stderr.text).toBe("oops");
    expect(end).toMatchObject({ status: 7, exitCode: 7, signal: null, wasAborted: false });
    expect(end.output.stdout).toEqual({
      sha256: createHash("sha256")
        .update(Buffer.from([0x61, 0xff, 0, 0x62, 0x0a]))
        .digest("hex"),
      bytes: 5,
    });
    expect(end.output.stderr.bytes).toBe(4);
  });

  test("a chunk is there before the command ends", async () => {
    const stdout = new PassThrough();
    const { child } = start("echo first; read line < /dev/null; sleep 60", { stdout });
    const first = await new Promise((resolve) => stdout.once("data", resolve));
    expect(String(first)).toBe("first\n");
    child.kill("SIGTERM");
    await child.ended;
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
    ["SIGKILL", 137],
  ] as const)("ended by %s it has the status %i", async (signal, status) => {
    const { child } = start("kill -s $0 $$".replace("$0", signal.slice(3)));
    expect(await child.ended).toMatchObject({ status, exitCode: null, signal });
  });

  test.each([
    ["is not there", ["./no-such-command"], 127],
    ["is a folder", ["/"], 126],
    ["is nothing", [""], 126],
    ["holds a null byte", ["sh\0"], 126],
  ])("a program that %s: status %s", async (_, command, status) => {
    const { child } = start("", { command });
    const end = await child.ended;
    expect(end.status).toBe(status);
    expect(end.spawnError).toBeInstanceOf(Error);
  });

  test("on abort it gets SIGTERM, and its last words still come through", async () => {
    const abort = new AbortController();
    const { child, stdout } = start(
      `trap 'echo "{\\"ok\\":true}"; exit 3' TERM; echo up; while :; do sleep 0.05; done`,
      {
        signal: abort.signal,
        onOutput: () => abort.abort(),
      },
    );
    const end = await child.ended;
    expect(end).toMatchObject({ status: 3, wasAborted: true });
    expect(end.output.json).toEqual({ object: { ok: true } });
    expect(stdout.text).toContain('{"ok":true}');
  });

  test("one that ignores SIGTERM gets SIGKILL", async () => {
    const abort = new AbortController();
    const { child } = start("trap '' TERM; echo up; while :; do sleep 0.05; done", {
      signal: abort.signal,
      killGraceMillis: 50,
      onOutput: () => abort.abort(),
    });
    expect(await child.ended).toMatchObject({ status: 137, wasAborted: true });
  });

  test("a shell can open its output streams by name, as it can without us", async () => {
    const { child, stdout, stderr } = start("echo out > /dev/stdout; echo err > /dev/stderr");
    expect((await child.ended).status).toBe(0);
    expect([stdout.text, stderr.text]).toEqual(["out\n", "err\n"]);
  });

  test("a process that it leaves behind does not hold us", async () => {
    const { child } = start("sleep 600 & echo $!");
    const end = await child.ended;
    expect(end.status).toBe(0);
    process.kill(Number(end.output.excerpt.head.toString()));
  });

  test("a reader that goes away closes the command's pipe, as it would have without us", async () => {
    const stdout = new PassThrough();
    const { child } = start("exec yes", { stdout });
    stdout.once("data", () => stdout.destroy());
    expect(await child.ended).toMatchObject({ status: 141, signal: "SIGPIPE" });
  });

  test("much output: no faster than it is read, and head and tail alone are kept", async () => {
    let waiting = 0;
    const slow = new Writable({
      highWaterMark: 1_024,
      write(_chunk, _encoding, done) {
        waiting = Math.max(waiting, slow.writableLength);
        setImmediate(done);
      },
    });
    const { child } = start("echo begin; head -c 8000000 /dev/zero; echo; echo '{\"ok\":true}'", { stdout: slow });
    const { output } = await child.ended;
    expect(waiting).toBeLessThan(1_000_000);
    expect(output.stdout.bytes).toBe(8_000_019);
    expect(output.json).toEqual({ object: { ok: true } });
    expect(output.excerpt.head.length + output.excerpt.tail.length).toBeLessThan(2 * EVIDENCE_BYTES);
    expect(output.excerpt.head.toString()).toMatch(/^begin\n/);
    expect(output.excerpt.tail.toString()).toMatch(/\{"ok":true\}\n$/);
  });
});
