/** The bridge's secrets: read anew for each notification, so that a new token needs no restart, and never shown. */
import { readFile } from "node:fs/promises";
import type { LineBridgeSettings } from "@worker-watchdog/sdk/policy";

/** The environment variable that holds the token where the policy names no file. */
export const TOKEN_VARIABLE = "LINE_CHANNEL_ACCESS_TOKEN";

/** A secret, or why there is none. */
export type Secret = { readonly value: string } | { readonly problem: string };

/** LINE's channel access token. */
export async function channelAccessToken(
  { channel_access_token_file: file }: LineBridgeSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Secret> {
  if (file !== undefined) return await secretOf(file, "line_bridge.channel_access_token_file");
  const value = environment[TOKEN_VARIABLE]?.trim() ?? "";
  if (value !== "") return checked(value, `the environment variable ${TOKEN_VARIABLE}`);
  return {
    problem: `found no channel access token, allowed a file that line_bridge.channel_access_token_file names, or ${TOKEN_VARIABLE}. Issue one in the LINE Developers Console`,
  };
}

/** The bearer token that Alertmanager must send; undefined where the policy asks for none. */
export async function bridgeCredentials({ credentials_file: file }: LineBridgeSettings): Promise<Secret | undefined> {
  return file === undefined ? undefined : await secretOf(file, "line_bridge.credentials_file");
}

async function secretOf(file: string, key: string): Promise<Secret> {
  try {
    return checked((await readFile(file, "utf8")).trim(), `${key} (${file})`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { problem: `found no readable file at ${file} (${code}), allowed the secret of ${key} in it` };
  }
}

/** What a header can hold; anything else would be refused in an error that quotes it. */
function checked(value: string, where: string): Secret {
  if (/^[\x21-\x7e]+$/.test(value)) return { value };
  return {
    problem: `found ${value === "" ? "nothing" : "more than one word of printable ASCII"} in ${where}, allowed the secret alone`,
  };
}
