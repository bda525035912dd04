/** Replaces credentials in HTTP headers: `Authorization` and its schemes, `Cookie` and `Set-Cookie`. */
import type { Hit } from "./placeholder.ts";

/** A scheme and what follows it, wherever it stands: in a header, a log line, a command. */
const SCHEME =
  /(?<![\w-])(Bearer|Basic|Token|ApiKey|Negotiate|NTLM|SSWS|SharedKey(?:Lite)?)([ +]{1,4})([\w.~+/=:-]{8,})/gi;
/** Parameters of Digest, OAuth 1 and AWS' signatures: names and values, to the last of them. */
const PARAMETERS =
  /\b(Digest|OAuth|Hawk|AWS4-HMAC-SHA256|AWS4-ECDSA-P256-SHA256)[ ]{1,4}((?:[A-Za-z_-]{1,40}=(?:\\{0,3}"[^"\\\r\n]{0,2048}\\{0,3}"|[^\s,"\\]{1,2048})(?:,[ ]{0,4})?){1,24})/g;
/** In the header itself any scheme counts, and whatever stands behind it. */
const AUTHORIZATION =
  /((?:proxy-)?authorization\\{0,3}["']?\s{0,4}[:=,]\s{0,4}\\{0,3}["'`]?)((?:Bearer|Basic|Token|ApiKey|Negotiate|NTLM|Bot|SSWS|OAuth|Key|Splunk|GoogleLogin|AWS)[ +]{1,4}|)([^\s"'\\,;&[\]{}<>]{6,})/gi;
const SCHEME_ALONE = /^(?:bearer|apikey|sharedkey(?:lite)?|negotiate|digest|splunk|googlelogin|aws4-[a-z0-9-]+)$/i;
/** What tells the parameters of a request's proof from those of a server's question. */
const PROOF = /(?:response|signature|mac)=/i;
/** One cookie or more: `name=value; name=value`. */
const COOKIES =
  /((?:set-)?cookie2?\\{0,3}["']?\s{0,4}[:=,]\s{0,4}\\{0,3}["'`]?)([\w.$!#%&*+^`|~-]{1,128}=[^\s;"'\\]{1,8192}(?:;\s?[\w.$!#%&*+^`|~-]{1,128}(?:=[^;"'\\\r\n]{0,8192})?){0,64})/gi;

/** The text without them; the names of headers and schemes stay. */
export function replaceHeaders(text: string, hit: Hit): string {
  return text
    .replace(COOKIES, (_whole, name: string) => `${name}${hit("cookie")}`)
    .replace(PARAMETERS, (whole: string, scheme: string, parameters: string) =>
      PROOF.test(parameters) ? `${scheme} ${hit("authorization")}` : whole,
    )
    .replace(SCHEME, (whole: string, scheme: string, space: string, value: string) =>
      isSchemeValue(scheme, value) ? `${scheme}${space}${hit("authorization")}` : whole,
    )
    .replace(AUTHORIZATION, (whole: string, name: string, scheme: string, value: string) =>
      scheme !== "" || (isMixed(value) && !SCHEME_ALONE.test(value))
        ? `${name}${scheme}${hit("authorization")}`
        : whole,
    );
}

/** Without the header's name before it, "Basic understanding" is prose. */
function isSchemeValue(scheme: string, value: string): boolean {
  switch (scheme.toLowerCase()) {
    case "basic":
      return isUserAndPassword(value);
    case "bearer":
      return value.length >= 12 && isMixed(value);
    default:
      return /^[\w.~+/-]{20,}=*$|^[a-z0-9]{3,24}:[\w+/]{20,}=*$/.test(value) && /\d/.test(value);
  }
}

/** `user:password` in base64. */
function isUserAndPassword(value: string): boolean {
  if (!/^[\w+/-]{6,4096}={0,2}$/.test(value)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells that it was no text.
  return /^[^\u0000-\u001f:]*:[^\u0000-\u001f]*$/.test(Buffer.from(value, "base64").toString("latin1"));
}

/** Digits, or small and capital letters through one another: no word. */
function isMixed(value: string): boolean {
  return /\d/.test(value) || /[a-z][A-Z]/.test(value);
}
