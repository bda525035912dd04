/** The name that was probably meant. */
import { editDistance } from "@worker-watchdog/sdk/policy";

/** The one of `names` that is nearest to `word`, if any is near: at most a third of it is wrong. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => [editDistance(word, name), name] as const).sort(([left], [right]) => left - right);
  const [best] = ranked;
  return best !== undefined && best[0] <= Math.ceil(word.length / 3) ? best[1] : undefined;
}
