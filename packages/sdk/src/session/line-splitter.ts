/** Cuts a stream of bytes into lines for reading: bounded, without control sequences, and with progress lines that overwrite each other as lines. */

/** One line of output. */
export interface OutputLine {
  /** Its text, without control sequences; the beginning of it where it was too long. */
  readonly text: string;
  /** Whether it was longer than is kept. */
  readonly isCut: boolean;
}

/** Longest line that is kept whole, in characters: enough for an agent's JSON event, save those that hold whole files. */
export const MAX_LINE_LENGTH: number = 262_144;

const CONTROL_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])|\u009b[0-?]*[ -/]*[@-~]/g;

/** Takes bytes as they come, and gives lines. It keeps one line at most. */
export class LineSplitter {
  readonly #decoder = new TextDecoder("utf-8");
  readonly #onLine: (line: OutputLine) => void;
  #kept = "";
  #isCut = false;
  #isAfterReturn = false;

  constructor(onLine: (line: OutputLine) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** Gives what is left as the last line. */
  end(): void {
    this.#take(this.#decoder.decode());
    if (this.#kept !== "" || this.#isCut) this.#flush();
  }

  #take(text: string): void {
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      // A carriage return starts the line anew on a screen: what stood there was a line of its own.
      if (code !== 10 && code !== 13) {
        this.#isAfterReturn = false;
        continue;
      }
      this.#keep(text.slice(from, at));
      from = at + 1;
      // The line feed of CR LF ends no second line.
      if (code === 13 || !this.#isAfterReturn) this.#flush();
      this.#isAfterReturn = code === 13;
    }
    this.#keep(text.slice(from));
  }

  #keep(part: string): void {
    const room = MAX_LINE_LENGTH - this.#kept.length;
    if (part.length > room) this.#isCut = true;
    this.#kept += part.length > room ? part.slice(0, room) : part;
  }

  #flush(): void {
    const [kept, isCut] = [this.#kept, this.#isCut];
    this.#kept = "";
    this.#isCut = false;
    this.#onLine({
      text: kept.includes("\u001b") || kept.includes("\u009b") ? kept.replace(CONTROL_SEQUENCE, "") : kept,
      isCut,
    });
  }
}
