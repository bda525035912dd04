/** The journal that a person's acts are recorded in: the worker's, where it is on this machine, else one of this machine's own. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { FileJournal } from "@worker-watchdog/store";

/** Opens it, or makes it. @throws WatchdogError `journal_unusable`: what can not be recorded is not done. */
export async function openJournalOf(file: string, policy: Policy): Promise<FileJournal> {
  const { journalRetention, openJournal } = await import("@worker-watchdog/store");
  return openJournal({ file, retention: journalRetention(policy) });
}
