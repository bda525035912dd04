/** A terminal's second screen, redrawn in place: only lines that changed are written, in one go, so that nothing flickers. */

/** The part of a stream that a screen needs. */
export interface ScreenStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** A screen that is being drawn on. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  draw(lines: readonly string[]): void;
  /** Forgets what is on it, so that the next picture is drawn whole: after the window's size changed. */
  invalidate(): void;
  /** Gives the terminal back as it was. Gives false where it has been closed before. */
  close(): boolean;
}

const ESCAPE = "\u001b[";
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`;
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`;
/** Terminals that know these show a picture only when it is whole; others ignore them. */
const BEGIN = `${ESCAPE}?2026h`;
const END = `${ESCAPE}?2026l`;

/** Opens the screen. */
export function openScreen(stream: ScreenStream): Screen {
  let shown: readonly string[] = [];
  let isWhole = true;
  let isOpen = true;
  stream.write(ENTER);
  return {
    get columns() {
      return stream.columns ?? 80;
    },
    get rows() {
      return stream.rows ?? 24;
    },
    draw(lines) {
      if (!isOpen) return;
      let text = isWhole ? `${ESCAPE}2J` : "";
      for (let row = 0; row < Math.max(lines.length, shown.length); row += 1) {
        const line = lines[row] ?? "";
        if (isWhole || line !== shown[row]) text += `${ESCAPE}${row + 1};1H${line}${ESCAPE}0m${ESCAPE}K`;
      }
      shown = lines;
      isWhole = false;
      if (text !== "") stream.write(`${BEGIN}${text}${END}`);
    },
    invalidate() {
      isWhole = true;
    },
    close() {
      if (!isOpen) return false;
      isOpen = false;
      stream.write(LEAVE);
      return true;
    },
  };
}
