/** Replaces credentials that stand behind a word for one, with no name and separator that a machine would write: sentences, other scripts, form fields. */
import type { CredentialKind } from "../semconv/index.ts";
import type { Hit } from "./placeholder.ts";
import { sensitiveName } from "./sensitive-name.ts";
import { isCredentialValue } from "./value-verdict.ts";

/** `token is …`, `ENV API_TOKEN …`, `configure set aws_secret_access_key …`: what follows has to be random beyond doubt. */
const SENTENCE =
  /(passw(?:or)?d|passphrase|passcode|secret|token|key)(["'`\])]{0,2}[ \t]{1,4}(?:(?:is|was)[ \t]{0,2}:?|)[ \t"'`]{0,4})([A-Za-z0-9+/_=-]{12,})/gi;
/** Names in other scripts, and separators of full width. */
const OTHER_SCRIPTS =
  /(密碼|密码|口令|パスワード|비밀번호|пароль|金鑰|密钥|秘密鍵|権杖|令牌|トークン|password|token|secret|api[ _-]?key)(["'`」』]{0,2}\s{0,4}[:：=＝是為为]\s{0,4}["'`「『]?)([!#-[\]-~]{6,256})/giu;
/** A field of a form with parts. */
const FORM_FIELD = /(\bname=\\{0,3}"([\w.-]{3,64})\\{0,3}"(?:\r?\n|\\r\\n|\\n){2})([^\r\n\\"]{1,8192})/g;

/** The text without them. */
export function replaceInProse(text: string, hit: Hit): string {
  return text
    .replace(SENTENCE, (whole: string, word: string, space: string, value: string) =>
      isRandom(value) ? `${word}${space}${hit(kindOf(word))}` : whole,
    )
    .replace(OTHER_SCRIPTS, (whole: string, word: string, separator: string, value: string) => {
      // With ASCII alone it is an assignment, which has a pass of its own.
      if (isAscii(word + separator)) return whole;
      return /\d|[a-z][A-Z]/.test(value) && !value.startsWith("[redacted:")
        ? `${word}${separator}${hit(kindOf(word))}`
        : whole;
    })
    .replace(FORM_FIELD, (whole: string, head: string, name: string, value: string) => {
      const found = sensitiveName(name);
      return found !== undefined && isCredentialValue(value, found.rule, { isPlain: true, isFollowed: false })
        ? `${head}${hit(found.kind)}`
        : whole;
    });
}

function kindOf(word: string): CredentialKind {
  if (/^token|令牌|権杖|トークン/i.test(word)) return "token";
  if (/^secret/i.test(word)) return "secret";
  return /key|金鑰|密钥|秘密鍵/i.test(word) ? "api_key" : "password";
}

/** Small and capital letters and digits within one run: no id, no word, no digest. */
function isRandom(value: string): boolean {
  return value
    .split(/[-_=/]/)
    .some((run) => run.length >= 12 && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run));
}

function isAscii(text: string): boolean {
  return /^[\t\n\r -~]*$/.test(text);
}
