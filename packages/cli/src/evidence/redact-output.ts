/** Takes credentials out of what a command printed, before any of it is kept or shown again. */
import { redact } from "@worker-watchdog/sdk/redact";

/** The text without its credentials. */
export function redactOutput(text: string): string {
  return redact(text).text;
}
