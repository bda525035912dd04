import { describe, expect, it } from "vitest";
import { redact } from "./index.ts";
import { TOKEN_SHAPES } from "./token-shapes.ts";

/** Texts that make a careless expression start again at each letter. */
const PIECES = [
  ...'a|0|@|:|=|://|://a:|://a@|a=|token=|token:|token: a |password |password: |password=|password|"password":"|\\"token\\":|\'|\\|%|%41|%25'.split(
    "|",
  ),
  ..."-----BEGIN |-----BEGIN PRIVATE KEY-----|Bearer |Basic a|Digest a=|Digest a=b,|Authorization: |Authorization:Basic |Cookie: a=b;|cookie: a".split(
    "|",
  ),
  ..."eyJ|eyJ-|eyJ.|eyJaaaaaaaaaaaa.|[redacted:|[redacted:password]|[|login |machine |value:|name:a,value:|--a|--a-|--a |-u a:|mysql |mysql -p".split(
    "|",
  ),
  ...'M-|SG.a|1:AA|A|<a>|<password>|${|{{|&key=|?key=|,"|("|hooks.slack.com/services/|\u001b[31m|[0;|\n|postgres://a:b|\\u0026key=|a-|a.|a_'.split(
    "|",
  ),
  ...TOKEN_SHAPES.flatMap(({ starts }) => starts.slice(0, 1)),
];
/** Long enough that what is not linear takes many times as long. */
const LENGTH = 524_288;
/** Counting one letter in a plain loop is the measure: the slowest text takes some two hundred times as long, anything above linear thousands. */
const MOST = 2_000;

function millisOf(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** What else the machine does makes it longer, never shorter: it is tried again where it took too long. */
function leastMillisOf(action: () => unknown, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 5 && least > enough; turn += 1) least = Math.min(least, millisOf(action));
  return least;
}

function plainScan(text: string): number {
  let found = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) === 0x3d) found += 1;
  return found;
}

describe("redact", () => {
  it("R12: takes time in proportion to the text's length, whatever is in it", () => {
    const texts = PIECES.map((piece) => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH));
    const scans = texts.map((text) => millisOf(() => plainScan(text))).sort((a, b) => a - b);
    const scan = scans[scans.length >> 1] ?? 0;
    const slow = texts
      .map((text, at) => ({ piece: PIECES[at], ratio: leastMillisOf(() => redact(text), MOST * scan) / scan }))
      .filter(({ ratio }) => ratio > MOST);

    expect(slow).toEqual([]);
  });
});
