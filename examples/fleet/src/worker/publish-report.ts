/** Puts a report's files on the artifact host, and says where they are. */
import { createHash } from "node:crypto";
import type { Report, ReportFile } from "./build-report.ts";
import type { Call } from "./job-service-api.ts";

/** A report that can be fetched. */
export interface Publication {
  /** Address of the primary artifact. */
  readonly url: string;
  /** Address of the folder's file list, which the host writes. */
  readonly filesUrl: string;
  readonly sha256: string;
  readonly kinds: readonly string[];
}

/** The kinds that every publication brings: the page, and the host's list of the folder. */
const ALWAYS = ["html_report", "file_list"];

/** Publishes the report into a folder, whose address ends with a slash, with what the artifact kinds ask for. */
export async function publishReport(
  report: Report,
  folder: string,
  kinds: readonly string[],
  call: Call,
): Promise<Publication> {
  await put(folder, report.html, call);
  for (const kind of kinds.filter((wanted) => !ALWAYS.includes(wanted))) await publishKind(report, folder, kind, call);
  return {
    url: `${folder}${report.html.name}`,
    filesUrl: `${folder}manifest.json`,
    sha256: createHash("sha256").update(report.html.content).digest("hex"),
    kinds: [...new Set([...ALWAYS, ...kinds])],
  };
}

/** Adds one artifact kind to a published report. @throws Error for a kind that this worker can not make. */
export async function publishKind(report: Report, folder: string, kind: string, call: Call): Promise<void> {
  if (kind !== "summary_csv") throw new Error(`This worker can not make an artifact of kind ${kind}.`);
  await put(folder, report.summary, call);
}

async function put(folder: string, file: ReportFile, { signal }: Call): Promise<void> {
  const response = await fetch(`${folder}${file.name}`, { method: "PUT", body: file.content, signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The artifact host answered ${response.status} to ${file.name}.`);
}
