/** Tells a sign-in page from an artifact: a redirect to one, or one served in the artifact's place, proves nothing. */

const signInNames =
  /^(?:log[-_]?(?:in|on)|sign[-_]?(?:in|on)|sso|saml2?|oauth2?|authorize|authenticate|.*(?:[-_]|service)(?:login|logon|signin))$/i;
const signInHosts = /^(?:log-?in|logon|sign-?in|sso|auth|accounts?|idp)\./i;

/** Whether an address looks like a sign-in page, by its host or a part of its path. For redirect targets, not for stated addresses. */
export function isSignInAddress(url: URL): boolean {
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const names = parts.map((part) => part.replace(/\.[a-z]{2,5}$/i, ""));
  return (
    signInHosts.test(url.hostname) ||
    names.some((name) => signInNames.test(name)) ||
    names.at(-1)?.toLowerCase() === "auth"
  );
}

/** Whether a page asks for a sign-in: a password field, a form sent to a sign-in address, or an immediate move to one. */
export function isSignInPage(html: string, address: URL): boolean {
  const page = html.replaceAll(/<!--.*?(?:-->|$)/gs, "").replaceAll(/<script\b.*?(?:<\/script|$)/gis, "");
  for (const [tag] of page.matchAll(/<(?:input|form|meta)\b[^<>]*/gi)) {
    if (/^<input/i.test(tag)) {
      if (/\stype\s*=\s*["']?password\b/i.test(tag)) return true;
      continue;
    }
    const target = /^<form/i.test(tag) ? attribute(tag, "action") : refreshTarget(tag);
    if (target !== undefined && URL.canParse(target, address.href) && isSignInAddress(new URL(target, address)))
      return true;
  }
  return false;
}

function refreshTarget(tag: string): string | undefined {
  if (!/\shttp-equiv\s*=\s*["']?refresh\b/i.test(tag)) return undefined;
  return /url\s*=\s*["']?([^"'\s>]+)/i.exec(attribute(tag, "content") ?? "")?.[1];
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(tag);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}
