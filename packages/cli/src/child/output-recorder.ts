/** What is remembered of a command's output: hash, length, head and tail, and its JSON. Memory stays bounded, whatever comes. */
import { createHash } from "node:crypto";
import { type Excerpt, HeadAndTail } from "./head-and-tail.ts";
import { type JsonOutput, jsonOutput, MAX_JSON_BYTES } from "./json-output.ts";

/** Which stream a chunk came by. */
export type OutputStream = "stdout" | "stderr";

/** What is known of one stream. */
export interface StreamDigest {
  /** SHA-256 of its raw bytes, in hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What is known of an output. */
export interface ChildOutput {
  /** The result's stream: its hash is the output's. */
  readonly stdout: StreamDigest;
  readonly stderr: StreamDigest;
  /** Both streams in the order in which they came, raw: redact it before it is kept. */
  readonly excerpt: Excerpt;
  /** The JSON object on stdout. */
  readonly json: JsonOutput;
}

/** At most so much of an output is kept as evidence, head and tail together (R2.3). */
export const EVIDENCE_BYTES: number = 65_536;
/**
 * Kept beyond each cut, redacted with the rest, and then left out: a credential that the cut goes through is recognised only whole. More than any
 * key in PEM form.
 */
export const CUT_MARGIN_BYTES: number = 8_192;

const KEPT = EVIDENCE_BYTES / 2 + CUT_MARGIN_BYTES;

/** Takes an output as it comes. */
export class OutputRecorder {
  readonly #hashes = { stdout: createHash("sha256"), stderr: createHash("sha256") };
  readonly #bytes = { stdout: 0, stderr: 0 };
  readonly #excerpt = new HeadAndTail({ headBytes: KEPT, tailBytes: KEPT });
  readonly #json = new HeadAndTail({ headBytes: 0, tailBytes: MAX_JSON_BYTES });

  push(chunk: Uint8Array, stream: OutputStream): void {
    this.#hashes[stream].update(chunk);
    this.#bytes[stream] += chunk.length;
    this.#excerpt.push(chunk);
    if (stream === "stdout") this.#json.push(chunk);
  }

  /** The JSON object on stdout so far. Costs a search of up to 1 MiB. */
  json(): JsonOutput {
    const { head, tail, omittedBytes } = this.#json.excerpt();
    return jsonOutput(omittedBytes === 0 ? head : tail, this.#bytes.stdout);
  }

  /** All that is known, so far. */
  output(): ChildOutput {
    return {
      stdout: this.#digest("stdout"),
      stderr: this.#digest("stderr"),
      excerpt: this.#excerpt.excerpt(),
      json: this.json(),
    };
  }

  #digest(stream: OutputStream): StreamDigest {
    return { sha256: this.#hashes[stream].copy().digest("hex"), bytes: this.#bytes[stream] };
  }
}
