/** Counts the entries of an artifact's file list, whatever its form. */
import { GateFailure } from "./gate-failure.ts";

/** A file list as it came. */
export interface FileListPage {
  readonly address: URL;
  /** Media type without parameters, in lower case; empty where none was sent. */
  readonly mediaType: string;
  readonly text: string;
}

/**
 * The number of files that a list names; at least 1. A JSON manifest is an array, `{ files: […] }` or `{ files: { name: … } }`; an entry is a
 * name or an object. In an HTML listing the links to below its own directory count, each once.
 *
 * @throws GateFailure `file_list_unreadable` or `empty_file_list`.
 */
export function countFiles(page: FileListPage): number {
  const count = isHtml(page.mediaType, page.text) ? countLinks(page.text, page.address) : countEntries(page.text);
  if (count === 0)
    throw new GateFailure("empty_file_list", "found a file list without entries, allowed at least 1 entry");
  return count;
}

/** Whether a page is HTML, by its type or, where none was sent, by its first character. */
export function isHtml(mediaType: string, text: string): boolean {
  if (mediaType === "") return /^\uFEFF?\s*</.test(text);
  return mediaType === "text/html" || mediaType === "application/xhtml+xml";
}

function countEntries(text: string): number {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw unreadable("no JSON");
  }
  if (Array.isArray(parsed)) return parsed.filter(isEntry).length;
  if (typeof parsed !== "object" || parsed === null || !Object.hasOwn(parsed, "files"))
    throw unreadable("JSON without `files`");
  const { files } = parsed as { readonly files: unknown };
  if (Array.isArray(files)) return files.filter(isEntry).length;
  if (typeof files !== "object" || files === null) throw unreadable("`files` that is neither a list nor an object");
  return Object.entries(files).filter(([name, file]) => name !== "" && isEntry(file)).length;
}

/** A name, or a description of a file. What was deleted is `null` in a gist. */
function isEntry(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "";
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

function countLinks(html: string, address: URL): number {
  const directory = new URL(".", address);
  const files = new Set<string>();
  for (const match of html
    .replaceAll(/<!--.*?(?:-->|$)/gs, "")
    .matchAll(/<a\b[^<>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/gi)) {
    const target = (match[1] ?? match[2] ?? match[3] ?? "").replaceAll("&amp;", "&");
    // Links that sort the listing (`?C=M`) and jumps within it name no file.
    if (target === "" || /^[?#]/.test(target) || !URL.canParse(target, address.href)) continue;
    const { origin, pathname } = new URL(target, address);
    if (origin !== directory.origin || !pathname.startsWith(directory.pathname) || pathname === directory.pathname)
      continue;
    if (pathname !== address.pathname) files.add(pathname);
  }
  return files.size;
}

function unreadable(found: string): GateFailure {
  const allowed = "a JSON array, `{ files: […] }`, `{ files: { name: … } }` or an HTML directory listing";
  return new GateFailure("file_list_unreadable", `found ${found} as the file list, allowed ${allowed}`);
}
