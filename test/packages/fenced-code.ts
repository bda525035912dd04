/** The code in a document, so that a test can run what a reader would copy. */

/** One fenced block of a Markdown text. */
export interface FencedBlock {
  readonly language: string;
  readonly code: string;
  /** Line of the block's first line of code, from 1. */
  readonly line: number;
}

/** The fenced blocks of `markdown`, in order; an HTML comment `<!--ts … -->` counts as one of language `hidden`. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  for (const match of markdown.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$|^<!--ts\n(.*?)^-->$/gms)) {
    const [, language = "hidden", code = match[3] ?? ""] = match;
    blocks.push({ language, code, line: markdown.slice(0, match.index).split("\n").length + 1 });
  }
  return blocks;
}

/**
 * The only block of a language below a heading.
 *
 * @throws Error where there is none, or more than one.
 */
export function blockBelow(markdown: string, heading: string, language: string): string {
  const start = markdown.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`There is no heading ${JSON.stringify(heading)}.`);
  const rest = markdown.slice(start + heading.length + 2);
  const end = rest.search(/^#{1,3} /m);
  const found = fencedBlocks(end < 0 ? rest : rest.slice(0, end)).filter((block) => block.language === language);
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`There are ${found.length} blocks of ${language} below ${JSON.stringify(heading)}; allowed is 1.`);
  }
  return found[0].code;
}

/** The commands of a block of shell code: comments, blank lines and prompts left out. */
export function shellCommands(code: string): readonly string[] {
  return code
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
