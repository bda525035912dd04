/** The corpus of redaction: every credential goes, in each setting that text leaves a worker in, and every look-alike stays (R12). */
import { redact } from "@worker-watchdog/sdk/redact";
import { describe, expect, it } from "vitest";
import { credentials, lookAlikes } from "./corpus/corpus.ts";

const WRAPPINGS: Readonly<Record<string, (text: string) => string>> = {
  "by itself": (text) => text,
  "in prose": (text) => `The worker said (${text}), and stopped.`,
  "in JSON": (text) => JSON.stringify({ level: "error", message: text, attempt: 1 }),
  "in a query": (text) => `https://ci.example.com/hook?run=7&detail=${encodeURIComponent(text)}&page=2`,
  "in a shell line": (text) => `run-job --note '${text}' --retries 2`,
};
/** A part of a credential as long as this, left behind, is a find. */
const WINDOW = 8;

/** The longest part of `secret` that `text` still holds, of at least eight letters; empty where there is none. */
function leftOf(secret: string, text: string): string {
  for (let at = 0; at + WINDOW <= secret.length; at += 1)
    if (text.includes(secret.slice(at, at + WINDOW))) return secret.slice(at, at + WINDOW);
  return secret.length < WINDOW && text.includes(secret) ? secret : "";
}

function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-F]{2})+/g, (escapes) => decodeURIComponent(escapes));
}

describe("the corpus", () => {
  it("holds at least 200 credentials and 200 look-alikes, each once", () => {
    const of = credentials().map((credential) => credential.of);
    const texts = lookAlikes().map((lookAlike) => lookAlike.text);

    expect(new Set(of).size).toBe(of.length);
    expect(new Set(texts).size).toBe(texts.length);
    expect(of.length).toBeGreaterThanOrEqual(200);
    expect(texts.length).toBeGreaterThanOrEqual(200);
  });
});

describe.each(Object.entries(WRAPPINGS))("R12: %s", (_name, wrap) => {
  it.each(credentials())("$of is taken out", ({ kind, text, secrets }) => {
    const wrapped = wrap(text);
    const { text: clean, hits } = redact(wrapped);

    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      expect(leftOf(secret, clean), clean).toBe("");
      expect(leftOf(secret, decoded(clean)), clean).toBe("");
    }
    expect(hits).toContain(kind);
    expect(clean).toContain(`[redacted:${kind}]`);
    expect(redact(clean)).toEqual({ text: clean, hits: [] });
  });

  it.each(lookAlikes())("stays: $of $text", ({ text }) => {
    expect(redact(wrap(text))).toEqual({ text: wrap(text), hits: [] });
  });
});

it("what was JSON still is", () => {
  for (const { text } of credentials()) {
    const { text: clean } = redact(JSON.stringify({ message: text, n: 1 }));
    expect(JSON.parse(clean)).toMatchObject({ n: 1 });
  }
});
