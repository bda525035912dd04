/** The text that is kept of a command's output: redacted, and no longer than R2.3 allows. */
import { type ChildOutput, CUT_MARGIN_BYTES, EVIDENCE_BYTES } from "../child/output-recorder.ts";

/** What a document says beside the output. */
export interface EvidenceFacts {
  readonly phase: string;
  /** The command's first word, without its arguments: those may hold credentials. */
  readonly command: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The document. `redact` gets the output's head and tail as text, each with the margin that is left out afterwards. */
export function evidenceDocument(facts: EvidenceFacts, output: ChildOutput, redact: (text: string) => string): string {
  const { head, tail, omittedBytes } = output.excerpt;
  const lines = [
    `phase: ${facts.phase}`,
    `command: ${redact(facts.command)}`,
    `exit code: ${facts.exitCode ?? "none"}`,
    `signal: ${facts.signal ?? "none"}`,
    `stdout: ${output.stdout.bytes} bytes, sha256 ${output.stdout.sha256}`,
    `stderr: ${output.stderr.bytes} bytes, sha256 ${output.stderr.sha256}`,
    "",
  ];
  if (omittedBytes === 0) return `${lines.join("\n")}\n${shortened(redact(head.toString()))}`;
  const half = EVIDENCE_BYTES / 2;
  const cut = omittedBytes + 2 * CUT_MARGIN_BYTES;
  // The margins go whatever redaction made of the rest: what a cut went through lies in them, unrecognised.
  const redactedHead = Buffer.from(redact(head.toString()));
  const redactedTail = Buffer.from(redact(tail.toString()));
  const first = firstBytes(redactedHead, Math.min(half, redactedHead.length - CUT_MARGIN_BYTES));
  const last = lastBytes(redactedTail, Math.min(half, redactedTail.length - CUT_MARGIN_BYTES));
  return `${lines.join("\n")}\n${first}\n[… ${cut} bytes left out …]\n${last}`;
}

/** Redaction may lengthen a text, and what was kept has the margins in it. */
function shortened(text: string): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= EVIDENCE_BYTES) return text;
  const half = EVIDENCE_BYTES / 2;
  return `${firstBytes(buffer, half)}\n[…]\n${lastBytes(buffer, half)}`;
}

// Cut between characters: half of one is no text.
function firstBytes(buffer: Buffer, bytes: number): string {
  let end = Math.max(0, Math.min(bytes, buffer.length));
  while (end > 0 && end < buffer.length && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return buffer.toString("utf8", 0, end);
}

function lastBytes(buffer: Buffer, bytes: number): string {
  let start = Math.max(0, buffer.length - Math.max(0, bytes));
  while (start < buffer.length && ((buffer[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return buffer.toString("utf8", start);
}
