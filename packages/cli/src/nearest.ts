/** The name that was probably meant. */

/** The one of `names` that is nearest to `word`, if any is near: at most a third of it is wrong. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => [distance(word, name), name] as const).sort(([left], [right]) => left - right);
  const [best] = ranked;
  return best !== undefined && best[0] <= Math.ceil(word.length / 3) ? best[1] : undefined;
}

/** Edits (insert, delete, replace) from one word to another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
