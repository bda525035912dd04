import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credentials, lookAlikes } from "../../../../test/corpus/corpus.ts";
import { MAX_TREE_DEPTH, MAX_TREE_VALUES, redactTree } from "./index.ts";

const SECRET = "Zx7kQ2vR9mTw";

describe("redactTree", () => {
  it.each([
    ["authorization", "authorization"],
    ["http.request.header.authorization", "authorization"],
    ["http.request.header.cookie", "cookie"],
    ["Set-Cookie", "cookie"],
    ["password", "password"],
    ["db.password", "password"],
    ["userPassword", "password"],
    ["api_key", "api_key"],
    ["apiKey", "api_key"],
    ["X-Api-Key", "api_key"],
    ["client_secret", "secret"],
    ["clientSecret", "secret"],
    ["access_token", "token"],
    ["refreshToken", "token"],
    ["token", "token"],
    ["OPENAI_API_KEY", "openai_key"],
    ["LINE_CHANNEL_SECRET", "line_token"],
  ])("what stands under %s goes", (key, kind) => {
    expect(redactTree({ [key]: SECRET, list: { [key]: [SECRET] } })).toEqual({
      value: { [key]: `[redacted:${kind}]`, list: { [key]: [`[redacted:${kind}]`] } },
      hits: [kind, kind],
    });
  });

  it.each([
    ["input_token_count", 1_842],
    ["gen_ai.usage.input_tokens", "4096"],
    ["token_type", "Bearer"],
    ["cached_tokens", 128],
    ["token_present", true],
    ["token", 17],
    ["token", "expired"],
    ["next_page_token", SECRET],
    ["secret", false],
    ["password", null],
    ["password", ""],
    ["password_hint", "the usual"],
    ["key", "job-01JD9Z8Q4W5R7T9YB2C4E6G8K0"],
    ["code", "http_503"],
    ["session.id", "0199f6a2-8c1d-7e33-b1f0-6a7b8c9d0e1f"],
    ["sessionId", "0199f6a2-8c1d-7e33-b1f0-6a7b8c9d0e1f"],
    ["cookie_count", 3],
    ["authorization_url", "https://example.com/oauth"],
  ])("what stands under %s stays: %s", (key, value) => {
    expect(redactTree({ [key]: value })).toEqual({ value: { [key]: value }, hits: [] });
  });

  it("reads strings and keys as text", () => {
    const text = credentials().find(({ of }) => of === "GitHub personal access token")?.text ?? "";

    expect(redactTree({ error: `refused ${text}`, [text]: 1 })).toEqual({
      value: { error: "refused [redacted:github_token]", "[redacted:github_token]": 1 },
      hits: ["github_token", "github_token"],
    });
  });

  it("knows a variable by its name beside it", () => {
    expect(
      redactTree([
        { name: "DB_PASSWORD", value: SECRET },
        { name: "PATH", value: "/usr/bin" },
      ]),
    ).toEqual({
      value: [
        { name: "DB_PASSWORD", value: "[redacted:password]" },
        { name: "PATH", value: "/usr/bin" },
      ],
      hits: ["password"],
    });
  });

  it("R12: no credential of the corpus is left, and no look-alike is touched", () => {
    for (const { text, secrets } of credentials()) {
      const out = JSON.stringify(redactTree({ data: [{ message: text }] }).value);
      for (const secret of secrets) expect(out).not.toContain(secret);
    }
    for (const { text } of lookAlikes()) expect(redactTree([text])).toEqual({ value: [text], hits: [] });
  });

  it("twice is once", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...credentials()), (tree, { text }) => {
        const { value } = redactTree({ tree, password: text, message: text, cookie: text });
        expect(redactTree(value)).toEqual({ value, hits: [] });
      }),
    );
  });

  it("never throws, and what it gives can be written as JSON", () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle["self"] = circle;
    const hostile = [
      circle,
      {
        get password(): string {
          throw new Error("no");
        },
        b: 2,
      },
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
      JSON.parse('{"__proto__":{"password":"Zx7kQ2vR9mTw"}}'),
      Object.create(null),
      [
        1n,
        Symbol("s"),
        () => 1,
        undefined,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        new Date(0),
        new Map([["password", SECRET]]),
      ],
      "\ud800",
      undefined,
    ];
    for (const value of hostile) {
      const { value: clean } = redactTree(value);
      expect(JSON.stringify(clean)).not.toContain(SECRET);
    }
    expect(Object.keys(redactTree(hostile[3]).value as object)).toEqual(["__proto__"]);
  });

  it("is bounded in depth and in values", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    let depth = 0;
    for (let at: unknown = redactTree(deep).value; Array.isArray(at); [at] = at) depth += 1;
    expect(depth).toBe(MAX_TREE_DEPTH);
    expect((redactTree(new Array(1_000_000).fill(1)).value as unknown[]).length).toBeLessThanOrEqual(MAX_TREE_VALUES);
  });
});
