/** Finds where a JSON object that starts in a text ends: strict, without recursion, and giving up at the first character that is wrong. */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in a string.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** What a scan found. */
export interface ObjectScan {
  /** Index behind the object's last brace; undefined where there is no whole object. */
  readonly end: number | undefined;
  /** Index that the scan came to: what it cost. */
  readonly reached: number;
}

/** Scans the object whose opening brace is at `start`. */
export function scanJsonObject(text: string, start: number): ObjectScan {
  const open: ("{" | "[")[] = [];
  let at = start;
  /** What may come next: a value, a key, a comma or end; the last two also where a container is still empty. */
  let expected: "value" | "first_value" | "key" | "first_key" | "comma" = "value";
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const failed = (): ObjectScan => ({ end: undefined, reached: at });
  for (;;) {
    match(SPACE);
    const character = text[at];
    if (character === undefined) return failed();
    const inner = open.at(-1);
    if (character === "}" || character === "]") {
      const closes = character === "}" ? "{" : "[";
      const mayClose = expected === "comma" || expected === (closes === "{" ? "first_key" : "first_value");
      if (inner !== closes || !mayClose) return failed();
      open.pop();
      at += 1;
      if (open.length === 0) return { end: at, reached: at };
      expected = "comma";
    } else if (expected === "comma") {
      if (character !== ",") return failed();
      at += 1;
      expected = inner === "{" ? "key" : "value";
    } else if (expected === "key" || expected === "first_key") {
      if (!match(STRING)) return failed();
      match(SPACE);
      if (text[at] !== ":") return failed();
      at += 1;
      expected = "value";
    } else if (character === "{" || character === "[") {
      open.push(character);
      at += 1;
      expected = character === "{" ? "first_key" : "first_value";
    } else {
      if (!match(STRING) && !match(NUMBER) && !match(WORD)) return failed();
      expected = "comma";
    }
  }
}
