/** Every public name of the published packages has a doc comment that begins with a full sentence; so has every member of a public interface. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly "@worker-watchdog/source"?: string }>>;
}

/** The source files of the public entry points. */
function entries(name: string): string[] {
  const folder = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  return Object.values(exports).flatMap(({ "@worker-watchdog/source": source }) =>
    source === undefined ? [] : [join(folder, source)],
  );
}

/** `export { a, type B as C } from "./file.ts"`: the name in its file, and the file. */
function exported(file: string): { readonly name: string; readonly file: string }[] {
  const text = readFileSync(file, "utf8");
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from "(\.[^"]+)";/gms)];
  const from = lists.flatMap(([, names = "", path = ""]) =>
    names
      .split(",")
      .map((name) =>
        name
          .trim()
          .replace(/^type /, "")
          .replace(/ as .*/, ""),
      )
      .filter((name) => name !== "")
      .flatMap((name) => declaredIn(join(dirname(file), path), name)),
  );
  return [...from, ...[...text.matchAll(DECLARATION)].map(([, name = ""]) => ({ name, file }))];
}

/** Follows a name through files that only pass it on. */
function declaredIn(file: string, name: string): { readonly name: string; readonly file: string }[] {
  const text = readFileSync(file, "utf8");
  if (
    new RegExp(`^export (?:abstract )?(?:const|function|async function|class|interface|type) ${name}\\b`, "m").test(
      text,
    )
  )
    return [{ name, file }];
  return exported(file).filter((found) => found.name === name);
}

const DECLARATION = /^export (?:abstract )?(?:const|function|async function|class|interface|type) (\w+)/gm;

/** What is wrong with the doc comment above `at`; undefined where nothing is. */
function problem(text: string, at: number): string | undefined {
  const before = text
    .slice(0, at)
    .trimEnd()
    .replace(/\n\s*(?:\/\/ .*)$/, "")
    .trimEnd();
  if (!before.endsWith("*/")) return "has no doc comment";
  const comment = before.slice(before.lastIndexOf("/**"));
  const words = comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .replaceAll(/^\s*\* ?/gm, "")
    .trim();
  const first = words.split(/\n\s*\n|^@\w+/m)[0]?.trim() ?? "";
  if (first.startsWith("@")) return undefined;
  return /[.:;`)]$/.test(first) && first.length > 9
    ? undefined
    : `does not begin with a full sentence: ${first.slice(0, 60)}`;
}

describe.each(["sdk", "node", "cli"])("@worker-watchdog/%s", (name) => {
  it("documents every public name", () => {
    const missing: string[] = [];
    const seen = new Set<string>();
    for (const entry of entries(name)) {
      for (const found of exported(entry)) {
        const key = `${found.file} ${found.name}`;
        if (seen.has(key) || !existsSync(found.file)) continue;
        seen.add(key);
        const text = readFileSync(found.file, "utf8");
        // The first of overloads, and the type of a pair of a constant and a type of one name, carry the words.
        const declaration = new RegExp(
          `^export (?:abstract )?(?:const|function|async function|class|interface|type) ${found.name}\\b`,
          "m",
        ).exec(text);
        const wrong = declaration === null ? "is not declared" : problem(text, declaration.index);
        if (wrong !== undefined) missing.push(`${relative(root, found.file)}: ${found.name} ${wrong}`);
      }
    }
    expect(seen.size).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });

  it("documents every member of a public interface whose name does not say it all", () => {
    const missing: string[] = [];
    for (const entry of entries(name)) {
      for (const { name: type, file } of exported(entry)) {
        const text = readFileSync(file, "utf8");
        const body = new RegExp(`^export interface ${type}\\b[^{]*\\{\\n(.*?)^\\}`, "ms").exec(text);
        if (body === null) continue;
        const start = body.index + body[0].indexOf("{") + 2;
        for (const member of (body[1] ?? "").matchAll(/^ {2}(?:readonly )?(\w+)(\?)?(?:<[^(]*>)?[(:]/gm)) {
          const [, key = "", isOptional] = member;
          // A number without its unit, and an option without its default, can not be used without words.
          const needsWords =
            isOptional === "?" || /^ {2}(?:readonly )?\w+\??: number/.test(member.input.slice(member.index));
          if (!needsWords) continue;
          const wrong = problem(text, start + member.index);
          if (wrong !== undefined) missing.push(`${relative(root, file)}: ${type}.${key} ${wrong}`);
        }
      }
    }
    expect([...new Set(missing)]).toEqual([]);
  });
});
