/** The durable journal of a worker. */
export type { FileJournal } from "./file-journal.ts";
export { type FileSystem, fileSystemOf } from "./file-system.ts";
export type { JournalTrouble } from "./journal-unusable.ts";
export { type JournalFile, journalRetention, openJournal } from "./open-journal.ts";
export type { JournalRetention, PruneReport } from "./retention.ts";
