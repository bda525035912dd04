/** A journal in a file, for a worker that imports the library: what it knows of its jobs and runs outlives its process. */
export {
  type FileJournal,
  type JournalFile,
  type JournalRetention,
  type JournalTrouble,
  journalRetention,
  openJournal,
  type PruneReport,
} from "@worker-watchdog/store";
