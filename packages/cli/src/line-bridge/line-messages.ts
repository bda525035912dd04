/**
 * A notification as texts for LINE: whole pages while they fit into one request, then one line for each alert, so that no job and no
 * next action is cut. Bounds: https://developers.line.biz/en/reference/messaging-api/#send-push-message and #text-message.
 */
import type { NotifiedAlert } from "./notification.ts";

/** Longest text of one message, in UTF-16 code units, as LINE counts and as JavaScript does. */
export const MOST_CHARACTERS = 5_000;
/** Most messages of one request. */
export const MOST_MESSAGES = 5;

const BETWEEN = "\n\n";

/** The texts of at most {@link MOST_MESSAGES} messages. */
export function lineTexts(alerts: readonly NotifiedAlert[]): readonly string[] {
  const whole = alerts.map(wholeText);
  const short = alerts.map(shortText);
  const withWhole = (count: number) => packed([...whole.slice(0, count), ...short.slice(count)]);
  const count = most(alerts.length, (some) => withWhole(some) !== undefined);
  const texts = withWhole(count);
  if (texts !== undefined) return texts;
  // Not even one line for each alert fits: the rest is counted, and stands on the dashboard and in Alertmanager.
  const withShort = (some: number) => packed([...short.slice(0, some), restText(alerts.length - some)]);
  return withShort(most(alerts.length - 1, (some) => withShort(some) !== undefined)) ?? [restText(alerts.length)];
}

/** The greatest number up to `end` that is `possible`, where every smaller one is possible as well; 0 where none is. */
function most(end: number, possible: (count: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (possible(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A page that has ended still begins with the words of R4.1; that it has ended must come first. */
function wholeText({ isFiring, text }: NotifiedAlert): string {
  return isFiring ? text : `Resolved:\n${text}`;
}

/** What a person needs to act. */
function shortText({ isFiring, labels, annotations }: NotifiedAlert): string {
  const { alertname = "alert", severity = "", owner = "none", worker_pool: pool = "none" } = labels;
  const { job = "none", worker = "none", next_action: action = "none" } = annotations;
  return `${isFiring ? "" : "Resolved: "}${alertname} (${severity}); job=${job}; next action=${action}; owner=${owner}; worker=${worker}; pool=${pool}`;
}

function restText(count: number): string {
  return `and ${count} more of this group: see Alertmanager`;
}

/** The blocks in as few messages as they need; undefined where they need too many. */
function packed(blocks: readonly string[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const piece of blocks.flatMap(pieces)) {
    const last = texts.at(-1);
    const joined = last === undefined ? piece : `${last}${BETWEEN}${piece}`;
    if (last !== undefined && joined.length <= MOST_CHARACTERS) texts[texts.length - 1] = joined;
    else if (texts.push(piece) > MOST_MESSAGES) return undefined;
  }
  return texts;
}

/** A block that is too long for one message, cut at line ends, else at spaces, else between characters. */
function pieces(block: string): readonly string[] {
  const found: string[] = [];
  let rest = block;
  while (rest.length > MOST_CHARACTERS) {
    const end = cutAt(rest);
    found.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? found : [...found, rest];
}

function cutAt(text: string): number {
  const head = text.slice(0, MOST_CHARACTERS + 1);
  const space = Math.max(head.lastIndexOf("\n"), head.search(/\s\S*$/));
  if (space > 0) return space;
  const isPair = /[\uD800-\uDBFF]/.test(text.charAt(MOST_CHARACTERS - 1));
  return isPair ? MOST_CHARACTERS - 1 : MOST_CHARACTERS;
}
