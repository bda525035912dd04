/** The durable journal of a worker. */
export { type FileJournal, type JournalFile, openJournal } from "./open-journal.ts";
