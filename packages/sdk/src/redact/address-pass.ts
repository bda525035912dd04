/** Replaces credentials in addresses: user and password before a host, and addresses that are secrets themselves. */
import { type Hit, withoutPlaceholders } from "./placeholder.ts";

/** From `://` to the last `@` before a path: linear, for a run ends at the next slash. */
const USER_INFO = /(:\\?\/\\?\/)([^\s/?#"'<>\\`]{1,2048})@(?=[\w[(.-])/g;
/** Addresses of stores, whose passwords may hold a slash that nobody escaped. */
const STORE_ADDRESS =
  /(\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|nats|ldaps?|smtps?|s?ftp)(?:\+\w{1,20})?:\/\/)([^\s/@:"'<>`\\]{0,128}:(?!\d{1,5}[/?])[^\s@"'<>`\\]{1,512})@(?=[\w[(.-])/gi;
/** Long and mixed: a token that stands in for a user's name. */
const TOKEN_LIKE = /^(?=.*\d)[\w.~%-]{20,}$/;
/** Addresses that anybody may post to who knows them: host and path, then what must not be known. */
const WEBHOOKS =
  /(\bhooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/|\bdiscord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{5,20}\/|\.webhook\.office\.com\/webhookb2\/|\bhooks\.zapier\.com\/hooks\/catch\/|\bapi\.telegram\.org\/bot|\bopen\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook\/)([\w@%:./-]{8,})/g;
/** Go's way to write a database's address: `user:password@tcp(host)`. */
const GO_ADDRESS = /:[^\s:@"'[\]]{1,256}@(?=(?:tcp|unix)\d?\()/g;

/** The text without them; hosts and paths stay. */
export function replaceAddresses(text: string, hit: Hit): string {
  const replaceUser = (whole: string, scheme: string, user: string): string =>
    isCredential(user) ? `${scheme}${hit("url_credentials")}@` : whole;
  return text
    .replace(USER_INFO, replaceUser)
    .replace(STORE_ADDRESS, replaceUser)
    .replace(WEBHOOKS, (_whole, address: string) => `${address}${hit("webhook_url")}`)
    .replace(GO_ADDRESS, () => `:${hit("url_credentials")}@`);
}

function isCredential(user: string): boolean {
  const rest = withoutPlaceholders(user);
  const colon = rest.indexOf(":");
  if (colon === -1) return TOKEN_LIKE.test(rest);
  // Behind a user's name a password; behind a token a word such as `x-oauth-basic`, which tells nobody anything.
  const isPasswordGone = rest.length < user.length && (colon === 0 || colon + 1 === rest.length);
  return !isPasswordGone && (colon + 1 < rest.length || TOKEN_LIKE.test(rest.slice(0, colon)));
}
