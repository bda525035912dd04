/** Small pieces of text that every part of the terminal uses: times, durations, colours, and lines that fit. */

/** `14:03:09` of an instant in unix seconds, by the local clock. */
export function clockTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toTimeString().slice(0, 8);
}

/** `4:07` of a number of seconds; `-0:12` of one below 0. */
export function minutesAndSeconds(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  return `${seconds <= -0.5 ? "-" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
/** Colours text, or does not. */
export type Paint = (colour: keyof typeof CODES, text: string) => string;

/** Paints where a person looks at it and has not asked for plain text. */
export function paintFor(stream: { readonly isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): Paint {
  if (!stream.isTTY || env["NO_COLOR"]) return (_colour, text) => text;
  return (colour, text) => `\u001b[${CODES[colour][0]}m${text}\u001b[${CODES[colour][1]}m`;
}

/** Cuts a line to a width, colours not counted. */
export function fit(line: string, columns: number): string {
  let width = 0;
  let result = "";
  // Split into colour codes and everything between them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for.
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith("\u001b")) {
      result += part;
      continue;
    }
    const characters = [...part];
    const room = columns - width;
    if (characters.length <= room) result += part;
    else if (room > 0) result += `${characters.slice(0, room - 1).join("")}…`;
    width = Math.min(columns, width + characters.length);
  }
  return result;
}
