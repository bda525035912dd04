/** What an exporter needs of the library, without the rest of it: loading the whole takes some ten times as long. */
export { WatchdogError, type WatchdogErrorCode, type WatchdogErrorOptions } from "./errors.ts";
export { onRowSource, registerRowSource, rowSources } from "./row-sources.ts";
export type { Row, RowSource } from "./row-table.ts";
