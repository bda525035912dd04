/** Keeps the first and the last bytes of an output of any length, in bounded memory. */

/** How much of an output is kept. */
export interface HeadAndTailBytes {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** What is left of an output. */
export interface Excerpt {
  /** The first bytes; the whole output where nothing was left out. */
  readonly head: Buffer;
  /** The last bytes; empty where nothing was left out. */
  readonly tail: Buffer;
  /** How many bytes between them were not kept. */
  readonly omittedBytes: number;
}

/** The first and the last bytes of what it was given. */
export class HeadAndTail {
  readonly #limits: HeadAndTailBytes;
  readonly #head: Buffer[] = [];
  readonly #tail: Buffer[] = [];
  #headLength = 0;
  #tailLength = 0;
  #bytes = 0;

  constructor(limits: HeadAndTailBytes) {
    this.#limits = limits;
  }

  /** How many bytes it was given. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next bytes; the chunk is copied, so that a small rest of it does not keep all of it. */
  push(chunk: Uint8Array): void {
    const { headBytes, tailBytes } = this.#limits;
    this.#bytes += chunk.length;
    const toHead = Math.min(chunk.length, headBytes - this.#headLength);
    if (toHead > 0) {
      this.#head.push(Buffer.from(chunk.subarray(0, toHead)));
      this.#headLength += toHead;
    }
    const rest = chunk.subarray(Math.max(toHead, chunk.length - tailBytes));
    if (rest.length === 0) return;
    this.#tail.push(Buffer.from(rest));
    this.#tailLength += rest.length;
    for (let first = this.#tail[0]; first !== undefined; first = this.#tail[0]) {
      if (this.#tailLength - first.length < tailBytes) break;
      this.#tail.shift();
      this.#tailLength -= first.length;
    }
    // Many small writes: one buffer instead of a thousand.
    if (this.#tail.length > 256) this.#tail.splice(0, this.#tail.length, Buffer.concat(this.#tail));
  }

  excerpt(): Excerpt {
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    const omittedBytes = Math.max(0, this.#bytes - this.#headLength - this.#limits.tailBytes);
    if (omittedBytes === 0) return { head: Buffer.concat([head, tail]), tail: Buffer.alloc(0), omittedBytes };
    return { head, tail: tail.subarray(tail.length - this.#limits.tailBytes), omittedBytes };
  }
}
