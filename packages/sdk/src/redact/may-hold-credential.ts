/**
 * The cheap look that most text needs no more than: whether there is anything in it that a pass could be about.
 *
 * Each expression begins with a letter that is rare, or with the start of a word, and looks behind from there: three to four times the cost of writing the text
 * as JSON, where the passes take a hundred times as much.
 */
import { literally } from "./token-pass.ts";
import { TOKEN_SHAPES } from "./token-shapes.ts";

/** The shortest text with a credential in it: a name, a separator and a password. */
const MIN_LENGTH = 6;
/** The shortest credential that is told by its looks. */
const MIN_TOKEN_LENGTH = 15;

const PREFIX = new RegExp(
  `(?:^|[^A-Za-z0-9])(?:${TOKEN_SHAPES.flatMap(({ starts }) => starts)
    .map(literally)
    .join("|")})`,
);
/** The rarest part of each open shape. */
const OPEN = /:AA|Q~|NRAL|1cDnyilFU|\.atlasv1|\.[\w-]{6}\.|-[a-f0-9]{8}-[a-f0-9]{8}/;
/** A separator behind the last letters of a sensitive name, a space behind a scheme. */
const NAME =
  /[:=,>\s+](?<=(?:pass(?:word|wd|phrase|code|wort)?\d?|pwd|secret|key|base|data|token|authorization|cookies?2?|credentials?|[cx]srf|sess(?:id|ion)|sessionid|connect\.sid|aspxauth|signature|auth|sid|sig|code|jwt|assertion|ticket|hmac|samlresponse|verifier|value|pass)[\s\\"'`]{0,12}[:=,>]|(?:bearer|basic|token|apikey|negotiate|ntlm|ssws|sharedkey(?:lite)?|digest|oauth|hawk|sha256|passw(?:or)?d|passphrase|passcode|secret|key)["'`\])]{0,2}[\s+])/i;
/** Armour, options, addresses that are secrets, and escapes, behind which a word may begin. */
const PLACE =
  /-----BEGIN|PuTTY|hook|telegram\.|\\[nrtbfv0u]|%[0-9A-Fa-f]{2}|\[[0-9;]{0,8}m|[：＝是為为]|密|口令|パスワード|비밀번호|пароль|金鑰|令牌|権杖|トークン|秘密鍵|\w"(?:\r?\n){2}|(?:^|[\s"'])-(?:[upaU]|-)/;

/** Whether the text may hold a credential; false is certain. */
export function mayHoldCredential(text: string): boolean {
  if (text.length < MIN_LENGTH) return false;
  if (NAME.test(text) || PLACE.test(text)) return true;
  if (
    text.includes("@") &&
    (text.includes("://") || text.includes(":\\/\\/") || text.includes("@tcp") || text.includes("@unix"))
  )
    return true;
  return text.length >= MIN_TOKEN_LENGTH && (PREFIX.test(text) || OPEN.test(text));
}
