/** What a worker states about the artifact that it published. The gate believes none of it. */
import { WatchdogError } from "../errors.ts";

/** A worker's statement of what it published, for the gate to prove. */
export interface ArtifactClaim {
  /** Address of the primary artifact, http or https. User name and password in it are never sent. */
  readonly url: string;
  /**
   * Address of the artifact's file list: a JSON manifest (an array, `{ files: […] }` or `{ files: { name: … } }`) or an HTML directory
   * listing. The gate fetches and counts it itself.
   */
  readonly filesUrl: string;
  /** How many files the list has; compared where it is stated. A whole number of at least 1. */
  readonly fileCount?: number | undefined;
  /** SHA-256 of the primary artifact's bytes, 64 hex digits; compared where it is stated. */
  readonly sha256?: string | undefined;
  /** The artifact kinds that it provides, for the result contract. Default: none. At most 100. */
  readonly kinds?: readonly string[] | undefined;
}

const maxAddressLength = 8_192;
const maxKinds = 100;

/**
 * Checks the shape of a claim and copies it; whether it is true is the gate's to find out.
 *
 * @throws {@link WatchdogError} `invalid_option`, which names the field, what was found and what is allowed.
 */
export function parseArtifactClaim(value: unknown): ArtifactClaim {
  if (typeof value !== "object" || value === null) throw invalid("the claim", value, "an object with url and filesUrl");
  const { url, filesUrl, fileCount, sha256, kinds } = value as Readonly<Record<keyof ArtifactClaim, unknown>>;
  if (fileCount !== undefined && !(Number.isSafeInteger(fileCount) && (fileCount as number) >= 1)) {
    throw invalid("fileCount", fileCount, "a whole number of at least 1");
  }
  if (sha256 !== undefined && !(typeof sha256 === "string" && /^[0-9a-f]{64}$/i.test(sha256))) {
    throw invalid("sha256", sha256, "64 hex digits");
  }
  return Object.freeze({
    url: address("url", url),
    filesUrl: address("filesUrl", filesUrl),
    fileCount: fileCount as number | undefined,
    sha256: sha256?.toLowerCase(),
    kinds: kinds === undefined ? undefined : kindList(kinds),
  });
}

function address(name: string, value: unknown): string {
  const allowed = `an absolute http or https address of at most ${maxAddressLength} characters`;
  if (typeof value !== "string" || value.length > maxAddressLength || !URL.canParse(value)) {
    throw invalid(name, value, allowed);
  }
  const { protocol } = new URL(value);
  if (protocol !== "http:" && protocol !== "https:") throw invalid(name, protocol, allowed);
  return value;
}

function kindList(value: unknown): readonly string[] {
  const isList =
    Array.isArray(value) &&
    value.length <= maxKinds &&
    value.every((kind) => typeof kind === "string" && kind.length > 0 && kind.length <= 128);
  if (!isList) throw invalid("kinds", value, `a list of at most ${maxKinds} strings of 1 to 128 characters`);
  return Object.freeze([...(value as string[])]);
}

/** An address may hold a credential, so a text that is no address is told by its length alone. */
function invalid(name: string, value: unknown, allowed: string): WatchdogError {
  let found = value === null ? "null" : Array.isArray(value) ? `a list of ${value.length}` : typeof value;
  if (typeof value === "number" || /^[a-z]+:$/.test(String(value))) found = String(value);
  else if (typeof value === "string") found = `a text of ${value.length} characters`;
  return new WatchdogError(
    "invalid_option",
    `artifact claim: ${name} is ${found}, allowed ${allowed}. Correct what the publish function returns`,
  );
}
