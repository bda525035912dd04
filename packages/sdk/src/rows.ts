/** What an exporter needs of the library, without the rest of it: loading the whole takes some ten times as long. */
export { WatchdogError, type WatchdogErrorCode, type WatchdogErrorOptions } from "./errors.ts";
export { onRowSource, registerRowSource, rowSources } from "./rows/row-sources.ts";
export type { Row, RowSource } from "./rows/row-table.ts";
