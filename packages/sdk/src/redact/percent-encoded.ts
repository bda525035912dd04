/** Credentials in text that was percent-encoded, whole or in part: it is read as what it says, and written back where it said one. */

/** What an encoded run is made of. */
const RUN = /[\w.~!*'()+$,;:@/%-]{3,}/g;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;
const ESCAPED_PLACEHOLDER = /%5Bredacted%3A([a-z_]{1,40})%5D/g;

/** The text, with each encoded run through `redact`, which gives the same text back where there was nothing in it. */
export function replaceEncoded(text: string, redact: (decoded: string) => string): string {
  if (!text.includes("%")) return text;
  return text.replace(RUN, (run) => {
    if (!run.includes("%")) return run;
    const decoded = decode(run);
    if (decoded === run) return run;
    const clean = redact(decoded);
    return clean === decoded ? run : encode(clean);
  });
}

/** Escapes that are no UTF-8 stay as they are. */
function decode(run: string): string {
  return run.replace(ESCAPES, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(ESCAPED_PLACEHOLDER, "[redacted:$1]");
}
