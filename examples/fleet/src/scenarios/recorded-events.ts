/** Reads the audit events that a Collector wrote to its file: OTLP JSON, one export a line. */
import { readFile } from "node:fs/promises";
import { ATTRIBUTES } from "@worker-watchdog/sdk/semconv";
import type { RecordedEvent } from "./scenario-verdict.ts";

interface OtlpLogs {
  readonly resourceLogs?: readonly {
    readonly scopeLogs?: readonly { readonly logRecords?: readonly OtlpLogRecord[] }[];
  }[];
}

interface OtlpLogRecord {
  readonly eventName?: string;
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** The events of a file, in order. A line that is still being written is left out. */
export async function readRecordedEvents(file: string): Promise<readonly RecordedEvent[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .flatMap(parseLine)
    .flatMap(({ resourceLogs = [] }) => resourceLogs)
    .flatMap(({ scopeLogs = [] }) => scopeLogs)
    .flatMap(({ logRecords = [] }) => logRecords)
    .map(({ eventName = "", attributes = [] }) => ({
      name: eventName,
      pool: attributes.find(({ key }) => key === ATTRIBUTES.workerPool.key)?.value.stringValue ?? "",
    }));
}

function parseLine(line: string): readonly OtlpLogs[] {
  try {
    return [JSON.parse(line) as OtlpLogs];
  } catch {
    return [];
  }
}
