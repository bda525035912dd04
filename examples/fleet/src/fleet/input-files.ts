/** The files that jobs are about: a table of sales and somebody's notes, written anew for each job. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const REGIONS = ["north", "east", "south", "west"];
const PRODUCTS = ["tea", "rice", "paper"];

/** Writes the inputs of one job into a folder of their own; gives their absolute paths. The same number gives the same files. */
export async function writeInputFiles(directory: string, number: number): Promise<readonly string[]> {
  const folder = join(directory, `job-${number}`);
  await mkdir(folder, { recursive: true });
  const rows = Array.from({ length: 40 }, (_, row) => {
    const region = REGIONS[(row + number) % REGIONS.length];
    const product = PRODUCTS[(row * 7 + number) % PRODUCTS.length];
    return `${region},${product},${((row * 37 + number * 11) % 900) + 100}.50`;
  });
  const sales = join(folder, "sales.csv");
  const notes = join(folder, "notes.md");
  await writeFile(sales, `region,product,amount\n${rows.join("\n")}\n`);
  await writeFile(
    notes,
    `# Notes for report ${number}\n\n- The ${REGIONS[number % 4]} had a holiday.\n- Amounts are in dollars.\n`,
  );
  return [sales, notes];
}
