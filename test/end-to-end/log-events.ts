/** Log events as the Collector wrote them down. */
import { readFile } from "node:fs/promises";

/** A log event as the Collector got it. */
export interface LogEvent {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What an OTLP JSON file holds, as far as it is read here. */
interface LogsExport {
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly eventName?: string;
        readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
      }[];
    }[];
  }[];
}

/** Log events of one pool and name in the Collector's file, which is made with the first event. */
export async function logEvents(eventsFile: string, pool: string, name: string): Promise<readonly LogEvent[]> {
  const file = await readFile(eventsFile, "utf8").catch(() => "");
  const found: LogEvent[] = [];
  for (const line of file.split("\n")) {
    // The last line may be half written.
    if (!line.includes(`"${name}"`) || !line.endsWith("}")) continue;
    for (const { scopeLogs } of (JSON.parse(line) as LogsExport).resourceLogs ?? [])
      for (const { logRecords } of scopeLogs)
        for (const { eventName, attributes = [] } of logRecords) {
          const values = Object.fromEntries(
            attributes.map(({ key, value }) => [key, String(Object.values(value)[0])] as const),
          );
          if (eventName === name && values["worker.pool"] === pool) found.push({ name, attributes: values });
        }
  }
  return found;
}
