/** YAML as every generated file has it: a header, no line wrapping, long expressions as blocks. */
import { stringify } from "yaml";
import { type FileOrigin, headerText } from "./file-header.ts";

/** `content` as a YAML file. The same content gives the same bytes, on every machine. */
export function yamlFile(content: unknown, origin: FileOrigin): string {
  return `# ${headerText(origin)}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
