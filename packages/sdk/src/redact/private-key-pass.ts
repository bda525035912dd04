/** Replaces private keys in their armour: PEM, OpenSSH, PGP and PuTTY, over many lines or in one with `\n`. */
import type { Hit } from "./placeholder.ts";

const BEGIN = /-----BEGIN[ +][A-Z0-9 +]{0,40}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----|PuTTY-User-Key-File-\d:/g;
const END = /-----END[ +][A-Z0-9 +]{0,40}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----|Private-MAC: ?[a-f0-9]{1,64}/g;
/** What a key that was cut off is made of: letters, headers, escaped line ends. */
const BODY = /[A-Za-z0-9+/=\s\\:,.-]*/y;

/** The text without them. A key without an end goes as far as its letters do. */
export function replacePrivateKeys(text: string, hit: Hit): string {
  let clean = "";
  let at = 0;
  let hasEnds = true;
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    clean += text.slice(at, begin.index) + hit("private_key");
    // Looked for once more only while there was one: many beginnings without an end stay linear.
    END.lastIndex = BEGIN.lastIndex;
    const end = hasEnds ? END.exec(text) : null;
    if (end === null) {
      hasEnds = false;
      BODY.lastIndex = BEGIN.lastIndex;
      BODY.test(text);
      at = BODY.lastIndex;
    } else {
      at = END.lastIndex;
    }
    BEGIN.lastIndex = at;
  }
  return at === 0 ? text : clean + text.slice(at);
}
