/** YAML as every generated file has it: a header, no line wrapping, long expressions as blocks. */
import { stringify } from "yaml";
import { commentHeader } from "./file-header.ts";

/** `content` as a YAML file. The same content gives the same bytes, on every machine. */
export function yamlFile(content: unknown): string {
  return `${commentHeader("#")}${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
