/** The end of a log file, for error messages. */
import { open } from "node:fs/promises";

const MAX_BYTES = 16_384;

/** The last lines of a file; an empty list when it can not be read. */
export async function readLogTail(file: string, maxLines: number): Promise<string[]> {
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    const length = Math.min(size, MAX_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString("utf8").split("\n");
    return lines.filter((line) => line.trim() !== "").slice(-maxLines);
  } catch {
    return [];
  }
}
